//! One user, whatever the dialect.

use tests::routes::{ACCOUNT_LOGIN, ACCOUNT_REFRESH};
use tests::{Method, PASSWORD, Stack, send, sha256_hex, unique_username};

const WRONG: &str = "Invalid username or password.";

#[tokio::test]
async fn who_registered_here_signs_in_by_the_other_apis_with_the_plain_password() {
    let stack = Stack::shared();
    let (app, client) = (stack.default_app(), stack.hashing_client());
    let (username, email) = client.new_user(PASSWORD).await;
    let _ = app.login(&email, PASSWORD).await.assert_signed_in("登录成功", &email);
    stack.front_end().sign_in(&email, PASSWORD).await.assert_new_cookies();
    stack.front_end().sign_in(&username, PASSWORD).await.assert_new_cookies();
}

#[tokio::test]
async fn who_registered_elsewhere_signs_in_here_with_the_digest() {
    let stack = Stack::shared();
    let client = stack.hashing_client();
    let user = stack.default_app().new_user().await;
    let _ = client.signed_in(&user.email, &user.password).await;
    let email = stack.front_end().new_user().await;
    let _ = client.signed_in(&email, PASSWORD).await;
    let taken = client.register(&unique_username(), "whatever", &email).await;
    taken.assert_line(400, "Email already exists.");
}

#[tokio::test]
async fn the_digest_is_no_plain_password_and_the_plain_password_is_no_digest() {
    let stack = Stack::shared();
    let client = stack.hashing_client();
    let (username, email) = client.new_user(PASSWORD).await;
    let digest = sha256_hex(PASSWORD);
    stack.default_app().login(&email, &digest).await.assert_error(401, "邮箱或密码错误");
    stack.front_end().sign_in(&email, &digest).await.assert_refused(401, "invalid_credentials");
    client.login(&username, &digest).await.assert_line(401, WRONG);
    let plain = serde_json::json!({"username": username, "password": PASSWORD});
    client.post(ACCOUNT_LOGIN, &plain).await.assert_line(401, WRONG);
}

#[tokio::test]
async fn deleting_the_account_through_the_app_api_ends_the_session_here_at_once() {
    let stack = Stack::shared();
    let (app, client) = (stack.default_app(), stack.hashing_client());
    let (username, email) = client.new_user(PASSWORD).await;
    let pair = client.signed_in(&username, PASSWORD).await;
    let (_, token) = app.login(&email, PASSWORD).await.assert_signed_in("登录成功", &email);
    app.delete_account(&token).await.assert_message("账号已注销");
    assert!(!client.is_signed_in(&pair.access).await);
    client.refresh(&pair.refresh).await.assert_unauthorized();
    client.login(&username, PASSWORD).await.assert_line(401, WRONG);
    // Both names are free again.
    client.register(&username, PASSWORD, &email).await.assert_done();
    client.refresh(&pair.refresh).await.assert_unauthorized();
}

#[tokio::test]
async fn a_reset_through_the_app_api_ends_the_session_here() {
    let stack = Stack::shared();
    let (app, client) = (stack.default_app(), stack.hashing_client());
    let (username, email) = client.new_user(PASSWORD).await;
    let pair = client.signed_in(&username, PASSWORD).await;
    app.forgot_password(&email).await.assert_message("重置邮件已发送");
    let token = stack.outbox().reset_token_for(&email).await;
    app.reset_password(&token, "brand-new").await.assert_message("密码重置成功");
    client.refresh(&pair.refresh).await.assert_unauthorized();
    let _ = client.signed_in(&username, "brand-new").await;
}

#[tokio::test]
async fn a_token_of_another_api_is_none_here_and_the_other_way_round() {
    let stack = Stack::shared();
    let (app, client) = (stack.default_app(), stack.hashing_client());
    let (username, email) = client.new_user(PASSWORD).await;
    let pair = client.signed_in(&username, PASSWORD).await;
    let (_, of_the_app) = app.login(&email, PASSWORD).await.assert_signed_in("登录成功", &email);
    let tab = stack.front_end();
    tab.sign_in(&email, PASSWORD).await.assert_new_cookies();
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| tab.cookie(name).expect("a cookie"));
    for token in [&of_the_app, &access, &refresh, &format!("default.{refresh}")] {
        assert!(!client.is_signed_in(token).await);
        let request = stack.client().request(Method::GET, ACCOUNT_REFRESH).bearer_auth(token);
        send(request).await.assert_unauthorized();
    }
    for token in [&pair.access, &pair.refresh] {
        app.delete_account(token).await.assert_error(401, "Invalid token");
    }
    assert!(tab.is_signed_in().await);
}
