//! `docs/api/app.md#delete-an-account`.

use tests::routes::ACCOUNT;
use tests::{Method, Stack, send};

#[tokio::test]
async fn a_deleted_account_is_gone_and_its_address_registers_anew() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let (_, second_token) = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);

    app.delete_account(&user.token).await.assert_message("账号已注销");

    for token in [&user.token, &second_token] {
        app.delete_account(token).await.assert_error(401, "Invalid token");
    }
    app.login(&user.email, &user.password).await.assert_error(401, "邮箱或密码错误");
    app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
    assert_eq!(Stack::shared().outbox().mails_to(&user.email).await, []);

    let successor = app.new_user_with(&user.email, "another-one").await;
    assert_ne!(successor.id, user.id);
    for token in [&user.token, &second_token] {
        app.delete_account(token).await.assert_error(401, "Invalid token");
    }
    app.login(&user.email, &user.password).await.assert_error(401, "邮箱或密码错误");
    let _ = app.login(&user.email, "another-one").await.assert_signed_in("登录成功", &user.email);
}

#[tokio::test]
async fn a_request_without_a_bearer_token_is_refused() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    send(app.request(Method::DELETE, ACCOUNT)).await.assert_error(401, "No token provided");
    for scheme in ["", "Bearer", "Bearer ", &user.token, &format!("Basic {}", user.token), "Basic dXNlcjpwYXNz"] {
        println!("authorization: {scheme:?}");
        let request = app.request(Method::DELETE, ACCOUNT).header("authorization", scheme);
        send(request).await.assert_error(401, "No token provided");
    }
    app.delete_account(&user.token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn the_scheme_may_be_in_any_case() {
    let app = Stack::shared().demo();
    for scheme in ["bearer", "BEARER"] {
        let user = app.new_user().await;
        let request = app.request(Method::DELETE, ACCOUNT).header("authorization", format!("{scheme} {}", user.token));
        send(request).await.assert_message("账号已注销");
    }
}

#[tokio::test]
async fn a_body_or_a_content_type_changes_nothing() {
    let app = Stack::shared().demo();
    for body in ["", "{}", "not json"] {
        let user = app.new_user().await;
        let request = app.request(Method::DELETE, ACCOUNT).bearer_auth(&user.token);
        send(request.header("content-type", "application/json").body(body)).await.assert_message("账号已注销");
        app.delete_account(&user.token).await.assert_error(401, "Invalid token");
    }
}

#[tokio::test]
async fn deleting_one_account_leaves_the_others() {
    let app = Stack::shared().demo();
    let leaver = app.new_user().await;
    let stayer = app.new_user().await;

    app.delete_account(&leaver.token).await.assert_message("账号已注销");

    let (id, _) = app.login(&stayer.email, &stayer.password).await.assert_signed_in("登录成功", &stayer.email);
    assert_eq!(id, stayer.id);
    app.delete_account(&stayer.token).await.assert_message("账号已注销");
}
