//! The JWT: what it says, and that nobody but the service can make one.

use serde_json::json;
use tests::jwt::{self, Segments};
use tests::routes::ACCOUNT;
use tests::{App, Method, Stack, User, send, unix_now};

const SEVEN_DAYS: u64 = 7 * 24 * 60 * 60;

#[tokio::test]
async fn a_token_names_its_user_and_lives_seven_days() {
    let app = Stack::shared().demo();
    let before = unix_now();
    let user = app.new_user().await;
    let (_, second_token) = app.login(&user.email, &user.password).await.assert_signed_in("登录成功", &user.email);

    for token in [&user.token, &second_token] {
        assert_eq!(jwt::header(token), r#"{"alg":"HS256","typ":"JWT"}"#);
        let claims = jwt::claims(token);
        assert_eq!(claims["sub"], json!(user.id.to_string()));
        let issued = claims["iat"].as_u64().expect("the second of issue");
        assert!((before..=unix_now()).contains(&issued), "{claims}");
        assert_eq!(claims["exp"].as_u64(), Some(issued + SEVEN_DAYS));
    }
}

#[tokio::test]
async fn a_token_carries_no_personal_data() {
    let user = Stack::shared().demo().new_user().await;
    let claims = jwt::claims(&user.token).to_string();
    for private in [user.email.as_str(), user.email.trim_end_matches("@example.com"), &user.password] {
        assert!(!claims.contains(private), "{claims}");
    }
}

/// Presents each forgery, then shows with the real token that nothing happened.
async fn assert_refused(app: &App, user: &User, forgeries: impl IntoIterator<Item = String>) {
    let bogus = app.delete_account("no-such-token").await;
    bogus.assert_error(401, "Invalid token");
    for forgery in forgeries {
        println!("token: {forgery}");
        assert_eq!(app.delete_account(&forgery).await.fingerprint(), bogus.fingerprint());
    }
    app.delete_account(&user.token).await.assert_message("账号已注销");
}

/// Headers that try to choose how, or with which key, the token is verified.
fn forged_headers() -> Vec<String> {
    let headers = [
        r#"{"alg":"none","typ":"JWT"}"#,
        r#"{"alg":"None","typ":"JWT"}"#,
        r#"{"alg":"NONE","typ":"JWT"}"#,
        r#"{"alg":"","typ":"JWT"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"RS256","typ":"JWT"}"#,
        r#"{"alg":"ES256","typ":"JWT"}"#,
        r#"{"alg":"EdDSA","typ":"JWT"}"#,
        r#"{"alg":"HS384","typ":"JWT"}"#,
        r#"{"alg":"HS512","typ":"JWT"}"#,
        r#"{"alg":"hs256","typ":"JWT"}"#,
        r#"{"alg":["HS256"],"typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":"../../../dev/null"}"#,
        r#"{"alg":"HS256","typ":"JWT","jku":"http://127.0.0.1:9/keys"}"#,
        r#"{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":""}}"#,
        r#"{"alg":"HS256","typ":"JWT","crit":["exp"]}"#,
        "not json",
        "",
    ];
    headers.into_iter().map(jwt::segment).collect()
}

#[tokio::test]
async fn a_token_whose_header_was_changed_is_refused() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let Segments { header, claims, signature } = jwt::split(&user.token);
    let mut forgeries = Vec::new();
    for forged in forged_headers() {
        forgeries.push(format!("{forged}.{claims}."));
        forgeries.push(format!("{forged}.{claims}"));
        forgeries.push(format!("{forged}.{claims}.{signature}"));
        forgeries.push(format!("{forged}.{claims}.{}", jwt::hs256(&forged, claims, b"")));
    }
    // The header says in other letters what the real one says: the signature is over the letters.
    let respelled = jwt::segment(r#"{"typ":"JWT","alg":"HS256"}"#);
    assert_ne!(respelled, header);
    forgeries.push(format!("{respelled}.{claims}.{signature}"));
    assert_refused(&app, &user, forgeries).await;
}

#[tokio::test]
async fn a_token_without_its_signature_is_refused() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let Segments { header, claims, signature } = jwt::split(&user.token);
    let cut = &signature[..signature.len() - 2];
    let forgeries = [
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("{header}.{claims}.{cut}"),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!("{header}.{claims}.{signature}."),
        format!(".{claims}.{signature}"),
        format!("{header}..{signature}"),
        format!("..{signature}"),
        "..".to_owned(),
        "A".repeat(6000),
    ];
    assert_refused(&app, &user, forgeries).await;
}

#[tokio::test]
async fn a_token_whose_claims_were_changed_is_refused() {
    let app = Stack::shared().demo();
    let (user, victim) = (app.new_user().await, app.new_user().await);
    let Segments { header, signature, .. } = jwt::split(&user.token);
    let mut impersonation = jwt::claims(&user.token);
    impersonation["sub"] = json!(victim.id.to_string());
    let mut prolonged = jwt::claims(&user.token);
    prolonged["exp"] = json!(unix_now() + 10 * SEVEN_DAYS);
    let forgeries = [
        format!("{header}.{}.{signature}", jwt::segment(&impersonation.to_string())),
        format!("{header}.{}.{signature}", jwt::segment(&prolonged.to_string())),
        format!("{header}.{}.{}", jwt::split(&victim.token).claims, signature),
    ];
    assert_refused(&app, &user, forgeries).await;
    app.delete_account(&victim.token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn a_token_whose_signature_was_changed_is_refused() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let Segments { header, claims, signature } = jwt::split(&user.token);
    let forgeries = (0..signature.len() - 1).map(|position| {
        let other = if &signature[position..=position] == "A" { "B" } else { "A" };
        format!("{header}.{claims}.{}{other}{}", &signature[..position], &signature[position + 1..])
    });
    assert_refused(&app, &user, forgeries.collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn a_token_signed_with_a_key_that_others_know_is_refused() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let Segments { header, claims, .. } = jwt::split(&user.token);
    let credentials = app.credentials();
    let keys = ["", "secret", "demo", &credentials.id, &credentials.secret, &credentials.api_key, &user.password];
    let forgeries = keys.map(|key| format!("{header}.{claims}.{}", jwt::hs256(header, claims, key.as_bytes())));
    assert_refused(&app, &user, forgeries).await;
}

#[tokio::test]
async fn a_token_of_another_kind_is_refused() {
    let stack = Stack::shared();
    let app = stack.demo();
    let user = app.new_user().await;
    app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
    let reset_token = stack.outbox().reset_token_for(&user.email).await;
    assert_refused(&app, &user, [reset_token, app.credentials().secret.clone(), user.id.to_string()]).await;
}

#[tokio::test]
async fn a_token_is_read_from_the_authorization_header_only() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    let by_query = app.request(Method::DELETE, ACCOUNT).query(&[("token", &user.token), ("access_token", &user.token)]);
    send(by_query).await.assert_error(401, "No token provided");
    let by_cookie = app.request(Method::DELETE, ACCOUNT).header("cookie", format!("access_token={}", user.token));
    send(by_cookie).await.assert_error(401, "No token provided");
    let by_body = app.request(Method::DELETE, ACCOUNT).json(&json!({ "token": user.token }));
    send(by_body).await.assert_error(401, "No token provided");
    app.delete_account(&user.token).await.assert_message("账号已注销");
}
