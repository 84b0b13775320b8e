//! Who signed in: `docs/api/oidc.md#userinfo`.

use oauth::userinfo::UserInfo;
use oauth::{Revoke, grants};
use serde_json::json;
use shared::language::Language;
use shared::oauth::client::Client;
use shared::user::profile::ProfileChange;

use super::suite::{Mode, Suite, code};
use crate::world::{Call, body, refusal, text};

#[tokio::test]
async fn a_token_without_the_scope_openid_is_refused_by_name() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[("scope", "profile email")]).await;
    let answer = suite.call::<UserInfo<false>>(Call::empty().bearer(text(&tokens, "access_token"))).await;
    assert_eq!(refusal(&answer), (403, "insufficient_scope".to_owned()));
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge, Some("Bearer error=\"insufficient_scope\", scope=\"openid\""));
}

#[tokio::test]
async fn it_is_for_clients_and_for_no_session_of_a_browser() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    let with_cookies = suite.call::<UserInfo<false>>(suite.browser.call()).await;
    assert_eq!(with_cookies.status, 401);
    let access = suite.browser.cookie("access_token").expect("a cookie");
    assert_eq!(suite.call::<UserInfo<false>>(Call::empty().bearer(&access)).await.status, 401);
}

#[tokio::test]
async fn a_token_comes_in_one_way_and_in_no_address() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[]).await;
    let token = text(&tokens, "access_token");
    let form = Call::empty().form(&[("access_token", token)]);
    let both = suite.call::<UserInfo<true>>(form.clone().bearer(token)).await;
    assert_eq!(both.status, 401);
    assert_eq!(suite.call::<UserInfo<true>>(form.header("authorization", "Bearer")).await.status, 401);
    let in_address = suite.call::<UserInfo<false>>(Call::empty().query("access_token", token)).await;
    assert_eq!(in_address.status, 401);
    // A GET has no form (RFC 6750 §2.2).
    let got = suite.call::<UserInfo<false>>(Call::empty().form(&[("access_token", token)])).await;
    assert_eq!(got.status, 401);
}

#[tokio::test]
async fn what_is_revoked_or_taken_back_is_told_nothing() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[]).await;
    let call = || Call::empty().bearer(text(&tokens, "access_token"));
    assert_eq!(suite.call::<UserInfo<false>>(call()).await.status, 200);
    suite.call::<Revoke>(suite.client.form(&[("token", text(&tokens, "refresh_token"))])).await;
    assert_eq!(suite.call::<UserInfo<false>>(call()).await.status, 401);

    let tokens = suite.tokens(&[]).await;
    let call = || Call::empty().bearer(text(&tokens, "access_token"));
    let disconnect = suite.browser.call().path("client_id", &suite.client.id);
    assert_eq!(suite.call::<grants::Disconnect>(disconnect).await.status, 204);
    assert_eq!(suite.call::<UserInfo<false>>(call()).await.status, 401);
}

#[tokio::test]
async fn pages_of_the_origins_that_the_client_registered_may_read_it_and_no_others() {
    let suite = Suite::new(Mode::Query).await;
    let origins = vec!["https://spa.example".to_owned()];
    let client = suite.register(|client| Client { origins, ..client }).await;
    let mut request = client.request();
    request.push(("scope", "openid"));
    let back = suite.visit(&request).await;
    let tokens = body(&suite.call::<oauth::Token>(client.exchange(code(&back))).await);
    for (origin, allowed) in [("https://spa.example", Some("https://spa.example")), ("https://evil.example", None)] {
        let call = Call::empty().bearer(text(&tokens, "access_token")).header("origin", origin);
        let answer = suite.call::<UserInfo<false>>(call).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, allowed));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn a_user_without_a_value_has_no_such_claim() {
    let suite = Suite::new(Mode::Query).await;
    let browser = suite.sign_up("bob@example.com").await;
    let request = suite.request(&[("scope", "openid profile email phone")]);
    let back = suite.consent(&browser, &request, &[]).await;
    let tokens = body(&suite.call::<oauth::Token>(suite.client.exchange(code(&back))).await);
    let told = suite.userinfo(&tokens).await;
    let since = suite.ctx.now().unix();
    let expected = json!({
        "sub": told["sub"], "name": "Ada", "updated_at": since, "email": "bob@example.com", "email_verified": false,
    });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_change_of_name_or_language_is_told_with_its_time() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[("scope", "openid profile")]).await;
    let before = suite.userinfo(&tokens).await;
    assert_eq!((&before["locale"], &before["updated_at"]), (&json!("en"), &json!(suite.ctx.now().unix())));
    suite.wait(90);
    let user = text(&before, "sub").parse().expect("an id");
    let change = ProfileChange { locale: Some(Some(Language::Chinese)), ..ProfileChange::default() };
    let app = "default".parse().expect("an id");
    assert!(suite.ctx.store.change_profile(&app, user, &change, suite.ctx.now()).await.expect("stored"));
    let after = suite.userinfo(&tokens).await;
    assert_eq!((&after["locale"], &after["updated_at"]), (&json!("zh"), &json!(suite.ctx.now().unix())));
    assert_eq!(after["name"], before["name"]);
}
