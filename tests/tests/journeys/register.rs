//! `docs/api/app.md#register`.

use serde_json::json;
use tests::routes::REGISTER;
use tests::{Stack, unique, unique_email};

#[tokio::test]
async fn a_new_user_gets_an_id_and_a_token_at_once() {
    let app = Stack::shared().demo();
    let email = unique_email();

    let answer = app.register(&email, "123456").await;

    let (id, token) = answer.assert_signed_in("注册成功", &email);
    assert!((1..1 << 53).contains(&id), "{id}");
    app.delete_account(&token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn users_get_different_ids() {
    let app = Stack::shared().demo();
    assert_ne!(app.new_user().await.id, app.new_user().await.id);
}

#[tokio::test]
async fn an_address_is_trimmed_and_lower_cased() {
    let app = Stack::shared().demo();
    let name = unique("mixed");

    let answer = app.register(&format!(" \t{}@Example.COM \n", name.to_uppercase()), "123456").await;

    let email = format!("{name}@example.com");
    let (id, _) = answer.assert_signed_in("注册成功", &email);
    for spelling in [email.clone(), email.to_uppercase(), format!("  {email}  ")] {
        let (same_id, _) = app.login(&spelling, "123456").await.assert_signed_in("登录成功", &email);
        assert_eq!(same_id, id, "{spelling}");
    }
}

#[tokio::test]
async fn an_address_registers_once_however_it_is_spelled() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;

    for spelling in [user.email.clone(), user.email.to_uppercase(), format!(" {} ", user.email)] {
        app.register(&spelling, "another-one").await.assert_error(400, "该邮箱已注册");
    }

    app.login(&user.email, "another-one").await.assert_error(401, "邮箱或密码错误");
    let (id, _) = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);
    assert_eq!(id, user.id);
}

#[tokio::test]
async fn a_refused_registration_leaves_the_address_free() {
    let app = Stack::shared().demo();
    let email = unique_email();
    app.register(&email, "short").await.assert_error(400, "密码长度必须为6-16位");
    app.login(&email, "short").await.assert_error(401, "邮箱或密码错误");
    let _ = app.register(&email, "longer").await.assert_signed_in("注册成功", &email);
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let app = Stack::shared().demo();
    let email = unique_email();
    let body = json!({
        "email": email, "password": "123456",
        "id": 1, "user": {"id": 1, "nested": [1, {"deep": null}]}, "token": true, "phone": "13800138000", "": "",
    });

    let (id, _) = app.post(REGISTER, &body).await.assert_signed_in("注册成功", &email);

    assert_ne!(id, 1);
}
