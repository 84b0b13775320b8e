//! `docs/api/app.md#sign-in`.

use serde_json::{Value, json};
use tests::routes::LOGIN;
use tests::{Stack, sha256_hex, unique_email};

const NEITHER_FORM: &str = "请提供邮箱和密码或手机号和验证码";
const REFUSED: &str = "邮箱或密码错误";

#[tokio::test]
async fn the_right_password_gives_the_same_user_another_token() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;

    let (id, token) = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);

    assert_eq!(id, user.id);
    assert_ne!(token, user.token);
    app.delete_account(&token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn only_the_very_password_is_right() {
    let app = Stack::shared().demo();
    let email = unique_email();
    app.new_user_with(&email, " Pass Wörd ").await;

    for wrong in ["Pass Wörd", " pass wörd ", " Pass Wörd  ", " Pass W"] {
        println!("password: {wrong:?}");
        app.login(&email, wrong).await.assert_error(401, REFUSED);
    }
    // Keyboards write one letter in two ways: with its dots, or as a letter and dots (Unicode's NFC).
    for right in [" Pass Wörd ", " Pass Wo\u{308}rd "] {
        let _ = app.login(&email, right).await.assert_signed_in("登录成功", &email);
    }
}

#[tokio::test]
async fn no_length_rule_applies_on_login() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    for wrong in ["1".to_owned(), "1".repeat(17), "一".repeat(10_000)] {
        app.login(&user.email, &wrong).await.assert_error(401, REFUSED);
    }
}

#[tokio::test]
async fn an_unknown_address_is_refused() {
    Stack::shared().demo().login(&unique_email(), "123456").await.assert_error(401, REFUSED);
}

#[tokio::test]
async fn the_stored_form_of_a_password_is_no_password() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    app.login(&user.email, &sha256_hex(&user.password)).await.assert_error(401, REFUSED);
}

#[tokio::test]
async fn a_body_that_is_neither_form_is_refused() {
    let app = Stack::shared().demo();
    let email = unique_email();
    let mut bodies = vec![json!({}), json!({"email": email}), json!({"password": "123456"}), json!({"other": 1})];
    for useless in [Value::Null, json!(""), json!(123_456), json!(true), json!(["123456"]), json!({"is": "123456"})] {
        bodies.push(json!({"email": useless, "password": "123456"}));
        bodies.push(json!({"email": email, "password": useless}));
    }
    for body in bodies {
        println!("body: {body}");
        app.post(LOGIN, &body).await.assert_error(400, NEITHER_FORM);
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let body = json!({"email": user.email, "password": user.password, "remember": true, "newPassword": 1});
    let (id, _) = app.post(LOGIN, &body).await.assert_signed_in("登录成功", &user.email);
    assert_eq!(id, user.id);
}
