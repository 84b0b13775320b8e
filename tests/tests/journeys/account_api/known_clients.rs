//! Requests as known clients write them, byte for byte, and what they are answered.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use tests::routes::{ACCOUNT_LOGIN, ACCOUNT_LOGOUT, ACCOUNT_REFRESH, ACCOUNT_REGISTER};
use tests::{Answer, Method, Stack, send, sha256_hex, unique_email, unique_username};

const PASSWORD: &str = "violet-tractor-17";

async fn post(path: &str, headers: &[(&str, &str)], body: String) -> Answer {
    let request = Stack::shared().client().request(Method::POST, path).body(body);
    send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn a_client_with_pascal_case_names_an_empty_bearer_and_a_charset_registers_and_signs_in() {
    let (username, email, digest) = (unique_username(), unique_email(), sha256_hex(PASSWORD));
    let headers = [
        (CONTENT_TYPE.as_str(), "application/json; charset=utf-8"),
        (AUTHORIZATION.as_str(), "Bearer "),
        (ACCEPT.as_str(), "application/json"),
    ];
    let register = format!(r#"{{"Username":"{username}","Password":"{digest}","Email":"{email}"}}"#);
    post(ACCOUNT_REGISTER, &headers, register.clone()).await.assert_done();
    let again = post(ACCOUNT_REGISTER, &headers, register).await;
    assert_eq!((again.status, again.text()), (400, r#""Username already exists.""#));
    assert_eq!(again.header("content-type"), Some("application/json; charset=utf-8"));

    let login = format!("{{\r\n  \"Username\": \"{username}\",\r\n  \"Password\": \"{digest}\"\r\n}}");
    let pair = post(ACCOUNT_LOGIN, &headers, login).await.assert_pair();
    let refresh = Stack::shared().client().request(Method::GET, ACCOUNT_REFRESH);
    let _ = send(refresh.header(AUTHORIZATION, format!("Bearer {}", pair.refresh))).await.assert_pair();
}

#[tokio::test]
async fn a_client_of_text_json_with_an_expired_token_is_told_in_plain_text() {
    let headers = [
        (CONTENT_TYPE.as_str(), "text/json"),
        (AUTHORIZATION.as_str(), "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjF9.c2lnbmF0dXJl"),
        (ACCEPT.as_str(), "*/*"),
    ];
    let body = format!(r#"{{"username":"{}","password":"{}"}}"#, unique_username(), sha256_hex(PASSWORD));
    post(ACCOUNT_LOGIN, &headers, body).await.assert_line(401, "Invalid username or password.");
}

#[tokio::test]
async fn what_is_missing_or_of_another_type_is_a_problem() {
    let headers = [(CONTENT_TYPE.as_str(), "application/json")];
    let missing = post(ACCOUNT_LOGIN, &headers, "{}".to_owned()).await;
    assert_eq!(missing.header("content-type"), Some("application/problem+json"));
    let errors = serde_json::json!({
        "Username": ["The Username field is required."],
        "Password": ["The Password field is required."],
    });
    let title = "One or more validation errors occurred.";
    let problem = serde_json::json!({"title": title, "status": 400, "errors": errors});
    assert_eq!((missing.status, missing.json()), (400, problem));
    let form = [(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
    let other = post(ACCOUNT_LOGIN, &form, "username=a&password=b".to_owned()).await;
    assert_eq!((other.status, other.header("content-type")), (415, Some("application/problem+json")));
    let long = format!(r#"{{"username":"{}","password":"x"}}"#, "x".repeat(70_000));
    post(ACCOUNT_LOGIN, &headers, long).await.assert_line(413, "The body is too large.");
}

#[tokio::test]
async fn leaving_is_200_and_empty_whatever_comes() {
    let stack = Stack::shared();
    let client = stack.hashing_client();
    let (username, _) = client.new_user(PASSWORD).await;
    let (kept, left) = (client.signed_in(&username, PASSWORD).await, client.signed_in(&username, PASSWORD).await);
    for authorization in ["", "Bearer", "Bearer x", "Basic eDp5", &format!("Bearer {}", left.access)] {
        let answer = post(ACCOUNT_LOGOUT, &[(AUTHORIZATION.as_str(), authorization)], "x".to_owned()).await;
        assert_eq!((answer.status, answer.text(), answer.header("content-type")), (200, "", None));
    }
    assert!(!client.is_signed_in(&left.access).await);
    client.refresh(&left.refresh).await.assert_unauthorized();
    assert!(client.is_signed_in(&kept.access).await);
}

#[tokio::test]
async fn a_changed_password_keeps_the_client_that_changed_it() {
    let client = Stack::shared().hashing_client();
    let (username, email) = client.new_user(PASSWORD).await;
    let (caller, other) = (client.signed_in(&username, PASSWORD).await, client.signed_in(&email, PASSWORD).await);
    client.change_password(&caller.access, "wrong", "another").await.assert_line(400, "Invalid old password.");
    client.change_password(&caller.access, PASSWORD, "another").await.assert_done();
    assert!(client.is_signed_in(&caller.access).await && !client.is_signed_in(&other.access).await);
    client.refresh(&other.refresh).await.assert_unauthorized();
    let _ = client.refresh(&caller.refresh).await.assert_pair();
    client.login(&username, PASSWORD).await.assert_line(401, "Invalid username or password.");
    let _ = client.signed_in(&email, "another").await;
}

#[tokio::test]
async fn pages_of_our_own_origin_may_call_and_others_may_not() {
    let stack = Stack::shared();
    for (origin, allowed) in [(stack.info().url.as_str(), true), ("https://evil.example", false)] {
        let preflight = stack.client().request(Method::OPTIONS, ACCOUNT_LOGIN).header("origin", origin);
        let answer = send(preflight.header("access-control-request-method", "POST")).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin));
        let headers = answer.header("access-control-allow-headers");
        assert_eq!(headers, allowed.then_some("content-type, authorization"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}
