//! Nobody learns from an answer whether an address is registered.

use tests::{Stack, unique_email};

#[tokio::test]
async fn login_answers_alike_for_a_wrong_password_and_an_unknown_address() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;

    let known = app.login(&user.email, "wrong-one").await;
    let unknown = app.login(&unique_email(), "wrong-one").await;

    known.assert_error(401, "邮箱或密码错误");
    assert_eq!(known.fingerprint(), unknown.fingerprint());
}

#[tokio::test]
async fn forgot_password_answers_alike_and_mails_only_the_known() {
    let stack = Stack::shared();
    let app = stack.demo();
    let (user, stranger) = (app.new_user().await, unique_email());

    let known = app.forgot_password(&user.email).await;
    let unknown = app.forgot_password(&stranger).await;

    known.assert_message("重置邮件已发送");
    assert_eq!(known.fingerprint(), unknown.fingerprint());
    assert_eq!(stack.outbox().mails_to(&user.email).await.len(), 1);
    assert_eq!(stack.outbox().mails_to(&stranger).await, []);
}

#[tokio::test]
async fn a_reset_answers_alike_for_every_dead_link() {
    let stack = Stack::shared();
    let app = stack.demo();
    let user = app.new_user().await;
    app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
    let token = stack.outbox().reset_token_for(&user.email).await;
    app.reset_password(&token, "brand-new").await.assert_message("密码重置成功");

    let spent = app.reset_password(&token, "brand-new").await;
    let unknown = app.reset_password(&"A".repeat(token.len()), "brand-new").await;

    spent.assert_error(400, "重置链接无效或已过期");
    assert_eq!(spent.fingerprint(), unknown.fingerprint());
}

#[tokio::test]
async fn a_token_answers_alike_for_a_deleted_user_and_for_garbage() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    app.delete_account(&user.token).await.assert_message("账号已注销");

    let deleted = app.delete_account(&user.token).await;
    let garbage = app.delete_account("garbage").await;

    deleted.assert_error(401, "Invalid token");
    assert_eq!(deleted.fingerprint(), garbage.fingerprint());
}
