//! Introspection (RFC 7662) and revocation (RFC 7009): `docs/api/oauth.md#introspect`.

use browser::Logout;
use oauth::{Introspect, Revoke};
use serde_json::json;
use shared::clock::Seconds;
use shared::id::AppId;
use shared::oauth::client::Client;

use crate::clients::basic;
use crate::mementos::create;
use crate::world::{ADA, Call, World, body, refusal, text};

#[tokio::test]
async fn a_resource_server_learns_who_and_what_from_a_token_of_another_client() {
    let world = World::new().await;
    let (client, server, browser) = (world.client().await, world.client().await, world.sign_up(ADA).await);
    let memento = create(&world, &browser, "Tax").await;
    let tokens = world.tokens(&browser, &client, &[text(&memento, "id")]).await;
    let mut seen = world.introspect(&server, text(&tokens, "access_token")).await;
    let object = seen.as_object_mut().expect("an object");
    assert!(object.remove("sub").is_some() && object.remove("jti").is_some());
    let now = world.ctx.now().unix();
    assert_eq!(
        seen,
        json!({
            "active": true, "token_type": "Bearer", "iss": "https://auth.example", "aud": "https://auth.example/api",
            "client_id": client.id, "scope": "mementos profile", "iat": now, "exp": now + 3600,
            "mementos": [memento["id"]],
        })
    );
    let own = world.introspect(&client, text(&tokens, "refresh_token")).await;
    assert_eq!((&own["active"], &own["token_type"]), (&json!(true), &json!("refresh_token")));
    assert_eq!(world.introspect(&server, text(&tokens, "refresh_token")).await, json!({"active": false}));
}

#[tokio::test]
async fn what_is_no_living_token_is_exactly_inactive() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let token = text(&tokens, "access_token");
    let shop = shared::app::App::of_default_id("shop".parse().expect("an id"), &world.ctx.random, world.ctx.now());
    world.ctx.store.create_app(&shop).await.expect("made");
    let foreign = world.register(|client| Client { app: "shop".parse().expect("an id"), ..client }).await;
    assert_eq!(world.introspect(&foreign, token).await, json!({"active": false}), "of another app");
    for token in ["x", &format!("{token}x"), &"a".repeat(5000), "\u{4f60}"] {
        assert_eq!(world.introspect(&client, token).await, json!({"active": false}));
    }
    world.clock.advance(Seconds(3600));
    assert_eq!(world.introspect(&client, token).await, json!({"active": false}));
}

#[tokio::test]
async fn introspection_is_for_clients_that_prove_who_they_are() {
    let world = World::new().await;
    let (client, public) = (world.client().await, world.register(|client| Client { public: true, ..client }).await);
    for call in [public.form(&[("token", "x")]), Call::empty().form(&[("token", "x")])] {
        assert_eq!(refusal(&world.call::<Introspect>(call).await), (401, "invalid_client".to_owned()));
    }
    assert_eq!(refusal(&world.call::<Introspect>(client.form(&[])).await), (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn revoking_either_token_ends_both() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    for kind in ["access_token", "refresh_token"] {
        let tokens = world.tokens(&browser, &client, &[]).await;
        for _ in 0..2 {
            let answer =
                world.call::<Revoke>(client.form(&[("token", text(&tokens, kind)), ("token_type_hint", "x")])).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
        }
        assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await, json!({"active": false}), "{kind}");
        assert_eq!(refusal(&world.refresh(&client, &tokens).await), (400, "invalid_grant".to_owned()), "{kind}");
    }
}

#[tokio::test]
async fn an_unknown_token_is_as_good_as_revoked_and_anothers_is_not_touched() {
    let world = World::new().await;
    let (client, other, browser) = (world.client().await, world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    for token in ["x", text(&tokens, "access_token"), text(&tokens, "refresh_token")] {
        assert_eq!(world.call::<Revoke>(other.form(&[("token", token)])).await.status, 200);
    }
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await["active"], true);
    assert_eq!(world.refresh(&client, &tokens).await.status, 200);
    assert_eq!(refusal(&world.call::<Revoke>(client.form(&[])).await), (400, "invalid_request".to_owned()));
    let nobody = world.call::<Revoke>(Call::empty().form(&[("token", "x")])).await;
    assert_eq!(refusal(&nobody), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn a_code_stays_used_when_its_tokens_were_revoked() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let code = world.code(&browser, &client, &[]).await;
    let tokens = body(&world.call::<oauth::Token>(client.exchange(&code)).await);
    world.call::<Revoke>(client.form(&[("token", text(&tokens, "refresh_token"))])).await;
    let again = world.call::<oauth::Token>(client.exchange(&code)).await;
    assert_eq!(refusal(&again), (400, "invalid_grant".to_owned()));
}

/// An app's own backend, and another app's: `docs/api/oauth.md#introspect`. An app's id may look like a client's.
#[tokio::test]
async fn an_apps_backend_learns_what_the_apps_own_tokens_are_worth_and_nothing_of_others() {
    for id in ["shop", "lc_shop"] {
        let world = World::configured(&[("BROWSER_APP_ID", id)]).await;
        let (shop, other) = (world.make_app(id).await, world.make_app("other").await);
        let browser = world.sign_up(ADA).await;
        let client = world.register(|client| Client { app: shop.id.clone(), ..client }).await;
        let access = browser.cookie("access_token").expect("signed in");
        let asks = async |id: &AppId, secret: &str, token: &str| {
            let call = Call::empty().form(&[("token", token)]).header("authorization", &basic(id.as_str(), secret));
            world.call::<Introspect>(call).await
        };
        let mut seen = body(&asks(&shop.id, &shop.secret, &access).await);
        let object = seen.as_object_mut().expect("an object");
        assert!(object.remove("sub").is_some() && object.remove("sid").is_some());
        let now = world.ctx.now().unix();
        let issuer = "https://auth.example";
        let expected = json!({
            "active": true, "token_type": "Bearer", "iss": issuer, "aud": id, "iat": now, "exp": now + 3600,
        });
        assert_eq!(seen, expected);

        let inactive = json!({"active": false});
        let tokens = world.tokens(&browser, &client, &[]).await;
        let refresh = browser.cookie("refresh_token").expect("signed in");
        for token in [text(&tokens, "access_token"), text(&tokens, "refresh_token"), &refresh, "x"] {
            assert_eq!(body(&asks(&shop.id, &shop.secret, token).await), inactive, "not one of its own access tokens");
        }
        assert_eq!(body(&asks(&other.id, &other.secret, &access).await), inactive, "another app");
        assert_eq!(world.introspect(&client, &access).await, inactive, "a client");
        assert_eq!(refusal(&asks(&shop.id, "ls_wrong", &access).await), (401, "invalid_client".to_owned()));
        assert_eq!(world.call::<Logout>(browser.call()).await.status, 204);
        assert_eq!(body(&asks(&shop.id, &shop.secret, &access).await), inactive, "signed out");
    }
}
