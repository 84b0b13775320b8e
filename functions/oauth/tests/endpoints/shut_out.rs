//! A user whom the operator shut out.

use oauth::me::Me;
use oauth::userinfo::UserInfo;
use oauth::{SignIn, Token};

use crate::openid::suite::{LOGIN, Mode, Suite};
use crate::world::{ADA, Call, PASSWORD, World, refusal, text, unmarked};

#[tokio::test]
async fn who_is_shut_out_cannot_sign_in_on_the_page_and_no_clients_token_of_theirs_is_good() {
    let world = World::new().await;
    let (browser, client) = (world.sign_up(ADA).await, world.client().await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    world.shut_out("default", ADA).await;
    let sign_in = |password: &str| Call::empty().form(&[("login", ADA), ("password", password)]);
    let (right, wrong) =
        (world.call::<SignIn>(sign_in(PASSWORD)).await, world.call::<SignIn>(sign_in("wrong-one")).await);
    assert_eq!((right.status, unmarked(&right.body)), (wrong.status, unmarked(&wrong.body)));
    assert!(right.cookies.iter().all(|cookie| cookie.starts_with("form_browser=")), "{:?}", right.cookies);
    let answer = world.call::<Me<false>>(Call::empty().bearer(text(&tokens, "access_token"))).await;
    assert_eq!(answer.status, 401);
    assert_eq!(world.refresh(&client, &tokens).await.status, 400);
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await, serde_json::json!({"active": false}));
}

#[tokio::test]
async fn a_code_and_a_page_from_before_are_worth_nothing() {
    let world = World::new().await;
    let (browser, client) = (world.sign_up(ADA).await, world.client().await);
    let code = world.code(&browser, &client, &[]).await;
    let page = world.ask(&browser, &client.request()).await;
    world.shut_out("default", ADA).await;
    let exchanged = world.call::<Token>(client.exchange(&code)).await;
    assert_eq!(refusal(&exchanged), (400, "invalid_grant".to_owned()));
    let decided = world.decide(&browser, &page, &[("action", "authorize")]).await;
    assert!(decided.status == 200 && decided.body.contains("type=\"password\""), "{}", decided.body);
}

#[tokio::test]
async fn an_id_token_of_theirs_names_nobody_who_is_signed_in() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[]).await;
    let hint = [("id_token_hint", text(&tokens, "id_token"))];
    assert_eq!(suite.silent_error(&hint).await, None);
    suite.shut_out("default", LOGIN).await;
    assert_eq!(suite.silent_error(&hint).await.as_deref(), Some("login_required"));
    let call = Call::empty().bearer(text(&tokens, "access_token"));
    assert_eq!(suite.call::<UserInfo<false>>(call).await.status, 401);
}
