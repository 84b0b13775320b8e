//! RFC 7662: what is active and what is not, where `introspection` does not say it already.

use oauth::Introspect;
use oauth::me::Me;
use serde_json::json;
use shared::clock::Seconds;
use shared::id::{Epoch, UserId};
use shared::oauth::client::Client;
use shared::session::device::Device;
use shared::session::{Session, Transport};
use shared::store::ClientConflict;
use shared::user::User;

use crate::clients::basic;
use crate::world::{ADA, Browser, Call, Known, OURS, World, body, is_for_pages_elsewhere, text};

async fn user(world: &World, browser: &Browser) -> User {
    let me = body(&world.call::<Me<false>>(browser.call()).await);
    let id: UserId = text(&me, "id").parse().expect("an id");
    world.ctx.store.user(&"default".parse().expect("an app"), id).await.expect("answers").expect("a user")
}

/// The JWT of another API of ours for the same user, whose session lives.
async fn jwt_of(world: &World, transport: Transport, user: &User) -> String {
    let (now, id) = (world.ctx.now(), "default".parse().expect("an app"));
    let app = world.ctx.at(world.ctx.now()).bound_app(&id).await.expect("answers").expect("an app");
    let device = Device::default();
    let session = Session::open(user.id, Epoch(0), transport, device, &world.ctx.random, now);
    let ring = world.ctx.store.ring(now).await.expect("a ring");
    let token = session.access_token(&app, OURS, &ring, now).expect("signs").expose().clone();
    let (opening, _) = shared::session::Opening::refreshable(session, &world.ctx.random);
    world.ctx.store.open_session(&id, &opening).await.expect("opens");
    token
}

#[tokio::test]
async fn section_2_2_a_token_of_another_of_our_apis_is_no_token_of_a_client() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let user = user(&world, &browser).await;
    for transport in [Transport::Browser, Transport::App, Transport::Account] {
        let jwt = jwt_of(&world, transport, &user).await;
        assert_eq!(jwt.split('.').count(), 3, "a JWT");
        assert_eq!(world.introspect(&client, &jwt).await, json!({"active": false}), "{transport:?}");
    }
    let jwt = jwt_of(&world, Transport::Browser, &user).await;
    assert_eq!(world.call::<Me<false>>(Call::empty().bearer(&jwt)).await.status, 200, "it is good where it belongs");
}

#[tokio::test]
async fn section_2_1_a_hint_is_a_hint_and_changes_no_answer() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    for token in [text(&tokens, "access_token"), text(&tokens, "refresh_token"), "x"] {
        let plain = world.introspect(&client, token).await;
        assert_eq!(plain["active"], token != "x");
        for hint in ["access_token", "refresh_token", "id_token", ""] {
            let answer = world.call::<Introspect>(client.form(&[("token", token), ("token_type_hint", hint)])).await;
            assert_eq!((answer.status, body(&answer)), (200, plain.clone()), "{hint}");
        }
    }
}

#[tokio::test]
async fn section_2_1_a_resource_server_may_prove_itself_by_basic_and_nothing_of_it_is_cached() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let header = basic(&client.id, client.secret.as_deref().expect("a secret"));
    for (token, active) in [(text(&tokens, "access_token"), true), ("x", false)] {
        let call = Call::empty().form(&[("token", token)]).header("authorization", &header);
        let answer = world.call::<Introspect>(call).await;
        assert_eq!((answer.status, body(&answer)["active"].as_bool()), (200, Some(active)));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(!is_for_pages_elsewhere(&answer));
    }
}

#[tokio::test]
async fn section_2_2_a_refresh_token_that_was_rotated_out_is_active_until_nobody_may_come_with_it_again() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let first = world.tokens(&browser, &client, &[]).await;
    let second = body(&world.refresh(&client, &first).await);
    world.clock.advance(Seconds(61));
    assert_eq!(world.introspect(&client, text(&first, "refresh_token")).await, json!({"active": false}));
    assert_eq!(world.introspect(&client, text(&second, "refresh_token")).await["active"], true, "asking is no theft");
    assert_eq!(world.refresh(&client, &second).await.status, 200);
}

async fn disable(world: &World, client: &Known) {
    let off = |client: Client| Ok::<_, ClientConflict>(Client { disabled: true, ..client });
    world.ctx.store.change_client(&client.id.parse().expect("an id"), off).await.expect("answers");
    // What processes remember of a client is a minute old at most.
    world.clock.advance(Seconds(61));
}

#[tokio::test]
async fn section_2_2_the_tokens_of_a_client_that_was_disabled_are_inactive_and_it_may_ask_no_more() {
    let world = World::new().await;
    let (client, server, browser) = (world.client().await, world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let token = text(&tokens, "access_token");
    assert_eq!(world.introspect(&server, token).await["active"], true);
    disable(&world, &client).await;
    assert_eq!(world.introspect(&server, token).await, json!({"active": false}));
    let own = world.call::<Introspect>(client.form(&[("token", token)])).await;
    assert_eq!(crate::world::refusal(&own), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn section_2_2_the_tokens_for_a_user_who_left_are_inactive_at_once() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let (user, app) = (user(&world, &browser).await, "default".parse().expect("an app"));
    let gone = world.ctx.store.delete_user_as_operator(&app, &user, world.ctx.now()).await;
    assert_eq!(gone.ok(), Some(true));
    for token in ["access_token", "refresh_token"] {
        assert_eq!(world.introspect(&client, text(&tokens, token)).await, json!({"active": false}), "{token}");
    }
}
