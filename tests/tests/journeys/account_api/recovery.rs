//! `docs/api/account.md#forgot-the-password` and the two sections after it.

use serde_json::json;
use tests::routes::ACCOUNT_RESET;
use tests::{Answer, PASSWORD, Stack, sha256_hex, unique_email};

const DEAD: &str = "Token is invalid or has expired.";

#[track_caller]
fn assert_not_found(answer: &Answer) {
    assert_eq!((answer.status, answer.json()), (404, json!({"title": "Not Found", "status": 404})));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn a_mailed_token_is_certified_without_being_spent_and_sets_a_digest_or_a_plain_password_once() {
    let stack = Stack::shared();
    let client = stack.hashing_client();
    for plain in [true, false] {
        let (username, email) = client.new_user(PASSWORD).await;
        let pair = client.signed_in(&username, PASSWORD).await;
        client.forgot_password(&email).await.assert_done();
        let mail = stack.outbox().latest_to(&email).await;
        assert!(mail.link().starts_with(&format!("{}/account/reset-password?token=", stack.info().url)), "{mail:?}");
        let token = mail.token();
        assert!(token.len() == 64 && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{token}");
        client.certificate(token).await.assert_done();
        client.certificate(token).await.assert_done();
        let new = if plain { "brand-new".to_owned() } else { sha256_hex("brand-new") };
        client.reset(token, &new).await.assert_done();
        client.certificate(token).await.assert_line(400, DEAD);
        client.reset(token, &new).await.assert_line(400, DEAD);
        client.refresh(&pair.refresh).await.assert_unauthorized();
        let _ = client.signed_in(&username, "brand-new").await;
        let _ = stack.default_app().login(&email, "brand-new").await.assert_signed_in("登录成功", &email);
    }
}

#[tokio::test]
async fn a_token_of_a_deleted_user_is_not_found() {
    let stack = Stack::shared();
    let (app, client) = (stack.default_app(), stack.hashing_client());
    let (username, email) = client.new_user(PASSWORD).await;
    client.forgot_password(&email).await.assert_done();
    let token = stack.outbox().reset_token_for(&email).await;
    let (_, of_the_app) = app.login(&email, PASSWORD).await.assert_signed_in("登录成功", &email);
    app.delete_account(&of_the_app).await.assert_message("账号已注销");
    assert_not_found(&client.certificate(&token).await);
    assert_not_found(&client.reset(&token, &sha256_hex("brand-new")).await);
    client.register(&username, PASSWORD, &email).await.assert_done();
    assert_not_found(&client.reset(&token, &sha256_hex("brand-new")).await);
    let _ = client.signed_in(&username, PASSWORD).await;
}

#[tokio::test]
async fn one_mail_a_minute_and_the_same_answer_for_anybody() {
    let stack = Stack::shared();
    let client = stack.hashing_client();
    let (_, email) = client.new_user(PASSWORD).await;
    let stranger = unique_email();
    for _ in 0..3 {
        let (known, unknown) = (client.forgot_password(&email).await, client.forgot_password(&stranger).await);
        known.assert_done();
        assert_eq!(known.fingerprint(), unknown.fingerprint());
    }
    assert_eq!(stack.outbox().mails_to(&email).await.len(), 1);
    assert_eq!(stack.outbox().mails_to(&stranger).await, []);
}

#[tokio::test]
async fn a_missing_member_is_named() {
    let client = Stack::shared().hashing_client();
    let required = json!({"Token": ["The Token field is required."]});
    for answer in [
        client.post(ACCOUNT_RESET, &json!({"newPassword": sha256_hex("brand-new")})).await,
        client.certificate("").await,
    ] {
        assert_eq!((answer.status, &answer.json()["errors"]), (400, &required));
    }
    client.reset(&"0".repeat(64), &sha256_hex("brand-new")).await.assert_line(400, DEAD);
}
