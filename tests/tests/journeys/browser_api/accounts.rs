//! One user, whatever the dialect.

use tests::{PASSWORD, Stack, unique_email};

#[tokio::test]
async fn who_signed_up_here_signs_in_by_the_app_api_and_the_other_way_round() {
    let stack = Stack::shared();
    let app = stack.default_app();
    let email = stack.front_end().new_user().await;
    let (_, token) = app.login(&email, PASSWORD).await.assert_signed_in("登录成功", &email);
    let bearer = stack.client().request(tests::Method::GET, tests::routes::SESSIONS).bearer_auth(token);
    tests::send(bearer).await.assert_refused(401, "invalid_token");

    let user = app.new_user().await;
    stack.front_end().sign_in(&user.email, &user.password).await.assert_new_cookies();
}

#[tokio::test]
async fn a_reset_through_the_app_api_ends_the_sessions_here_at_once() {
    let stack = Stack::shared();
    let (app, tab) = (stack.default_app(), stack.front_end());
    let email = tab.new_user().await;
    app.forgot_password(&email).await.assert_message("重置邮件已发送");
    let token = stack.outbox().reset_token_for(&email).await;
    app.reset_password(&token, "brand-new").await.assert_message("密码重置成功");
    assert!(!tab.is_signed_in().await);
    tab.refresh().await.assert_refused(401, "session_ended");
    stack.front_end().sign_in(&email, PASSWORD).await.assert_refused(401, "invalid_credentials");
    stack.front_end().sign_in(&email, "brand-new").await.assert_new_cookies();
}

#[tokio::test]
async fn deleting_the_account_through_the_app_api_ends_the_sessions_here_at_once() {
    let stack = Stack::shared();
    let (app, tab) = (stack.default_app(), stack.front_end());
    let email = tab.new_user().await;
    let (_, token) = app.login(&email, PASSWORD).await.assert_signed_in("登录成功", &email);
    app.delete_account(&token).await.assert_message("账号已注销");
    assert!(!tab.is_signed_in().await);
    tab.refresh().await.assert_refused(401, "session_ended");
    let code = stack.outbox().mailed_code_for(&email).await;
    tab.verify_email(&code).await.assert_refused(401, "not_authenticated");
    assert_eq!(stack.front_end().sign_up(&email, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn users_of_another_app_are_strangers_here() {
    let stack = Stack::shared();
    let email = unique_email();
    let _ = stack.demo().new_user_with(&email, PASSWORD).await;
    stack.front_end().sign_in(&email, PASSWORD).await.assert_refused(401, "invalid_credentials");
    assert_eq!(stack.front_end().sign_up(&email, "another-password").await.status, 201);
}
