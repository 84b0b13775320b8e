//! ID tokens: `docs/api/oidc.md#id-token`.

use browser::SignIn as BrowserSignIn;
use oauth::me::Me;
use oauth::userinfo::UserInfo;
use oauth::{Introspect, Token};
use serde_json::json;
use shared::oauth::client::Client;
use shared::oauth::openid::Settings;
use shared::token::Algorithm;

use super::suite::{LOGIN, Mode, Suite, claims, code, part};
use crate::world::{Call, PASSWORD, body, refusal, text};

#[tokio::test]
async fn an_id_token_comes_with_the_scope_openid_and_not_without() {
    let suite = Suite::new(Mode::Query).await;
    assert!(suite.tokens(&[("scope", "profile")]).await.get("id_token").is_none());
    let tokens = suite.tokens(&[("scope", "openid profile")]).await;
    // A refresh that asks for less has none either.
    let narrowed =
        [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token")), ("scope", "profile")];
    let answer = body(&suite.call::<Token>(suite.client.form(&narrowed)).await);
    assert_eq!((&answer["scope"], answer.get("id_token")), (&json!("profile"), None));
}

#[tokio::test]
async fn a_client_has_its_id_tokens_signed_as_it_chose() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    for algorithm in Algorithm::ASYMMETRIC {
        let openid = Settings { id_token_algorithm: algorithm, ..Settings::default() };
        let client = suite.register(|client| Client { openid, ..client }).await;
        let mut request = client.request();
        request.push(("scope", "openid"));
        let back = suite.visit(&request).await;
        let tokens = body(&suite.call::<Token>(client.exchange(code(&back))).await);
        assert_eq!(part(text(&tokens, "id_token"), 0)["alg"], algorithm.name());
        assert_eq!(part(text(&tokens, "access_token"), 0)["alg"], "ES256", "the app's own choice is another matter");
    }
}

#[tokio::test]
async fn an_id_token_opens_nothing() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[("scope", "openid profile mementos")]).await;
    let token = text(&tokens, "id_token");
    assert_eq!(suite.call::<Me<true>>(Call::empty().bearer(token)).await.status, 401);
    assert_eq!(suite.call::<UserInfo<false>>(Call::empty().bearer(token)).await.status, 401);
    assert_eq!(suite.call::<Me<true>>(Call::empty().cookie("access_token", token)).await.status, 401);
    let seen = suite.call::<Introspect>(suite.client.form(&[("token", token)])).await;
    assert_eq!(body(&seen), json!({"active": false}));
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let refused = suite.call::<Token>(suite.client.form(&refresh)).await;
    assert_eq!(refusal(&refused), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn the_session_of_the_browser_stands_in_every_id_token_of_it_and_in_no_other() {
    let suite = Suite::new(Mode::Query).await;
    let one = claims(&suite.tokens(&[]).await);
    let two = claims(&suite.tokens(&[]).await);
    assert_eq!(one["sid"], two["sid"]);
    suite.wait(2);
    let later = claims(&suite.tokens(&[("prompt", "login")]).await);
    assert_ne!(one["sid"], later["sid"]);
}

#[tokio::test]
async fn claims_that_are_asked_for_by_name_stand_in_the_id_token_and_a_scope_puts_none_there() {
    let suite = Suite::new(Mode::Query).await;
    assert!(claims(&suite.tokens(&[("scope", "openid profile email")]).await).get("name").is_none());
    let named = [("claims", r#"{"id_token":{"email":null,"birthdate":null},"userinfo":{"phone_number":null}}"#)];
    let tokens = suite.tokens(&named).await;
    let said = claims(&tokens);
    assert_eq!((&said["email"], said.get("name"), said.get("birthdate")), (&json!(LOGIN), None, None));
    let told = suite.userinfo(&tokens).await;
    assert_eq!(told, json!({"sub": said["sub"], "phone_number": "+8613800138000"}));
    // Also in the session's later tokens.
    let refreshed = body(&suite.refresh(&suite.client, &tokens).await);
    assert_eq!(claims(&refreshed)["email"], LOGIN);
}

#[tokio::test]
async fn the_nonce_comes_back_as_it_was_sent_and_only_in_the_first_token() {
    let suite = Suite::new(Mode::Query).await;
    for nonce in ["n", " \"quoted\" & ünïcödé ", &"x".repeat(512)] {
        let tokens = suite.tokens(&[("nonce", nonce)]).await;
        assert_eq!(claims(&tokens)["nonce"], nonce);
        let refreshed = body(&suite.refresh(&suite.client, &tokens).await);
        assert!(claims(&refreshed).get("nonce").is_none());
    }
}

#[tokio::test]
async fn the_way_of_the_sign_in_stands_in_every_id_token_of_it() {
    let suite = Suite::new(Mode::Query).await;
    let first = suite.tokens(&[]).await;
    assert_eq!(claims(&first)["amr"], json!(["pwd"]));
    let second = body(&suite.refresh(&suite.client, &first).await);
    assert_eq!(claims(&second)["amr"], json!(["pwd"]));
}

/// A session of the Browser API that is opened by its own front end is the same session.
#[tokio::test]
async fn a_session_of_the_browser_api_counts_from_its_own_sign_in() {
    let suite = Suite::new(Mode::Query).await;
    let answer = suite.call::<BrowserSignIn>(Call::empty().json(&json!({"login": LOGIN, "password": PASSWORD}))).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    suite.browser.keep(&answer);
    let signed_in = suite.ctx.now().unix();
    suite.wait(600);
    assert_eq!(claims(&suite.tokens(&[]).await)["auth_time"], signed_in);
}
