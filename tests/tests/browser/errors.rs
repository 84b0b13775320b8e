//! A refusal stands beside the field that it is about.

use tests::{unique_email, unique_phone};

use crate::visitor::{CHINESE, ENGLISH, Visitor};

#[tokio::test]
async fn a_refusal_stands_at_the_field_it_is_about() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let taken = visitor.app.new_user().await.email;
    let email = unique_email();
    visitor.show_credentials().await;
    for (form, fields, field, error) in [
        ("register", vec![("email", "no address"), ("password", "secret123")], "register-email", "邮箱格式不正确"),
        ("register", vec![("email", &email), ("password", "12345")], "register-password", "密码长度必须为6-16位"),
        ("register", vec![("email", &taken), ("password", "secret123")], "register-email", "该邮箱已注册"),
        ("login", vec![("email", &taken), ("password", "wrong-one")], "login-password", "邮箱或密码错误"),
        ("forgot-password", vec![("email", "no address")], "forgot-email", "邮箱格式不正确"),
        ("reset-password", vec![("token", "x"), ("newPassword", "secret123")], "reset-token", "重置链接无效或已过期"),
        ("reset-password", vec![("token", "x"), ("newPassword", "1")], "reset-password-new", "密码长度必须为6-16位"),
    ] {
        visitor.submit(form, &fields).await;
        visitor.browser.sees(&format!("{field}-error"), error).await;
        let marked = format!("return document.getElementById('{field}').getAttribute('aria-invalid')");
        assert_eq!(visitor.browser.run(&marked).await, "true", "{field}");
        assert_eq!(visitor.browser.run("return document.activeElement.id").await, field);
    }
}

#[tokio::test]
async fn a_refusal_of_the_phone_forms_stands_at_its_field() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let (phone, nobody) = (unique_phone(), unique_phone());
    visitor.show_credentials().await;
    visitor.submit("send-code", &[("phone", "12345")]).await;
    visitor.browser.sees("send-code-phone-error", "手机号格式不正确").await;
    visitor.submit("phone-login", &[("phone", &nobody), ("code", "123456")]).await;
    visitor.browser.sees("phone-login-code-error", "请先获取验证码").await;
    visitor.submit("send-code", &[("phone", &phone)]).await;
    visitor.answered("send-code", "验证码已发送").await;
    visitor.submit("send-code", &[("phone", &phone)]).await;
    visitor.browser.sees("send-code-phone-error", "发送过于频繁,请60秒后再试").await;
    let code = tests::Stack::shared().outbox().code_for(&phone).await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    visitor.submit("phone-login", &[("phone", &phone), ("code", wrong)]).await;
    visitor.browser.sees("phone-login-code-error", "验证码错误").await;
}

#[tokio::test]
async fn wrong_app_credentials_are_shown_at_the_credentials() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let account = [("email", "a@example.com"), ("password", "secret123")];
    visitor.submit("login", &account).await;
    visitor.browser.sees("app-id-error", "Missing app credentials").await;
    for secret in ["wrong", "密钥"] {
        visitor.browser.fill("#app-id", "demo").await;
        visitor.browser.fill("#app-secret", secret).await;
        visitor.submit("login", &account).await;
        visitor.browser.sees("app-secret-error", "Invalid app credentials").await;
    }
}

#[tokio::test]
async fn an_empty_field_is_pointed_out_without_asking_the_api() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    visitor.submit("login", &[("email", "a@example.com")]).await;
    visitor.browser.sees("login-password-error", "请填写此项").await;
    assert_eq!(visitor.browser.run("return document.activeElement.id").await, "login-password");
    visitor.browser.fill("#login-password", "x").await;
    assert_eq!(visitor.browser.text("#login").await.matches("请填写此项").count(), 0);
}

#[tokio::test]
async fn an_english_reader_is_told_what_the_apis_words_mean() {
    let Some(visitor) = Visitor::arrive(ENGLISH).await else { return };
    visitor.show_credentials().await;
    visitor.submit("login", &[("email", &unique_email()), ("password", "wrong-one")]).await;
    let meaning = "邮箱或密码错误 (unknown e-mail address or wrong password)";
    visitor.browser.sees("login-password-error", meaning).await;
}

#[tokio::test]
async fn deleting_without_being_signed_in_shows_the_apis_answer() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    visitor.show_credentials().await;
    visitor.browser.click("#delete-sure").await;
    visitor.submit("delete-account", &[]).await;
    visitor.answered("delete-account", "No token provided").await;
}
