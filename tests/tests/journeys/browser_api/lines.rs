//! `docs/api/browser.md`, line by line, in the order in which a front end calls them.

use serde_json::json;
use tests::routes::{CUSTOM_REFRESH, VERIFY_EMAIL};
use tests::{CAPTCHA, Method, PASSWORD, Stack, jwt, unique_email};

#[tokio::test]
async fn somebody_signs_up_verifies_comes_back_and_leaves() {
    let stack = Stack::shared();
    let tab = stack.front_end();
    let email = unique_email();

    let answer = tab.sign_up(&email.to_uppercase(), PASSWORD).await;
    let body = answer.json();
    let (id, access) = (body["id"].as_str().expect("a string"), body["access_token"].as_str().expect("a JWT"));
    let expected = json!({
        "id": id,
        "email": email,
        "name": "Ada Lovelace",
        "email_verified": false,
        "access_token": tab.cookie("access_token"),
        "refresh_token": tab.cookie("refresh_token"),
    });
    assert_eq!((answer.status, &body), (201, &expected));
    assert_eq!(answer.cookies().len(), 2);
    assert_eq!(jwt::claims(access)["sub"], id);

    let code = stack.outbox().mailed_code_for(&email).await;
    let verify = stack.client().request(Method::POST, VERIFY_EMAIL).bearer_auth(access);
    let answer = tests::send(verify.json(&json!({ "verification_code": code }))).await;
    let body = answer.json();
    assert_eq!((answer.status, &body["email_verified"]), (200, &json!(true)), "{answer:?}");
    assert!(body["message"].is_string());
    assert_eq!(tab.verify_email("000000").await.status, 200, "already verified");

    let old = tab.copy();
    tab.refresh().await.assert_new_cookies();
    assert_ne!(tab.cookie("refresh_token"), old.cookie("refresh_token"));
    assert!(tab.is_signed_in().await);

    tab.log_out().await.assert_cleared_cookies();
    assert_eq!(tab.cookie("refresh_token"), None);
    tab.log_out().await.assert_cleared_cookies();
    assert!(!old.is_signed_in().await);

    tab.sign_in(&email, PASSWORD).await.assert_new_cookies();
    assert!(tab.is_signed_in().await);
    assert_eq!(stack.outbox().mails_to(&email).await.len(), 1, "who is verified is not mailed");
}

#[tokio::test]
async fn a_refresh_without_a_good_cookie_clears_both() {
    let stack = Stack::shared();
    let tab = stack.front_end();
    tab.new_user().await;
    let token = tab.cookie("refresh_token").expect("a cookie");
    let requests = [
        stack.client().request(Method::POST, CUSTOM_REFRESH),
        stack.client().request(Method::POST, CUSTOM_REFRESH).bearer_auth(&token),
        stack.client().request(Method::POST, CUSTOM_REFRESH).header("cookie", "refresh_token="),
        stack.client().request(Method::POST, CUSTOM_REFRESH).header("cookie", format!("refresh_token={token}0")),
        stack.client().request(Method::POST, CUSTOM_REFRESH).header("cookie", format!("access_token={token}")),
        stack.client().request(Method::POST, CUSTOM_REFRESH).json(&json!({ "refresh_token": token })),
    ];
    for request in requests {
        let answer = tests::send(request).await;
        answer.assert_refused(401, "session_ended");
        assert_eq!(answer.cookies(), tests::CLEARED);
    }
    tab.refresh().await.assert_new_cookies();
}

#[tokio::test]
async fn a_wrong_login_is_the_same_for_somebody_and_for_nobody() {
    let stack = Stack::shared();
    let email = stack.front_end().new_user().await;
    let known = stack.front_end().sign_in(&email, "not the password").await;
    let unknown = stack.front_end().sign_in(&unique_email(), "not the password").await;
    known.assert_refused(401, "invalid_credentials");
    assert_eq!(known.fingerprint(), unknown.fingerprint());
    assert_eq!(known.cookies(), [""; 0]);
}

#[tokio::test]
async fn the_hex_digest_is_no_password() {
    let stack = Stack::shared();
    let email = stack.front_end().new_user().await;
    let answer = stack.front_end().sign_in(&email, &tests::sha256_hex(PASSWORD)).await;
    answer.assert_refused(401, "invalid_credentials");
}

#[tokio::test]
async fn a_captcha_that_is_missing_or_wrong_is_400() {
    let stack = Stack::shared();
    let email = stack.front_end().new_user().await;
    for (path, mut body) in [
        (tests::routes::SIGN_IN, json!({"login": email, "password": PASSWORD})),
        (tests::routes::SIGN_UP, json!({"email": unique_email(), "password": PASSWORD, "name": ""})),
    ] {
        stack.front_end().post(path, &body).await.assert_invalid("invalid_fields", &["captcha"]);
        body["captcha"] = json!("somebody-elses");
        stack.front_end().post(path, &body).await.assert_invalid("captcha_refused", &["captcha"]);
        body["captcha"] = json!(CAPTCHA);
        assert!([201, 204].contains(&stack.front_end().post(path, &body).await.status));
    }
}

#[tokio::test]
async fn a_code_is_burnt_by_five_wrong_tries() {
    let stack = Stack::shared();
    let tab = stack.front_end();
    let email = tab.new_user().await;
    let code = stack.outbox().mailed_code_for(&email).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        tab.verify_email(wrong).await.assert_invalid("wrong_code", &["verification_code"]);
    }
    tab.verify_email(&code).await.assert_invalid("dead_code", &["verification_code"]);
}

#[tokio::test]
async fn a_breached_a_short_and_a_taken_choice_are_named() {
    let stack = Stack::shared();
    let tab = stack.front_end();
    let email = tab.new_user().await;
    tab.sign_up(&email, PASSWORD).await.assert_invalid("email_taken", &["email"]);
    tab.sign_up(&unique_email(), "password123").await.assert_invalid("breached_password", &["password"]);
    tab.sign_up("no address", "short").await.assert_invalid("invalid_fields", &["email", "password"]);
}

#[tokio::test]
async fn the_language_is_the_one_that_was_asked_for() {
    let stack = Stack::shared();
    for (asked, tag) in [("en-GB,en;q=0.9", "en"), ("zh-TW", "zh"), ("fr", "zh"), ("", "zh")] {
        let request = stack.client().request(Method::POST, CUSTOM_REFRESH).header("accept-language", asked);
        let answer = tests::send(request).await;
        assert_eq!(answer.header("content-language"), Some(tag), "{asked}");
        assert_eq!(answer.json()["detail"].as_str().map(str::is_ascii), Some(tag == "en"));
    }
}
