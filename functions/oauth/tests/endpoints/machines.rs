//! Clients that act for themselves: RFC 6749 §4.4, `docs/api/oauth.md#clients-that-act-for-themselves`.

use oauth::authorize::Ask;
use oauth::me::{Account, Me};
use oauth::{Revoke, Token, grants, mementos};
use runtime::{Answer, query};
use serde_json::{Value, json};
use shared::app::resource::ResourceServer;
use shared::clock::Seconds;
use shared::oauth::client::{Client, ClientPolicy};
use shared::oauth::scope::Scope;
use shared::token::Algorithm;

use crate::targets::{part, register};
use crate::world::{Call, Known, World, body, refusal, text};

const NOTES: &str = "https://notes.example";

async fn world() -> (World, Known) {
    let world = World::new().await;
    let identifier = NOTES.parse().expect("an identifier");
    let scopes = Scope::read("read write");
    register(&world, vec![ResourceServer { identifier, scopes, algorithm: Algorithm::Rs256 }]).await;
    let client = world.register(machine).await;
    (world, client)
}

fn machine(client: Client) -> Client {
    Client { policy: ClientPolicy { client_credentials: true, ..client.policy }, ..client }
}

async fn ask(world: &World, client: &Known, more: &[(&str, &str)]) -> Answer {
    world.call::<Token>(client.form(&[&[("grant_type", "client_credentials")], more].concat())).await
}

#[track_caller]
fn given(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    body(answer)
}

#[tokio::test]
async fn a_clients_own_token_names_the_client_and_no_user_and_cannot_be_refreshed() {
    let (world, client) = world().await;
    let tokens = given(&ask(&world, &client, &[("resource", NOTES)]).await);
    let mut names: Vec<_> = tokens.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!((&tokens["scope"], &tokens["expires_in"]), (&json!("read write"), &json!(3600)));
    let (head, claims) = (part(&tokens, 0), part(&tokens, 1));
    assert_eq!((&head["alg"], &head["typ"]), (&json!("RS256"), &json!("at+jwt")));
    let now = world.ctx.now().unix();
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 3600)));
    for (name, value) in [
        ("iss", "https://auth.example"),
        ("aud", NOTES),
        ("sub", &client.id),
        ("client_id", &client.id),
        ("scope", "read write"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert!(claims["jti"].is_string() && claims["sid"].is_null(), "{claims}");
}

#[tokio::test]
async fn it_has_the_scopes_of_the_resource_and_no_others() {
    let (world, client) = world().await;
    for (more, scope) in [
        (&[("resource", NOTES), ("scope", "read")][..], "read"),
        (&[("resource", NOTES), ("scope", "write read")], "read write"),
        (&[], ""),
        (&[("resource", "https://auth.example/api")], ""),
    ] {
        assert_eq!(given(&ask(&world, &client, more).await)["scope"], scope, "{more:?}");
    }
    for more in [
        &[("resource", NOTES), ("scope", "read profile")][..],
        &[("resource", NOTES), ("scope", "admin")],
        &[("scope", "read")],
        &[("scope", "profile email mementos")],
    ] {
        assert_eq!(refusal(&ask(&world, &client, more).await), (400, "invalid_scope".to_owned()), "{more:?}");
    }
    let unknown = ask(&world, &client, &[("resource", "https://unknown.example")]).await;
    assert_eq!(refusal(&unknown), (400, "invalid_target".to_owned()));
}

#[tokio::test]
async fn only_a_client_that_is_registered_for_it_acts_for_itself() {
    let (world, client) = world().await;
    let plain = world.client().await;
    let public = world.register(|client| Client { public: true, ..machine(client) }).await;
    for refused in [&plain, &public] {
        assert_eq!(refusal(&ask(&world, refused, &[]).await), (400, "unauthorized_client".to_owned()));
    }
    let wrong = Known { secret: Some("wrong".to_owned()), ..client };
    assert_eq!(refusal(&ask(&world, &wrong, &[]).await), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn no_page_and_nothing_of_a_users_is_reachable_with_it() {
    let (world, client) = world().await;
    for more in [&[][..], &[("resource", NOTES)]] {
        let tokens = given(&ask(&world, &client, more).await);
        let token = text(&tokens, "access_token");
        let with = || Call::empty().bearer(token);
        assert_eq!(world.call::<Me<false>>(with()).await.status, 401);
        assert_eq!(world.call::<Account>(with()).await.status, 401);
        assert_eq!(world.call::<mementos::List>(with()).await.status, 401);
        assert_eq!(world.call::<grants::List>(with()).await.status, 401);
        let page = world.call::<Ask>(with().raw_query(&query(&client.request()))).await;
        assert!(page.body.contains("type=\"password\""), "it signs nobody in");
    }
}

#[tokio::test]
async fn it_can_be_asked_about_by_clients_of_its_app_until_it_expires_or_its_client_is_disabled() {
    let (world, client) = world().await;
    let observer = world.client().await;
    let tokens = given(&ask(&world, &client, &[("resource", NOTES)]).await);
    let token = text(&tokens, "access_token");
    let seen = world.introspect(&observer, token).await;
    assert_eq!(
        (&seen["active"], &seen["sub"], &seen["client_id"]),
        (&json!(true), &json!(client.id), &json!(client.id))
    );
    assert_eq!((&seen["aud"], &seen["scope"], &seen["mementos"]), (&json!(NOTES), &json!("read write"), &Value::Null));
    // There is no session that could end, so the client is told that it lives its hour (RFC 7009 §2.2.1). Others are not told that there is one.
    let revoke = async |caller: &Known| world.call::<Revoke>(caller.form(&[("token", token)])).await;
    assert_eq!(refusal(&revoke(&client).await), (400, "unsupported_token_type".to_owned()));
    assert_eq!(revoke(&observer).await.status, 200);
    assert_eq!(world.introspect(&observer, token).await["active"], true);
    let shop = world.make_app("shop").await.id;
    let foreign = world.register(|client| Client { app: shop, ..client }).await;
    assert_eq!(world.introspect(&foreign, token).await, json!({"active": false}));
    let dead = given(&ask(&world, &client, &[]).await);
    world.clock.advance(Seconds::hours(1));
    assert_eq!(world.call::<Revoke>(client.form(&[("token", text(&dead, "access_token"))])).await.status, 200);
    let tokens = given(&ask(&world, &client, &[("resource", NOTES)]).await);
    let token = text(&tokens, "access_token");
    let off = |client: Client| Ok::<_, shared::store::ClientConflict>(Client { disabled: true, ..client });
    world.ctx.store.change_client(&client.id.parse().expect("an id"), off).await.expect("changed");
    world.clock.advance(shared::cache::FRESH);
    assert_eq!(world.introspect(&observer, token).await, json!({"active": false}));
}
