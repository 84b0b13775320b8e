//! Two apps of one deployment never meet. What belongs to another app is answered as what does not exist.

use tests::{Stack, unique_email};

#[tokio::test]
async fn one_address_is_two_users_in_two_apps() {
    let stack = Stack::shared();
    let (ours, theirs) = (stack.demo(), stack.demo_2());
    let email = unique_email();

    let our_user = ours.new_user_with(&email, "ours-only").await;
    let their_user = theirs.new_user_with(&email, "theirs-only").await;

    assert_ne!(our_user.id, their_user.id);
    ours.login(&email, "theirs-only").await.assert_error(401, "邮箱或密码错误");
    theirs.login(&email, "ours-only").await.assert_error(401, "邮箱或密码错误");

    ours.delete_account(&our_user.token).await.assert_message("账号已注销");

    ours.login(&email, "ours-only").await.assert_error(401, "邮箱或密码错误");
    let (id, _) = theirs.login(&email, "theirs-only").await.assert_signed_in("登录成功", &email);
    assert_eq!(id, their_user.id);
    theirs.delete_account(&their_user.token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn a_reset_in_one_app_leaves_the_namesake_alone() {
    let stack = Stack::shared();
    let (ours, theirs) = (stack.demo(), stack.demo_2());
    let email = unique_email();
    let our_user = ours.new_user_with(&email, "ours-only").await;
    theirs.new_user_with(&email, "theirs-only").await;

    theirs.forgot_password(&email).await.assert_message("重置邮件已发送");
    let token = stack.outbox().reset_token_for(&email).await;
    theirs.reset_password(&token, "brand-new").await.assert_message("密码重置成功");

    ours.login(&email, "brand-new").await.assert_error(401, "邮箱或密码错误");
    let _ = ours.login(&email, "ours-only").await.assert_signed_in("登录成功", &email);
    ours.delete_account(&our_user.token).await.assert_message("账号已注销");
    let _ = theirs.login(&email, "brand-new").await.assert_signed_in("登录成功", &email);
}

#[tokio::test]
async fn a_user_of_another_app_cannot_log_in_and_looks_unknown() {
    let stack = Stack::shared();
    let user = stack.demo().new_user().await;

    let foreign = stack.demo_2().login(&user.email, &user.password).await;

    foreign.assert_error(401, "邮箱或密码错误");
    let unknown = stack.demo_2().login(&unique_email(), &user.password).await;
    assert_eq!(foreign.fingerprint(), unknown.fingerprint());
}

#[tokio::test]
async fn a_token_of_another_app_is_no_token_and_deletes_nobody() {
    let stack = Stack::shared();
    let user = stack.demo().new_user().await;

    let foreign = stack.demo_2().delete_account(&user.token).await;

    foreign.assert_error(401, "Invalid token");
    assert_eq!(foreign.fingerprint(), stack.demo_2().delete_account("no-such-token").await.fingerprint());
    stack.demo().delete_account(&user.token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn a_user_of_another_app_gets_no_mail() {
    let stack = Stack::shared();
    let user = stack.demo().new_user().await;

    let foreign = stack.demo_2().forgot_password(&user.email).await;

    foreign.assert_message("重置邮件已发送");
    assert_eq!(foreign.fingerprint(), stack.demo_2().forgot_password(&unique_email()).await.fingerprint());
    assert_eq!(stack.outbox().mails_to(&user.email).await, []);
}

#[tokio::test]
async fn a_reset_link_of_another_app_is_dead_there_and_stays_alive_at_home() {
    let stack = Stack::shared();
    let (ours, theirs) = (stack.demo(), stack.demo_2());
    let email = unique_email();
    let our_user = ours.new_user_with(&email, "ours-only").await;
    theirs.new_user_with(&email, "theirs-only").await;
    ours.forgot_password(&email).await.assert_message("重置邮件已发送");
    let token = stack.outbox().reset_token_for(&email).await;

    let foreign = theirs.reset_password(&token, "brand-new").await;

    foreign.assert_error(400, "重置链接无效或已过期");
    let unknown = theirs.reset_password(&"A".repeat(token.len()), "brand-new").await;
    assert_eq!(foreign.fingerprint(), unknown.fingerprint());
    let _ = theirs.login(&email, "theirs-only").await.assert_signed_in("登录成功", &email);
    ours.reset_password(&token, "brand-new").await.assert_message("密码重置成功");
    let (id, _) = ours.login(&email, "brand-new").await.assert_signed_in("登录成功", &email);
    assert_eq!(id, our_user.id);
}
