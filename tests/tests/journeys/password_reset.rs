//! `docs/api/app.md#reset-a-password`.

use serde_json::{Value, json};
use tests::routes::{FORGOT_PASSWORD, RESET_PASSWORD};
use tests::{App, Stack, User, unique_email};

const DONE: &str = "密码重置成功";
const BAD_LINK: &str = "重置链接无效或已过期";
const BAD_LENGTH: &str = "密码长度必须为6-16位";

/// Asks for a reset link and reads its token from the mail.
async fn reset_token(app: &App, user: &User) -> String {
    app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
    Stack::shared().outbox().reset_token_for(&user.email).await
}

#[tokio::test]
async fn a_mailed_link_sets_a_new_password_and_ends_every_session() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let (_, second_token) = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);
    let token = reset_token(&app, &user).await;

    app.reset_password(&token, "brand-new").await.assert_message(DONE);

    app.login(&user.email, &user.password).await.assert_error(401, "邮箱或密码错误");
    app.delete_account(&user.token).await.assert_error(401, "Invalid token");
    app.delete_account(&second_token).await.assert_error(401, "Invalid token");
    let (id, new_token) = app.login(&user.email, "brand-new").await.assert_signed_in("登录成功", &user.email);
    assert_eq!(id, user.id);
    app.delete_account(&new_token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn asking_for_a_link_changes_nothing_yet() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    reset_token(&app, &user).await;
    let _ = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);
    app.delete_account(&user.token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn the_address_may_be_spelled_in_any_way() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;

    app.forgot_password(&format!(" {} ", user.email.to_uppercase())).await.assert_message("重置邮件已发送");

    let token = Stack::shared().outbox().reset_token_for(&user.email).await;
    app.reset_password(&token, "brand-new").await.assert_message(DONE);
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_answer_and_no_mail() {
    let email = unique_email();
    Stack::shared().demo().forgot_password(&email).await.assert_message("重置邮件已发送");
    assert_eq!(Stack::shared().outbox().mails_to(&email).await, []);
}

#[tokio::test]
async fn a_link_works_once() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let token = reset_token(&app, &user).await;
    app.reset_password(&token, "brand-new").await.assert_message(DONE);

    app.reset_password(&token, "never-set").await.assert_error(400, BAD_LINK);

    app.login(&user.email, "never-set").await.assert_error(401, "邮箱或密码错误");
    let _ = app.login(&user.email, "brand-new").await.assert_signed_in("登录成功", &user.email);
}

#[tokio::test]
async fn a_refused_password_does_not_spend_the_link() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let token = reset_token(&app, &user).await;
    for refused in [json!("12345"), json!("1".repeat(17)), json!(""), json!(123_456), json!(["123456"]), Value::Null] {
        println!("newPassword: {refused}");
        let body = json!({"token": token, "newPassword": refused});
        app.post(RESET_PASSWORD, &body).await.assert_error(400, BAD_LENGTH);
    }
    app.post(RESET_PASSWORD, &json!({ "token": token })).await.assert_error(400, BAD_LENGTH);

    let _ = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);
    app.reset_password(&token, "123456").await.assert_message(DONE);
}

#[tokio::test]
async fn what_is_no_live_link_is_refused() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let token = reset_token(&app, &user).await;
    let mut flipped = token.clone();
    let last = flipped.pop().expect("a token");
    flipped.insert(0, last);
    for bogus in [
        json!(""),
        json!("bogus"),
        json!(flipped),
        json!(format!("{token}A")),
        json!(token[..token.len() - 1]),
        json!(user.token),
        json!("令牌"),
        json!("A".repeat(10_000)),
        json!(1),
        json!([token]),
        json!({ "token": token }),
        Value::Null,
    ] {
        println!("token: {bogus}");
        let body = json!({"token": bogus, "newPassword": "brand-new"});
        app.post(RESET_PASSWORD, &body).await.assert_error(400, BAD_LINK);
    }
    app.post(RESET_PASSWORD, &json!({"newPassword": "brand-new"})).await.assert_error(400, BAD_LINK);

    let _ = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);
    app.reset_password(&token, "brand-new").await.assert_message(DONE);
}

#[tokio::test]
async fn a_link_of_a_deleted_account_opens_nothing_not_even_its_successor() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let token = reset_token(&app, &user).await;
    app.delete_account(&user.token).await.assert_message("账号已注销");
    app.reset_password(&token, "brand-new").await.assert_error(400, BAD_LINK);

    let successor = app.new_user_with(&user.email, "successor").await;

    app.reset_password(&token, "brand-new").await.assert_error(400, BAD_LINK);
    let (id, _) = app.login(&user.email, "successor").await.assert_signed_in("登录成功", &user.email);
    assert_eq!(id, successor.id);
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let body = json!({"email": user.email, "password": "123456", "extra": {"a": [1]}});
    app.post(FORGOT_PASSWORD, &body).await.assert_message("重置邮件已发送");
    let token = Stack::shared().outbox().reset_token_for(&user.email).await;
    let body = json!({"token": token, "newPassword": "brand-new", "password": "other-one", "email": 5});
    app.post(RESET_PASSWORD, &body).await.assert_message(DONE);
    let _ = app.login(&user.email, "brand-new").await.assert_signed_in("登录成功", &user.email);
}
