//! Every path in both spellings, directly.

use serde_json::json;
use tests::routes::{CUSTOM_LOGOUT, CUSTOM_REFRESH, SESSIONS, SIGN_IN, SIGN_UP, VERIFY_EMAIL};
use tests::{CAPTCHA, Method, PASSWORD, Stack, unique_email};

#[tokio::test]
async fn every_operation_works_with_and_without_its_trailing_slash() {
    let stack = Stack::shared();
    for path in [str::to_owned, |path: &str| path.trim_end_matches('/').to_owned()] {
        let tab = stack.front_end();
        let email = unique_email();
        let body = json!({"email": email, "password": PASSWORD, "captcha": CAPTCHA});
        assert_eq!(tab.post(&path(SIGN_UP), &body).await.status, 201);
        let code = stack.outbox().mailed_code_for(&email).await;
        assert_eq!(tab.post(&path(VERIFY_EMAIL), &json!({ "verification_code": code })).await.status, 200);
        tab.send(tab.request(Method::POST, &path(CUSTOM_REFRESH))).await.assert_new_cookies();
        let listed = tab.send(tab.request(Method::GET, &path(SESSIONS))).await;
        assert_eq!(listed.json().as_array().map(Vec::len), Some(1));
        tab.send(tab.request(Method::POST, &path(CUSTOM_LOGOUT))).await.assert_cleared_cookies();
        let body = json!({"login": email, "password": PASSWORD, "captcha": CAPTCHA});
        tab.post(&path(SIGN_IN), &body).await.assert_new_cookies();
        let one = path("/api/v1/sessions/0123456789abcdef0123456789abcdef/");
        assert_eq!(tab.send(tab.request(Method::DELETE, &one)).await.status, 404);
        assert_eq!(tab.send(tab.request(Method::DELETE, &path(SESSIONS))).await.status, 204);
    }
}
