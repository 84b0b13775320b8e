//! What an e-mail and a password may be, wherever they are asked for.

use serde_json::{Value, json};
use tests::routes::{FORGOT_PASSWORD, LOGIN, REGISTER};
use tests::{Stack, unique_email};

const BAD_EMAIL: &str = "邮箱格式不正确";
const BAD_LENGTH: &str = "密码长度必须为6-16位";

const MALFORMED: [&str; 9] = [
    "plain",
    "@example.com",
    "user@",
    "@",
    "user@@example.com",
    "us er@example.com",
    "user@exam ple.com",
    "user@example.com\r\nBcc: other@example.com",
    "a@example.com,b@example.com",
];

#[tokio::test]
async fn a_malformed_address_is_refused_everywhere() {
    let app = Stack::shared().demo();
    let too_long = format!("{}@example.com", "a".repeat(1000));
    for email in MALFORMED.into_iter().chain([too_long.as_str()]) {
        for path in [REGISTER, LOGIN, FORGOT_PASSWORD] {
            println!("{path}: {email:?}");
            app.post(path, &json!({"email": email, "password": "123456"})).await.assert_error(400, BAD_EMAIL);
        }
    }
}

#[tokio::test]
async fn a_missing_address_or_one_of_a_wrong_type_is_refused() {
    let app = Stack::shared().demo();
    for path in [REGISTER, FORGOT_PASSWORD] {
        app.post(path, &json!({"password": "123456"})).await.assert_error(400, BAD_EMAIL);
        for email in [Value::Null, json!(""), json!("  "), json!(1), json!(true), json!([unique_email()]), json!({})] {
            println!("{path}: {email}");
            app.post(path, &json!({"email": email, "password": "123456"})).await.assert_error(400, BAD_EMAIL);
        }
    }
}

#[tokio::test]
async fn unusual_but_valid_addresses_are_accepted() {
    let app = Stack::shared().demo();
    for local_part in ["first.last+tag", "a_b-c", "1", "o'neil"] {
        let email = format!("{local_part}@{}", unique_email().replace('@', "."));
        println!("{email}");
        let user = app.new_user_with(&email, "123456").await;
        let (id, _) = app.login(&email, "123456").await.assert_signed_in("登录成功", &email);
        assert_eq!(id, user.id);
    }
}

#[tokio::test]
async fn a_password_has_6_to_16_unicode_characters() {
    let app = Stack::shared().demo();
    for character in ["1", "a", " ", "é", "密", "😀", "\""] {
        for length in [0, 1, 5, 17, 18, 1000] {
            println!("{length} times {character:?}");
            app.register(&unique_email(), &character.repeat(length)).await.assert_error(400, BAD_LENGTH);
        }
        for length in [6, 16] {
            println!("{length} times {character:?}");
            let user = app.new_user_with(&unique_email(), &character.repeat(length)).await;
            let (id, _) = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);
            assert_eq!(id, user.id);
        }
    }
}

#[tokio::test]
async fn a_password_that_is_set_by_a_link_has_the_same_bounds() {
    let stack = Stack::shared();
    let app = stack.demo();
    for character in ["1", "密", "😀"] {
        for good in [6, 16] {
            let user = app.new_user().await;
            app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
            let token = stack.outbox().reset_token_for(&user.email).await;
            for bad in [5, 17] {
                app.reset_password(&token, &character.repeat(bad)).await.assert_error(400, BAD_LENGTH);
            }
            app.reset_password(&token, &character.repeat(good)).await.assert_message("密码重置成功");
            let answer = app.login(&user.email, &character.repeat(good)).await;
            let _ = answer.assert_signed_in("登录成功", &user.email);
        }
    }
}

#[tokio::test]
async fn a_character_written_as_an_escape_is_one_character() {
    let app = Stack::shared().demo();
    let email = unique_email();
    let body = format!(r#"{{"email": "{email}", "password": "{}"}}"#, r"\ud83d\ude00".repeat(6));
    let _ = app.post_bytes(REGISTER, body).await.assert_signed_in("注册成功", &email);
    let _ = app.login(&email, &"😀".repeat(6)).await.assert_signed_in("登录成功", &email);
}

#[tokio::test]
async fn a_missing_password_or_one_of_a_wrong_type_is_refused() {
    let app = Stack::shared().demo();
    let email = unique_email();
    app.post(REGISTER, &json!({ "email": email })).await.assert_error(400, BAD_LENGTH);
    for password in [Value::Null, json!(123_456), json!(true), json!(["123456"]), json!({"is": "123456"})] {
        println!("password: {password}");
        app.post(REGISTER, &json!({"email": email, "password": password})).await.assert_error(400, BAD_LENGTH);
    }
    let _ = app.register(&email, "123456").await.assert_signed_in("注册成功", &email);
}
