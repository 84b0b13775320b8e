//! Clients that nobody registered: `docs/api/oauth.md#clients-that-nobody-registered`.

use oauth::{Introspect, Metadata, Token, logout};
use serde_json::json;
use shared::app::{App, Policy};
use shared::clock::Seconds;
use shared::store::AppConflict;

use crate::host::Host;
use crate::keys::{Key, Signer};
use crate::world::{ADA, Browser, CHALLENGE, Call, Known, VERIFIER, World, body, brought_back, hidden, refusal, text};

/// The document of an agent.
fn agent() -> Host {
    Host::serve(
        "Cache-Control: max-age=600\r\n",
        |id| json!({"client_id": id, "client_name": "Agent", "redirect_uris": ["http://localhost/callback"]}),
    )
}

/// A local run, whose app takes such clients or not.
async fn world(client_documents: bool) -> (World, Browser) {
    let world = configured(client_documents, &[]).await;
    let browser = world.sign_up(ADA).await;
    (world, browser)
}

/// The same, with more that is configured and nobody in it.
async fn configured(client_documents: bool, variables: &[(&str, &str)]) -> World {
    let world = World::configured(&[&[("PUBLIC_URL", "http://127.0.0.1:3000")][..], variables].concat()).await;
    let change = |app: App| Ok::<_, AppConflict>(App { policy: Policy { client_documents, ..app.policy }, ..app });
    world.ctx.store.change_app(&"default".parse().expect("an id"), change).await.expect("changed").expect("known");
    world.clock.advance(shared::cache::FRESH);
    world
}

fn request(client: &Known) -> Vec<(&str, &str)> {
    let mut request = client.request();
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    request
}

#[tokio::test]
async fn a_client_that_nobody_registered_is_shown_as_one_and_is_given_tokens() {
    let (world, browser) = world(true).await;
    let host = agent();
    let client = host.known();
    let page = world.ask(&browser, &request(&client)).await;
    let shown = host.url.split('/').nth(2).expect("a host");
    let here = "A program on this computer gets the access";
    for words in ["Agent", "Nobody registered this app here", shown, here, "http://localhost</strong>"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let code =
        world.consent(&browser, &request(&client), &[]).await.one("code").expect("one").expect("a code").to_owned();
    let pairs = [("code", code.as_str()), ("redirect_uri", &client.redirect_uri), ("code_verifier", VERIFIER)];
    let tokens = world.call::<Token>(client.form(&pairs)).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = body(&tokens);
    let observer = world.client().await;
    let seen = world.introspect(&observer, text(&tokens, "access_token")).await;
    assert_eq!((&seen["active"], &seen["client_id"]), (&json!(true), &json!(client.id)));
    assert_eq!(world.refresh(&client, &tokens).await.status, 200);
    assert_eq!(host.times(), 1, "the document is kept");
    world.clock.advance(Seconds(600));
    world.ask(&browser, &request(&client)).await;
    assert_eq!(host.times(), 2);
}

#[tokio::test]
async fn an_app_that_takes_no_such_clients_fetches_nothing() {
    let (world, browser) = world(false).await;
    let host = agent();
    let client = host.known();
    assert_eq!(world.ask(&browser, &request(&client)).await.status, 400);
    let answer =
        world.call::<Token>(client.form(&[("code", "x"), ("redirect_uri", "http://localhost/callback")])).await;
    assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()));
    assert_eq!(host.times(), 0);
    let says = |answer| body(&answer)["client_id_metadata_document_supported"].clone();
    assert_eq!(says(world.call::<Metadata>(Call::empty()).await), false);
}

#[tokio::test]
async fn a_document_that_describes_another_client_is_refused_for_a_minute() {
    let (world, browser) = world(true).await;
    let host = Host::serve(
        "",
        |_| json!({"client_id": "https://agent.example/client.json", "redirect_uris": ["http://localhost/callback"]}),
    );
    let client = host.known();
    for _ in 0..3 {
        assert_eq!(world.ask(&browser, &request(&client)).await.status, 400);
    }
    assert_eq!(host.times(), 1);
    world.clock.advance(Seconds(60));
    world.ask(&browser, &request(&client)).await;
    assert_eq!(host.times(), 2);
}

/// The client's own counter comes into being with its document, so the address has to be looked at before.
#[tokio::test]
async fn an_address_that_has_sent_too_much_makes_us_call_nobody() {
    let world = configured(true, &[("RATE_LIMIT_DEFAULT", "3")]).await;
    let hosts: Vec<_> = (0..5).map(|_| agent()).collect();
    let form = [("code", "x"), ("redirect_uri", "http://localhost/callback")];
    let mut told = Vec::new();
    for host in &hosts {
        told.push(world.call::<Token>(host.known().form(&form)).await.status);
    }
    // The fourth is told of the limit by the store; from then on this process knows.
    assert_eq!(told, [400, 400, 400, 429, 429]);
    assert_eq!(hosts.iter().map(Host::times).collect::<Vec<_>>(), [1, 1, 1, 1, 0]);
    // A registered client at that address is served.
    let client = world.client().await;
    assert_eq!(refusal(&world.call::<Token>(client.exchange("x")).await), (400, "invalid_grant".to_owned()));
}

/// One server has as many documents as it likes, each with a key, so a counter for each would be no limit. Once its document is known, a client
/// has its own: it calls for all its users from one address.
#[tokio::test]
async fn a_document_with_keys_gives_a_counter_of_its_own_once_it_is_known() {
    let world = configured(true, &[("RATE_LIMIT_DEFAULT", "3")]).await;
    let described = |_| {
        let key = Key::draw("1");
        let host = Host::serve("", |id| {
            let (callback, keys) = (["https://agent.example/cb"], json!({"keys": [key.jwk()]}));
            json!({"client_id": id, "redirect_uris": callback, "token_endpoint_auth_method": "private_key_jwt", "jwks": keys})
        });
        (Signer { id: host.url.clone(), key }, host)
    };
    let agents: Vec<_> = (0..5).map(described).collect();
    let form = [("code", "x"), ("redirect_uri", "https://agent.example/cb")];
    let mut told = Vec::new();
    for (signer, _) in &agents {
        told.push(world.call::<Token>(signer.form(&world, "first", &form)).await.status);
    }
    assert_eq!(told, [400, 400, 400, 429, 429]);
    assert_eq!(agents.iter().map(|(_, host)| host.times()).collect::<Vec<_>>(), [1, 1, 1, 1, 0]);
    for id in ["a", "b", "c", "d", "e"] {
        let again = world.call::<Token>(agents[0].0.form(&world, id, &form)).await;
        assert_eq!(refusal(&again), (400, "invalid_grant".to_owned()));
    }
}

#[tokio::test]
async fn a_client_that_nobody_registered_asks_about_no_token() {
    let (world, browser) = world(true).await;
    let tokens = world.tokens(&browser, &world.client().await, &[]).await;
    let host = Host::serve("", |id| {
        let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let callback = ["https://agent.example/cb"];
        json!({"client_id": id, "redirect_uris": callback, "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key]}})
    });
    let refused = world.call::<Introspect>(host.known().form(&[("token", text(&tokens, "access_token"))])).await;
    assert_eq!(refusal(&refused), (401, "invalid_client".to_owned()));
    assert_eq!(host.times(), 0, "anybody may ask here without being counted");
}

#[tokio::test]
async fn a_client_that_registered_localhost_comes_with_the_port_that_it_was_given() {
    let (world, browser) = world(true).await;
    let host = agent();
    let client = Known { redirect_uri: "http://localhost:53682/callback".to_owned(), ..host.known() };
    let back = world.consent(&browser, &request(&client), &[]).await;
    let code = back.one("code").expect("one").expect("a code").to_owned();
    let pairs = [("code", code.as_str()), ("redirect_uri", &client.redirect_uri), ("code_verifier", VERIFIER)];
    assert_eq!(world.call::<Token>(client.form(&pairs)).await.status, 200);
    for elsewhere in ["http://localhost:53682/other", "http://localhost.evil.example:53682/callback"] {
        let client = Known { redirect_uri: elsewhere.to_owned(), ..host.known() };
        assert_eq!(world.ask(&browser, &request(&client)).await.status, 400, "{elsewhere}");
    }
}

#[tokio::test]
async fn a_deployment_calls_no_address_of_its_own_network() {
    let world = World::new().await;
    let change =
        |app: App| Ok::<_, AppConflict>(App { policy: Policy { client_documents: true, ..app.policy }, ..app });
    world.ctx.store.change_app(&"default".parse().expect("an id"), change).await.expect("changed").expect("known");
    world.clock.advance(shared::cache::FRESH);
    let browser = world.sign_up(ADA).await;
    let host = agent();
    assert_eq!(world.ask(&browser, &request(&host.known())).await.status, 400);
    assert_eq!(host.times(), 0);
    let says = body(&world.call::<Metadata>(Call::empty()).await);
    assert_eq!(says["client_id_metadata_document_supported"], true);
}

/// A client that anybody can make, with addresses on a site and on its user's machine.
fn stranger() -> Host {
    Host::serve("", |id| {
        json!({
            "client_id": id,
            "redirect_uris": ["https://phish.example/x", "http://localhost/callback", "com.example.agent:/cb"],
            "post_logout_redirect_uris": ["https://phish.example/out", "http://localhost/out"],
        })
    })
}

/// OpenID Connect Core 1.0 §3.1.2.6: the client learns why, wherever it is. Its own library waits for that.
#[tokio::test]
async fn an_error_goes_at_once_to_a_client_that_describes_itself() {
    let (world, ada) = world(true).await;
    let (host, nobody) = (stranger(), Browser::default());
    let silent = [("response_type", "code"), ("scope", "openid"), ("prompt", "none"), ("code_challenge", CHALLENGE)];
    let silent = [&silent[..], &[("code_challenge_method", "S256")]].concat();
    for (browser, more, error) in [
        (&nobody, &[("response_type", "x")][..], "unsupported_response_type"),
        (&nobody, &silent, "login_required"),
        (&ada, &silent, "consent_required"),
    ] {
        for uri in ["https://phish.example/x", "http://localhost:53682/callback", "com.example.agent:/cb"] {
            let request = [("client_id", host.url.as_str()), ("redirect_uri", uri), ("state", "1")];
            let answer = world.ask(browser, &[&request[..], more].concat()).await;
            let back = brought_back(&answer);
            assert_eq!((answer.status, back.one("error"), back.one("state")), (302, Ok(Some(error)), Ok(Some("1"))));
            assert!(back.one("iss").is_ok_and(|issuer| issuer.is_some()), "{uri}");
        }
    }
}

/// RFC 9700 §4.11.2: a link to us would take its reader to any site.
#[tokio::test]
async fn a_sign_out_of_a_client_that_anybody_can_make_leads_to_no_site_without_a_button() {
    let (world, ada) = world(true).await;
    let (host, nobody) = (stranger(), Browser::default());
    let query = |uri| runtime::query(&[("client_id", host.url.as_str()), ("post_logout_redirect_uri", uri)]);
    let ask = async |browser: &Browser, uri| world.call::<logout::Ask>(browser.call().raw_query(&query(uri))).await;
    let page = ask(&nobody, "https://phish.example/out").await;
    assert_eq!((page.status, page.header("location")), (200, None));
    for words in ["You are signed out", "<a href=\"https://phish.example/out\"", "phish.example</strong>"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!(ask(&nobody, "http://localhost/out").await.header("location"), Some("http://localhost/out"));
    let question = ask(&ada, "https://phish.example/out").await;
    let hidden = hidden(&question.body);
    let mut form: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.push(("action", "sign-out"));
    let answer = world.call::<logout::SignOut>(ada.call().form(&form)).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("https://phish.example/out")));
}
