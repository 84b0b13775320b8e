//! Where the documents are, and who is told of them: `docs/api/oidc.md#discovery`.

use oauth::me::{Account, Me};
use oauth::userinfo::UserInfo;
use oauth::{AppMetadata, IssuerConfiguration, Jwks, Metadata, ProtectedResource, mementos};
use runtime::{Answer, Ctx, Endpoint};
use serde_json::json;
use shared::oauth::client::Client;

use crate::world::{Call, World, body};

const RESOURCE: &str = "https://auth.example/.well-known/oauth-protected-resource/api";

async fn of<E: Endpoint<Ctx = Ctx>>(world: &World, app: &str) -> Answer {
    world.call::<E>(Call::empty().path("app", app)).await
}

#[tokio::test]
async fn one_document_is_at_every_place_where_clients_look_for_it() {
    let world = World::new().await;
    let ours = world.call::<Metadata>(Call::empty()).await;
    assert_eq!(world.call::<Metadata<true>>(Call::empty()).await.body, ours.body);
    let app = world.make_app("shop").await.id;
    world.register(|client| Client { app, ..client }).await;
    let theirs = of::<IssuerConfiguration>(&world, "shop").await;
    assert_eq!((theirs.status, &body(&theirs)["issuer"]), (200, &json!("https://auth.example/apps/shop")));
    assert_eq!(of::<AppMetadata>(&world, "shop").await.body, theirs.body);
    assert_eq!(of::<AppMetadata<true>>(&world, "shop").await.body, theirs.body);
    for endpoint in ["userinfo_endpoint", "end_session_endpoint", "authorization_endpoint"] {
        let address = body(&theirs)[endpoint].as_str().expect("an address").to_owned();
        assert!(!address.ends_with('/'), "{address}");
    }
}

#[tokio::test]
async fn an_app_without_clients_is_answered_as_one_that_does_not_exist() {
    let world = World::new().await;
    world.make_app("empty").await;
    let unknown = of::<IssuerConfiguration>(&world, "nobody").await;
    assert_eq!(unknown.status, 404);
    for answer in [
        of::<IssuerConfiguration>(&world, "empty").await,
        of::<AppMetadata>(&world, "empty").await,
        of::<AppMetadata<true>>(&world, "empty").await,
    ] {
        assert_eq!((answer.status, answer.body), (404, unknown.body.clone()));
    }
}

#[tokio::test]
async fn a_document_that_the_client_has_is_not_sent_again() {
    async fn again<E: Endpoint<Ctx = Ctx>>(world: &World) {
        let first = world.call::<E>(Call::empty()).await;
        let tag = first.header("etag").expect("a tag").to_owned();
        assert_eq!(first.header("cache-control"), Some("public, max-age=300"), "{}", E::ROUTE.name);
        let second = world.call::<E>(Call::empty().header("if-none-match", &tag)).await;
        assert_eq!((second.status, second.body.as_str()), (304, ""), "{}", E::ROUTE.name);
        assert_eq!((second.header("etag"), second.header("access-control-allow-origin")), (Some(&*tag), Some("*")));
    }
    let world = World::new().await;
    again::<Metadata>(&world).await;
    again::<Metadata<true>>(&world).await;
    again::<ProtectedResource<false>>(&world).await;
    again::<ProtectedResource<true>>(&world).await;
    again::<Jwks>(&world).await;
}

#[tokio::test]
async fn the_resource_api_says_who_issues_tokens_for_it() {
    let world = World::new().await;
    let document = body(&world.call::<ProtectedResource<true>>(Call::empty()).await);
    assert_eq!(document["resource"], "https://auth.example/api");
    assert_eq!(document["authorization_servers"], json!(["https://auth.example"]));
    assert_eq!(body(&world.call::<ProtectedResource<false>>(Call::empty()).await), document);
}

#[tokio::test]
async fn a_401_of_the_resource_api_names_that_document() {
    async fn challenge<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call) -> String {
        let answer = world.call::<E>(call).await;
        assert_eq!(answer.status, 401, "{}", E::ROUTE.name);
        answer.header("www-authenticate").expect("a challenge").to_owned()
    }
    let world = World::new().await;
    let bare = format!("Bearer resource_metadata=\"{RESOURCE}\"");
    assert_eq!(challenge::<Me<true>>(&world, Call::empty()).await, bare);
    assert_eq!(challenge::<Account>(&world, Call::empty()).await, bare);
    assert_eq!(challenge::<mementos::List>(&world, Call::empty()).await, bare);
    assert_eq!(challenge::<UserInfo<false>>(&world, Call::empty()).await, bare);
    let wrong = format!("Bearer error=\"invalid_token\", resource_metadata=\"{RESOURCE}\"");
    assert_eq!(challenge::<Me<true>>(&world, Call::empty().bearer("x")).await, wrong);
    assert_eq!(challenge::<UserInfo<false>>(&world, Call::empty().bearer("x")).await, wrong);
}
