//! RFC 7591 and 7592: clients that register themselves, `docs/api/oauth.md#clients-that-register-themselves`.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use local::faults::Death;
use oauth::register::{ReadClient, Register, RemoveClient, UpdateClient};
use oauth::{Metadata, Token};
use runtime::Answer;
use serde_json::{Value, json};
use shared::app::credential::AppSecret;
use shared::app::registration::Registration;
use shared::app::{App, Policy};
use shared::clock::Seconds;
use shared::oauth::client::{Client, ClientPolicy};
use shared::oauth::openid::Settings;
use shared::oauth::scope::Scope;
use shared::session::refresh::Rotation;
use shared::store::{AppConflict, ClientConflict};

use crate::faults::each;
use crate::world::{ADA, Browser, CHALLENGE, Call, Known, VERIFIER, World, body, refusal, text};

const CALLBACK: &str = "http://localhost/callback";

async fn world(registration: Registration) -> World {
    let world = World::new().await;
    set(&world, registration).await;
    world
}

async fn set(world: &World, registration: Registration) {
    let change = |app: App| Ok::<_, AppConflict>(App { policy: Policy { registration, ..app.policy }, ..app });
    world.ctx.store.change_app(&"default".parse().expect("an id"), change).await.expect("changed").expect("known");
    world.clock.advance(shared::cache::FRESH);
    // From here on this process knows, also while the store is down.
    assert_eq!(world.call::<Metadata>(Call::empty()).await.status, 200);
}

fn metadata() -> Value {
    json!({
        "client_name": "Agent",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    })
}

async fn register(world: &World, metadata: &Value) -> Answer {
    world.call::<Register>(Call::empty().json(metadata)).await
}

#[track_caller]
fn created(answer: &Answer) -> Value {
    assert_eq!(answer.status, 201, "{}", answer.body);
    body(answer)
}

fn known(client: &Value) -> Known {
    let secret = client["client_secret"].as_str().map(str::to_owned);
    Known { id: text(client, "client_id").to_owned(), secret, redirect_uri: CALLBACK.to_owned() }
}

async fn connect(world: &World, client: &Known) -> Answer {
    let browser = world.sign_up(&format!("{}@example.com", client.id)).await;
    let mut request = client.request();
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let code = world.consent(&browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned();
    let pairs = [("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    world.call::<Token>(client.form(&pairs)).await
}

fn with(client: &Value, token: &str) -> Call {
    Call::empty().path("client_id", text(client, "client_id")).bearer(token)
}

#[tokio::test]
async fn an_app_that_lets_nobody_register_serves_nothing_and_says_nothing() {
    let world = world(Registration::Off).await;
    assert_eq!(refusal(&register(&world, &metadata()).await), (404, "not_found".to_owned()));
    let document = body(&world.call::<Metadata>(Call::empty()).await);
    assert_eq!(document["registration_endpoint"], Value::Null);
}

#[tokio::test]
async fn a_client_that_anybody_can_make_is_a_public_one_and_is_given_tokens() {
    let world = world(Registration::Open).await;
    let document = body(&world.call::<Metadata>(Call::empty()).await);
    assert_eq!(document["registration_endpoint"], "https://auth.example/api/v1/auth/oauth2/register");
    for method in [json!("none"), json!("client_secret_post"), json!(null)] {
        let mut wanted = metadata();
        wanted["token_endpoint_auth_method"] = method;
        let client = created(&register(&world, &wanted).await);
        assert_eq!((&client["token_endpoint_auth_method"], &client["client_secret"]), (&json!("none"), &Value::Null));
        assert_eq!((&client["client_name"], &client["redirect_uris"]), (&json!("Agent"), &json!([CALLBACK])));
        let tokens = connect(&world, &known(&client)).await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
    }
}

#[tokio::test]
async fn the_page_says_that_a_client_registered_itself_and_that_it_is_on_this_computer() {
    let world = world(Registration::Open).await;
    let client = known(&created(&register(&world, &metadata()).await));
    let browser = world.sign_up(ADA).await;
    let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let page = world.ask(&browser, &[&client.request()[..], &pkce].concat()).await.body;
    let (itself, here) = ("This app registered itself here", "A program on this computer gets the access");
    assert!(page.contains(itself) && page.contains(here), "{page}");
    let of_the_owner = world.ask(&browser, &world.client().await.request()).await.body;
    assert!(!of_the_owner.contains(itself) && !of_the_owner.contains(here), "{of_the_owner}");
}

#[tokio::test]
async fn what_cannot_be_registered_is_refused_with_what_is_wrong() {
    let world = world(Registration::Open).await;
    for (name, value, error) in [
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["http://agent.example/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["https://agent.example/cb#x"]), "invalid_redirect_uri"),
        ("redirect_uris", json!("https://agent.example/cb"), "invalid_client_metadata"),
    ] {
        let mut wanted = metadata();
        wanted[name] = value.clone();
        assert_eq!(refusal(&register(&world, &wanted).await), (400, error.to_owned()), "{name}: {value}");
    }
    for text in ["", "[]", "{"] {
        let answer = world.call::<Register>(Call::empty().text(text)).await;
        assert_eq!(refusal(&answer), (400, "invalid_client_metadata".to_owned()), "{text}");
    }
}

#[tokio::test]
async fn an_initial_access_token_lets_a_client_have_a_secret() {
    let secret = AppSecret::draw(&shared::random::Random::system());
    let world = world(Registration::Token(secret.digest())).await;
    let token = secret.reveal();
    let wrong = "Bearer error=\"invalid_token\"";
    for (call, challenge) in [
        // RFC 6750 §3.1: a request without credentials is told the scheme alone.
        (Call::empty(), "Bearer"),
        (Call::empty().bearer("wrong"), wrong),
        (Call::empty().bearer(&token[1..]), wrong),
        (Call::empty().bearer(""), wrong),
    ] {
        let answer = world.call::<Register>(call.json(&metadata())).await;
        assert_eq!(refusal(&answer), (401, "invalid_token".to_owned()));
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
    }
    let mut wanted = metadata();
    wanted["token_endpoint_auth_method"] = json!("client_secret_basic");
    wanted["redirect_uris"] = json!(["https://client.example/cb"]);
    let client = created(&world.call::<Register>(Call::empty().bearer(&token).json(&wanted)).await);
    assert_eq!(client["client_secret_expires_at"], 0);
    let client = Known { redirect_uri: "https://client.example/cb".to_owned(), ..known(&client) };
    let browser = world.sign_up(ADA).await;
    world.tokens(&browser, &client, &[]).await;
    wanted["token_endpoint_auth_method"] = json!("magic");
    let answer = world.call::<Register>(Call::empty().bearer(&token).json(&wanted)).await;
    assert_eq!(refusal(&answer), (400, "invalid_client_metadata".to_owned()));
}

/// OpenID Connect Core 1.0 §3.1.2.1: `prompt=none` shows no page, whoever the client is.
#[tokio::test]
async fn an_error_goes_at_once_to_a_client_that_registered_itself() {
    let secret = AppSecret::draw(&shared::random::Random::system());
    let site = "https://client.example/cb";
    let (digest, token) = (secret.digest(), secret.reveal());
    for registration in [Registration::Token(digest), Registration::Open] {
        let world = world(registration).await;
        let mut wanted = metadata();
        wanted["redirect_uris"] = json!([site]);
        let client = created(&world.call::<Register>(Call::empty().bearer(&token).json(&wanted)).await);
        let client = Known { redirect_uri: site.to_owned(), ..known(&client) };
        let silent = [("scope", "openid"), ("prompt", "none"), ("code_challenge", CHALLENGE)];
        let silent = [&silent[..], &[("code_challenge_method", "S256")]].concat();
        for (more, error) in [(&[("code_challenge_method", "x")][..], "invalid_request"), (&silent, "login_required")] {
            let answer = world.ask(&Browser::default(), &[&client.request()[..], more].concat()).await;
            let location = answer.header("location").expect("a redirect");
            assert!(answer.status == 302 && location.starts_with(site), "{location}");
            assert!(location.contains(&format!("error={error}")), "{location}");
        }
    }
}

#[tokio::test]
async fn a_client_manages_its_own_registration_and_no_other() {
    let world = world(Registration::Open).await;
    let [ours, other] = [created(&register(&world, &metadata()).await), created(&register(&world, &metadata()).await)];
    let token = text(&ours, "registration_access_token");
    let url = format!("https://auth.example/api/v1/auth/oauth2/register/{}", text(&ours, "client_id"));
    assert_eq!(ours["registration_client_uri"], url);
    let read = world.call::<ReadClient>(with(&ours, token)).await;
    assert_eq!((read.status, &body(&read)["client_id"]), (200, &ours["client_id"]));
    let by_owner = json!({"client_id": world.client().await.id});
    let bare = world.call::<ReadClient>(Call::empty().path("client_id", text(&ours, "client_id"))).await;
    assert_eq!((bare.status, bare.header("www-authenticate")), (401, Some("Bearer")));
    for call in [with(&other, token), with(&ours, "x"), with(&by_owner, token), with(&json!({"client_id": "x"}), token)]
    {
        assert_eq!(refusal(&world.call::<ReadClient>(call).await), (401, "invalid_token".to_owned()));
    }
    let mut changed = metadata();
    changed["client_id"] = ours["client_id"].clone();
    changed["client_name"] = json!("Agent 2");
    let updated = world.call::<UpdateClient>(with(&ours, token).json(&changed)).await;
    assert_eq!((updated.status, &body(&updated)["client_name"]), (200, &json!("Agent 2")));
    changed["client_id"] = other["client_id"].clone();
    let refused = world.call::<UpdateClient>(with(&ours, token).json(&changed)).await;
    assert_eq!(refusal(&refused), (400, "invalid_client_metadata".to_owned()));

    let tokens = body(&connect(&world, &known(&ours)).await);
    assert_eq!(world.call::<RemoveClient>(with(&ours, token)).await.status, 204);
    assert_eq!(world.call::<ReadClient>(with(&ours, token)).await.status, 401);
    world.clock.advance(shared::cache::FRESH);
    assert_eq!(refusal(&world.refresh(&known(&ours), &tokens).await), (401, "invalid_client".to_owned()));
    assert_eq!(world.call::<ReadClient>(with(&other, text(&other, "registration_access_token"))).await.status, 200);
}

/// RFC 7592 §2.2 has a client send back all that it read.
#[tokio::test]
async fn a_client_that_sends_back_what_it_read_loses_nothing() {
    let secret = AppSecret::draw(&shared::random::Random::system());
    let world = world(Registration::Token(secret.digest())).await;
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let mut wanted = metadata();
    for (name, value) in [
        ("redirect_uris", json!(["https://client.example/cb"])),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("jwks", json!({"keys": [key]})),
        ("post_logout_redirect_uris", json!(["https://client.example/signed-out"])),
        ("id_token_signed_response_alg", json!("ES256")),
        ("client_uri", json!("https://client.example/")),
        ("logo_uri", json!("https://client.example/logo.png")),
        ("scope", json!("email openid")),
    ] {
        wanted[name] = value;
    }
    let token = secret.reveal();
    let client = created(&world.call::<Register>(Call::empty().bearer(&token).json(&wanted)).await);
    for name in wanted.as_object().expect("metadata").keys().filter(|name| *name != "grant_types") {
        assert_eq!(client[name], wanted[name], "{name}");
    }
    let own = text(&client, "registration_access_token");
    let read = body(&world.call::<ReadClient>(with(&client, own)).await);
    let replaced = world.call::<UpdateClient>(with(&client, own).json(&read)).await;
    assert_eq!((replaced.status, body(&replaced)), (200, read.clone()));
    assert_eq!(body(&world.call::<ReadClient>(with(&client, own)).await), read);
}

/// The metadata have no members for it, so a client cannot have meant to change it.
#[tokio::test]
async fn what_the_apps_owner_chose_for_a_client_stays_when_it_replaces_its_registration() {
    let secret = AppSecret::draw(&shared::random::Random::system());
    let world = world(Registration::Token(secret.digest())).await;
    let mut wanted = metadata();
    wanted["token_endpoint_auth_method"] = json!("client_secret_basic");
    wanted["redirect_uris"] = json!(["https://client.example/cb"]);
    let client = created(&world.call::<Register>(Call::empty().bearer(&secret.reveal()).json(&wanted)).await);
    let id = text(&client, "client_id").parse().expect("an id");
    let chosen = |client: Client| {
        Ok::<_, ClientConflict>(Client {
            description: "Reads notes".to_owned(),
            origins: vec!["https://client.example".to_owned()],
            default_scope: Scope::read("profile notes.read"),
            policy: ClientPolicy {
                rotation: Rotation::UntilUsed,
                client_credentials: true,
                requires_pkce: true,
                ..client.policy
            },
            openid: Settings { first_party: true, ..client.openid },
            ..client
        })
    };
    let chosen = world.ctx.store.change_client(&id, chosen).await.expect("changed").expect("known");
    let own = text(&client, "registration_access_token");
    let mut read = body(&world.call::<ReadClient>(with(&client, own)).await);
    read["client_name"] = json!("Agent 2");
    assert_eq!(body(&world.call::<UpdateClient>(with(&client, own).json(&read)).await), read);
    let kept = world.ctx.store.client(&id).await.expect("answers").expect("known");
    assert_eq!(kept, Client { name: "Agent 2".to_owned(), ..chosen });
    // It may ask for less, and for nothing that nobody gave it.
    read["scope"] = json!("notes.read notes.write");
    assert_eq!(body(&world.call::<UpdateClient>(with(&client, own).json(&read)).await)["scope"], "notes.read");
}

#[tokio::test]
async fn a_client_that_nobody_uses_is_forgotten_after_thirty_days_and_one_that_is_used_is_not() {
    let world = world(Registration::Open).await;
    let [used, unused] = [created(&register(&world, &metadata()).await), created(&register(&world, &metadata()).await)];
    let tokens = body(&connect(&world, &known(&used)).await);
    world.clock.advance(Seconds(Seconds::days(30).0 - 1));
    let is_known = async |client: &Value| {
        world.call::<ReadClient>(with(client, text(client, "registration_access_token"))).await.status == 200
    };
    assert!(is_known(&unused).await);
    let tokens = body(&world.refresh(&known(&used), &tokens).await);
    world.clock.advance(Seconds(1));
    assert!(!is_known(&unused).await && is_known(&used).await);
    assert_eq!(world.refresh(&known(&used), &tokens).await.status, 200);
}

#[tokio::test]
async fn one_address_registers_twenty_clients_an_hour() {
    let world = world(Registration::Open).await;
    for _ in 0..20 {
        created(&register(&world, &metadata()).await);
    }
    let refused = register(&world, &metadata()).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    let elsewhere = world.call::<Register>(Call::empty().from("203.0.113.9").json(&metadata())).await;
    assert_eq!(elsewhere.status, 201);
}

#[tokio::test]
async fn of_thirty_at_once_twenty_register_and_each_is_a_client_of_its_own() {
    let world = world(Registration::Open).await;
    // The app has clients already.
    world.client().await;
    let wanted = metadata();
    let answers = join_all((0..30).map(|_| register(&world, &wanted))).await;
    let ids: BTreeSet<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| body(answer)["client_id"].to_string())
        .collect();
    assert_eq!(ids.len(), 20);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 10);
}

#[tokio::test]
async fn a_fault_that_passes_keeps_no_client_from_registering_changing_and_leaving() {
    each(async |case| {
        set(&case.world, Registration::Open).await;
        let client = body(&case.call::<Register>(Call::empty().json(&metadata()), 201).await);
        let token = text(&client, "registration_access_token");
        let mut changed = metadata();
        changed["client_id"] = client["client_id"].clone();
        changed["client_name"] = json!("Agent 2");
        let updated = case.call::<UpdateClient>(with(&client, token).json(&changed), 200).await;
        assert_eq!(body(&updated)["client_name"], "Agent 2", "{case}");
        let read = case.call::<ReadClient>(with(&client, token), 200).await;
        assert_eq!(body(&read)["client_name"], "Agent 2", "{case}");
        let removed = case.world.call::<RemoveClient>(with(&client, token)).await;
        assert_eq!(removed.status, 204, "{case}: {}", removed.body);
        assert_eq!(case.world.call::<ReadClient>(with(&client, token)).await.status, 401, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_client_whose_registration_was_cut_off_registers_again_and_is_whole() {
    for death in Death::each() {
        let world = world(Registration::Open).await;
        let lived = world.dynamodb.kill(death, register(&world, &metadata())).await;
        let client = created(&register(&world, &metadata()).await);
        assert_eq!(connect(&world, &known(&client)).await.status, 200, "{death:?}");
        let mut changed = metadata();
        changed["client_id"] = client["client_id"].clone();
        changed["client_name"] = json!("Agent 2");
        let token = text(&client, "registration_access_token");
        let update = || world.call::<UpdateClient>(with(&client, token).json(&changed));
        let also_lived = world.dynamodb.kill(death, update()).await;
        assert_eq!(update().await.status, 200, "{death:?}");
        if lived.is_some() && also_lived.is_some() {
            return;
        }
    }
}
