//! What arrives as a body: what is not a JSON object, what is too large, and how it may be labelled.

use serde_json::json;
use tests::routes::{self, REGISTER};
use tests::{Method, Stack, send, unique_email};

const MALFORMED: &str = "请求格式错误";
const LIMIT: usize = 64 * 1024;

/// Bodies that are not a JSON object, or are one that could be read in two ways.
fn malformed_bodies() -> Vec<Vec<u8>> {
    let texts = [
        "",
        " ",
        "not json",
        "null",
        "true",
        "42",
        r#""text""#,
        "[]",
        r#"[{"email":"a@example.com","password":"123456"}]"#,
        "{",
        r#"{"email":"a@example.com","password":"123456""#,
        r#"{"email":"a@example.com","password":"123456"}}"#,
        r#"{"email":"a@example.com","password":"123456"} {}"#,
        r#"{"email":"a@example.com","password":"123456",}"#,
        r"{'email':'a@example.com','password':'123456'}",
        "email=a%40example.com&password=123456",
        r#"{"email":"a@example.com","email":"b@example.com","password":"123456","token":"t","newPassword":"123456"}"#,
        r#"{"email":"a@example.com","password":"123456","token":"t","newPassword":"123456","x":1,"x":2}"#,
        r#"{"email":"a\u0000@example.com","password":"123456","token":"t","newPassword":"123456"}"#,
        r#"{"email":"a@example.com","password":"123456\u0000","token":"t\u0000","newPassword":"123456\u0000"}"#,
        r#"{"email":"a@example.com","password":"123456","token":"t","newPassword":"123456","x":"\u0000"}"#,
        "{\"email\":\"a\0@example.com\",\"password\":\"123456\"}",
        r#"{"email":"a@example.com","password":"123456\ud800","token":"t","newPassword":"123456\ud800"}"#,
    ];
    let mut bodies: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    bodies.push(b"{\"email\":\"a@example.com\",\"password\":\"12345\xff\",\"newPassword\":\"\xc3\x28\"}".to_vec());
    bodies.push("[".repeat(20_000).into_bytes());
    bodies.push(format!("{}{}", "[".repeat(20_000), "]".repeat(20_000)).into_bytes());
    bodies.push(format!("{}1{}", r#"{"email":"#.repeat(5_000), "}".repeat(5_000)).into_bytes());
    bodies
}

#[tokio::test]
async fn a_body_that_is_no_unambiguous_json_object_is_refused_on_every_route() {
    let app = Stack::shared().demo();
    for path in routes::WITH_BODY {
        for body in malformed_bodies() {
            println!("{path}: {}", String::from_utf8_lossy(&body[..body.len().min(100)]));
            app.post_bytes(path, body).await.assert_error(400, MALFORMED);
        }
    }
}

#[tokio::test]
async fn no_body_at_all_is_refused_on_every_route() {
    let app = Stack::shared().demo();
    for path in routes::WITH_BODY {
        send(app.request(Method::POST, path)).await.assert_error(400, MALFORMED);
    }
}

/// A registration padded to `size` bytes.
fn registration_of(email: &str, size: usize) -> String {
    let body = |padding: &str| json!({"email": email, "password": "123456", "padding": padding}).to_string();
    body(&"x".repeat(size - body("").len()))
}

#[tokio::test]
async fn a_body_of_64_kib_is_read() {
    let email = unique_email();
    let answer = Stack::shared().demo().post_bytes(REGISTER, registration_of(&email, LIMIT)).await;
    let _ = answer.assert_signed_in("注册成功", &email);
}

#[tokio::test]
async fn a_larger_body_is_refused_on_every_route_and_changes_nothing() {
    let app = Stack::shared().demo();
    let email = unique_email();
    for path in routes::WITH_BODY {
        for size in [LIMIT + 1, 1024 * 1024] {
            let answer = app.post_bytes(path, registration_of(&email, size)).await;
            answer.assert_error(413, "请求体过大");
        }
    }
    app.login(&email, "123456").await.assert_error(401, "邮箱或密码错误");
}

#[tokio::test]
async fn the_label_of_a_json_body_does_not_matter() {
    let app = Stack::shared().demo();
    for content_type in [
        None,
        Some("application/json"),
        Some("application/json; charset=utf-8"),
        Some("APPLICATION/JSON"),
        Some("text/plain"),
        Some("text/plain;charset=UTF-8"),
        Some("application/octet-stream"),
        Some("application/x-www-form-urlencoded"),
    ] {
        println!("content-type: {content_type:?}");
        let email = unique_email();
        let body = json!({"email": email, "password": "密码密码密码"}).to_string();
        let mut request = app.request(Method::POST, REGISTER).body(body);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let _ = send(request).await.assert_signed_in("注册成功", &email);
        let _ = app.login(&email, "密码密码密码").await.assert_signed_in("登录成功", &email);
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_however_they_are_labelled() {
    let app = Stack::shared().demo();
    for content_type in ["application/json", "text/plain", "application/octet-stream"] {
        println!("content-type: {content_type}");
        let request = app.request(Method::POST, REGISTER).header("content-type", content_type);
        send(request.body(b"\xff\xfe\x00{}".to_vec())).await.assert_error(400, MALFORMED);
    }
}
