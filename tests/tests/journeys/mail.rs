//! The reset mail: what it says, in which language, where its link leads, and what happens when it cannot be sent.

use reqwest::header::{ACCEPT_LANGUAGE, HOST};
use serde_json::json;
use tests::routes::FORGOT_PASSWORD;
use tests::{Mail, Method, Stack, send, unique};

/// Asks for a link with this header and returns the mail.
async fn mail_asked_for_with(name: &str, value: &str) -> Mail {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let request = app.request(Method::POST, FORGOT_PASSWORD).header(name, value).json(&json!({"email": user.email}));
    send(request).await.assert_message("重置邮件已发送");
    Stack::shared().outbox().latest_to(&user.email).await
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
}

#[track_caller]
fn assert_link_is_canonical(mail: &Mail) {
    let start = format!("{}/account/reset-password?token=", Stack::shared().info().url);
    assert!(mail.link().starts_with(&start), "{mail:?}");
    assert!(mail.html.contains(&format!("href=\"{}\"", mail.link())), "{mail:?}");
    for part in [&mail.text, &mail.html] {
        assert_eq!(part.matches("?token=").count(), part.matches(&start).count(), "{mail:?}");
        assert!(!part.contains("evil"), "{mail:?}");
    }
}

#[tokio::test]
async fn the_mail_has_two_parts_and_one_link() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;

    app.forgot_password(&user.email).await.assert_message("重置邮件已发送");

    let mails = Stack::shared().outbox().mails_to(&user.email).await;
    let [mail] = &mails[..] else { panic!("not one mail: {mails:?}") };
    assert_eq!((mail.kind.as_str(), &mail.to), ("email", &user.email));
    assert_link_is_canonical(mail);
    // 128 random bits and more, in letters that need no escaping in a link.
    assert!(mail.token().len() >= 22, "{mail:?}");
    let in_the_alphabet = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    assert!(mail.token().chars().all(in_the_alphabet), "{mail:?}");
}

#[tokio::test]
async fn every_request_mails_a_link_of_its_own() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    for _ in 0..2 {
        app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
    }
    let mails = Stack::shared().outbox().mails_to(&user.email).await;
    assert_eq!(mails.len(), 2);
    assert_ne!(mails[0].token(), mails[1].token());
}

#[tokio::test]
async fn the_mail_is_chinese_by_default() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
    let mail = Stack::shared().outbox().latest_to(&user.email).await;
    for part in [&mail.subject, &mail.text, &mail.html] {
        assert!(is_chinese(part), "{part}");
    }
    assert_eq!(mail_asked_for_with(ACCEPT_LANGUAGE.as_str(), "zh-CN,zh;q=0.9,en;q=0.8").await.subject, mail.subject);
}

#[tokio::test]
async fn the_mail_is_english_where_that_is_asked_for() {
    for language in ["en", "en-US,en;q=0.9", "en-GB"] {
        let mail = mail_asked_for_with(ACCEPT_LANGUAGE.as_str(), language).await;
        for part in [&mail.subject, &mail.text, &mail.html] {
            assert!(!part.is_empty() && !is_chinese(part), "{language}: {part}");
        }
        assert_link_is_canonical(&mail);
    }
}

#[tokio::test]
async fn no_header_of_the_client_reaches_the_link() {
    for (name, value) in [
        (HOST.as_str(), "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "evil"),
        ("x-original-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=https"),
        ("origin", "https://evil.example"),
        ("referer", "https://evil.example/"),
    ] {
        println!("{name}: {value}");
        assert_link_is_canonical(&mail_asked_for_with(name, value).await);
    }
}

#[tokio::test]
async fn mail_that_cannot_be_sent_now_asks_the_client_to_come_back() {
    let app = Stack::shared().demo();
    let user = app.new_user_with(&format!("throttle@{}.example", unique("mail")), "123456").await;
    let answer = app.forgot_password(&user.email).await;
    answer.assert_error(503, "服务暂时不可用,请稍后重试");
    let _ = app.login(&user.email, "123456").await.assert_signed_in("登录成功", &user.email);
}

#[tokio::test]
async fn an_address_that_is_refused_does_not_tell_that_it_is_registered() {
    let app = Stack::shared().demo();
    let user = app.new_user_with(&format!("reject@{}.example", unique("mail")), "123456").await;

    let known = app.forgot_password(&user.email).await;
    let unknown = app.forgot_password(&format!("reject@{}.example", unique("mail"))).await;

    known.assert_message("重置邮件已发送");
    assert_eq!(known.fingerprint(), unknown.fingerprint());
}
