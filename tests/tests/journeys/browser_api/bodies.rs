//! What arrives as a body.

use serde_json::json;
use tests::routes::{CUSTOM_LOGOUT, CUSTOM_REFRESH, SIGN_IN, SIGN_UP, VERIFY_EMAIL};
use tests::{Method, Stack};

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let stack = Stack::shared();
    let tab = stack.front_end();
    tab.new_user().await;
    let deep = "[".repeat(20_000);
    for path in [SIGN_UP, SIGN_IN, VERIFY_EMAIL] {
        for body in ["", "null", "[]", "{", r#"{"login":"a","login":"b"}"#, "\u{0}", deep.as_str()] {
            let request = tab.request(Method::POST, path).header("content-type", "application/json");
            tab.send(request.body(body.to_owned())).await.assert_refused(400, "malformed_body");
        }
        let request = tab.request(Method::POST, path).header("content-type", "application/json");
        let large = format!(r#"{{"email":"{}"}}"#, "x".repeat(64 * 1024));
        tab.send(request.body(large)).await.assert_refused(413, "body_too_large");
    }
}

#[tokio::test]
async fn a_missing_field_and_one_of_another_type_are_named() {
    let tab = Stack::shared().front_end();
    tab.new_user().await;
    for (path, body, fields) in [
        (SIGN_UP, json!({}), vec!["email", "password"]),
        (
            SIGN_UP,
            json!({"email": 1, "password": ["x"], "name": {}, "captcha": 5}),
            vec!["captcha", "email", "name", "password"],
        ),
        (SIGN_IN, json!({"email": "a@example.com", "password": "x"}), vec!["login"]),
        (SIGN_IN, json!({"login": null, "password": true}), vec!["login", "password"]),
        (VERIFY_EMAIL, json!({}), vec!["verification_code"]),
    ] {
        tab.post(path, &body).await.assert_invalid("invalid_fields", &fields);
    }
}

#[tokio::test]
async fn leaving_and_refreshing_take_any_body_or_none() {
    let tab = Stack::shared().front_end();
    tab.new_user().await;
    for (media, body) in [("", ""), ("application/json", "{}"), ("text/plain", "x"), ("application/json", "{")] {
        let request = tab.request(Method::POST, CUSTOM_REFRESH).body(body);
        let request = if media.is_empty() { request } else { request.header("content-type", media) };
        tab.send(request).await.assert_new_cookies();
    }
    tab.send(tab.request(Method::POST, CUSTOM_LOGOUT).body("{")).await.assert_cleared_cookies();
}
