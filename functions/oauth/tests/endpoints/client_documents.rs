//! Clients that nobody registered: `docs/api/oauth.md#clients-that-nobody-registered`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oauth::{Metadata, Token};
use serde_json::{Value, json};
use shared::app::{App, Policy};
use shared::clock::Seconds;
use shared::store::AppConflict;

use crate::world::{ADA, Browser, CHALLENGE, Call, Known, VERIFIER, World, body, refusal, text};

/// A server of one document, which counts how often it is asked.
struct Host {
    id: String,
    asked: Arc<AtomicUsize>,
}

impl Host {
    /// Serves what `document` makes of the document's own address, with these headers.
    fn serve(headers: &'static str, document: impl FnOnce(&str) -> Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let id = format!("http://{}/client.json", listener.local_addr().expect("an address"));
        let (body, asked) = (document(&id).to_string(), Arc::new(AtomicUsize::new(0)));
        let counter = asked.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.expect("a connection");
                counter.fetch_add(1, Ordering::SeqCst);
                let _ = connection.read(&mut [0; 2048]);
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}Connection: close\r\n");
                let _ = connection.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
            }
        });
        Self { id, asked }
    }

    fn agent() -> Self {
        Self::serve(
            "Cache-Control: max-age=600\r\n",
            |id| json!({"client_id": id, "client_name": "Agent", "redirect_uris": ["http://localhost/callback"]}),
        )
    }

    fn known(&self) -> Known {
        Known { id: self.id.clone(), secret: None, redirect_uri: "http://localhost/callback".to_owned() }
    }

    fn times(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A local run, whose app takes such clients or not.
async fn world(client_documents: bool) -> (World, Browser) {
    let world = World::configured(&[("PUBLIC_URL", "http://127.0.0.1:3000")]).await;
    let change = |app: App| Ok::<_, AppConflict>(App { policy: Policy { client_documents, ..app.policy }, ..app });
    world.ctx.store.change_app(&"default".parse().expect("an id"), change).await.expect("changed").expect("known");
    world.clock.advance(shared::cache::FRESH);
    let browser = world.sign_up(ADA).await;
    (world, browser)
}

fn request(client: &Known) -> Vec<(&str, &str)> {
    let mut request = client.request();
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    request
}

#[tokio::test]
async fn a_client_that_nobody_registered_is_shown_as_one_and_is_given_tokens() {
    let (world, browser) = world(true).await;
    let host = Host::agent();
    let client = host.known();
    let page = world.ask(&browser, &request(&client)).await;
    let shown = host.id.split('/').nth(2).expect("a host");
    for words in ["Agent", "Nobody registered this app here", shown] {
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
    let host = Host::agent();
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

#[tokio::test]
async fn a_deployment_calls_no_address_of_its_own_network() {
    let world = World::new().await;
    let change =
        |app: App| Ok::<_, AppConflict>(App { policy: Policy { client_documents: true, ..app.policy }, ..app });
    world.ctx.store.change_app(&"default".parse().expect("an id"), change).await.expect("changed").expect("known");
    world.clock.advance(shared::cache::FRESH);
    let browser = world.sign_up(ADA).await;
    let host = Host::agent();
    assert_eq!(world.ask(&browser, &request(&host.known())).await.status, 400);
    assert_eq!(host.times(), 0);
    let says = body(&world.call::<Metadata>(Call::empty()).await);
    assert_eq!(says["client_id_metadata_document_supported"], true);
}
