//! Each form against the real API, from the page.

use tests::{Stack, unique_email, unique_phone};

use crate::visitor::{CHINESE, Visitor};

#[tokio::test]
async fn somebody_registers_signs_in_and_deletes_the_account() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let email = unique_email();
    let account = [("email", email.as_str()), ("password", "secret123")];
    visitor.show_credentials().await;

    visitor.submit("register", &account).await;
    visitor.answered("register", "注册成功").await;
    visitor.browser.sees("state", &email).await;

    visitor.submit("login", &account).await;
    visitor.answered("login", "登录成功").await;

    visitor.submit("delete-account", &[]).await;
    visitor.browser.sees("delete-sure-error", "请勾选此项").await;
    let _kept = visitor.app.login(&email, "secret123").await.assert_signed_in("登录成功", &email);
    visitor.browser.click("#delete-sure").await;
    visitor.submit("delete-account", &[]).await;
    visitor.answered("delete-account", "账号已注销").await;
    assert_eq!(visitor.browser.text("#state").await, "未登录");
    visitor.app.login(&email, "secret123").await.assert_error(401, "邮箱或密码错误");
}

#[tokio::test]
async fn a_reset_link_to_the_portal_opens_its_form_and_the_token_leaves_the_address_bar() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let user = visitor.app.new_user().await;
    visitor.show_credentials().await;
    visitor.submit("forgot-password", &[("email", &user.email)]).await;
    visitor.answered("forgot-password", "重置邮件已发送").await;
    let mail = Stack::shared().outbox().latest_to(&user.email).await;

    // Where the portal is an app's reset page: `cargo ops app update --reset-page`.
    visitor.browser.open(&format!("{}?token={}", visitor.url, mail.token())).await;

    assert_eq!(visitor.browser.value("#reset-token").await, mail.token());
    assert_eq!(visitor.browser.address().await, visitor.url);
    assert_eq!(visitor.browser.value("#app-secret").await, "", "nothing outlives the page");
    visitor.show_credentials().await;
    visitor.submit("reset-password", &[("newPassword", "brand-new")]).await;
    visitor.answered("reset-password", "密码重置成功").await;
    visitor.submit("login", &[("email", &user.email), ("password", "brand-new")]).await;
    visitor.answered("login", "登录成功").await;
}

#[tokio::test]
async fn the_link_in_the_mail_sets_a_password_that_the_portal_takes() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let user = visitor.app.new_user().await;
    visitor.show_credentials().await;
    visitor.submit("forgot-password", &[("email", &user.email)]).await;
    visitor.answered("forgot-password", "重置邮件已发送").await;
    let mail = Stack::shared().outbox().latest_to(&user.email).await;

    visitor.browser.open(mail.link()).await;
    visitor.browser.fill("#password", "brand-new").await;
    visitor.browser.click("main form > button").await;
    assert!(visitor.browser.text("main:not(:has(input))").await.contains("密码已更新"));

    visitor.browser.open(&visitor.url).await;
    visitor.show_credentials().await;
    visitor.submit("login", &[("email", &user.email), ("password", "brand-new")]).await;
    visitor.answered("login", "登录成功").await;
}

#[tokio::test]
async fn somebody_asks_for_a_code_and_signs_in_by_phone_for_the_first_time() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let phone = unique_phone();
    let masked = format!("{}****{}", &phone[..3], &phone[7..]);
    visitor.show_credentials().await;

    visitor.submit("send-code", &[("phone", &phone)]).await;
    visitor.answered("send-code", "验证码已发送").await;

    assert_eq!(visitor.browser.value("#phone-login-phone").await, phone, "nobody types a number twice");
    let code = Stack::shared().outbox().code_for(&phone).await;
    visitor.submit("phone-login", &[("code", &code)]).await;
    visitor.answered("phone-login", "\"isNewUser\": true").await;
    visitor.browser.sees("state", &masked).await;
}

#[tokio::test]
async fn a_form_works_by_keyboard_alone() {
    const TAB: char = '\u{e004}';
    const ENTER: char = '\u{e007}';
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let email = unique_email();
    let credentials = visitor.app.credentials();
    visitor.browser.run("document.getElementById('app-id').focus()").await;
    let keys = [&credentials.id, &credentials.secret, &email, "secret123"].map(ToString::to_string);
    visitor.browser.type_keys(&format!("{}{ENTER}", keys.join(&TAB.to_string()))).await;
    visitor.answered("register", "注册成功").await;
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_said_in_the_readers_language() {
    let stack = Stack::start(&tests::Options::default());
    let Some(visitor) = Visitor::arrive_at(&stack, CHINESE).await else { return };
    visitor.show_credentials().await;
    drop(stack);
    visitor.submit("login", &[("email", "a@example.com"), ("password", "secret123")]).await;
    visitor.answered("login", "无法连接服务，请检查网络后重试。").await;
}
