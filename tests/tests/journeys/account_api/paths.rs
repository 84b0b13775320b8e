//! Both spellings of every path, the case as it is written.

use serde_json::json;
use tests::openapi::secured_operations;
use tests::routes::spellings;
use tests::routes::{
    ACCOUNT_FORGOT_PASSWORD, ACCOUNT_LOGIN, ACCOUNT_LOGOUT, ACCOUNT_REFRESH, ACCOUNT_REGISTER, ACCOUNT_RESET,
    CERTIFICATE, CHANGE_PASSWORD,
};
use tests::{Method, PASSWORD, Stack, send, sha256_hex, unique_email, unique_username};

#[tokio::test]
async fn every_operation_works_in_both_spellings() {
    let stack = Stack::shared();
    let client = stack.hashing_client();
    for slash in ["", "/"] {
        let at = |path: &str| format!("{path}{slash}");
        let (username, email) = (unique_username(), unique_email());
        let digest = sha256_hex(PASSWORD);
        let account = json!({"username": username, "password": digest, "email": email});
        client.post(&at(ACCOUNT_REGISTER), &account).await.assert_done();
        let login = json!({"username": username, "password": digest});
        let pair = client.post(&at(ACCOUNT_LOGIN), &login).await.assert_pair();
        let refresh = client.request(Method::GET, &at(ACCOUNT_REFRESH)).bearer_auth(&pair.refresh);
        let pair = send(refresh).await.assert_pair();
        let change = client.request(Method::POST, &at(CHANGE_PASSWORD)).bearer_auth(&pair.access);
        send(change.json(&json!({"oldPassword": digest, "newPassword": digest}))).await.assert_done();
        client.post(&at(ACCOUNT_FORGOT_PASSWORD), &json!({ "email": email })).await.assert_done();
        let token = stack.outbox().reset_token_for(&email).await;
        let certificate = client.request(Method::GET, &at(CERTIFICATE)).query(&[("token", &token)]);
        send(certificate).await.assert_done();
        client.post(&at(ACCOUNT_RESET), &json!({"token": token, "newPassword": digest})).await.assert_done();
        let left = send(client.request(Method::POST, &at(ACCOUNT_LOGOUT)).bearer_auth(&pair.access)).await;
        assert_eq!((left.status, left.text()), (200, ""));
    }
}

#[tokio::test]
async fn the_case_of_a_path_matters() {
    let client = Stack::shared().hashing_client();
    for path in ["/api/auth/Login", "/api/Auth/login", "/API/AUTH/LOGIN"] {
        assert_eq!(client.post(path, &json!({})).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_operation_that_wants_a_token_is_refused_without_one() {
    let client = Stack::shared().client();
    let mut seen = 0;
    for operation in secured_operations().into_iter().filter(|operation| operation.api == "account") {
        for path in spellings(&operation.path) {
            seen += 1;
            send(client.request(operation.method.clone(), &path)).await.assert_unauthorized();
            let bogus = client.request(operation.method.clone(), &path).bearer_auth("no-such-token");
            send(bogus).await.assert_unauthorized();
        }
    }
    assert_eq!(seen, 4);
}
