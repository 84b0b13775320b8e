//! The OAuth clients that a local service has from the start.

use anyhow::Result;
use shared::id::ClientId;
use shared::oauth::redirect::RedirectUri;
use shared::session::refresh::Rotation;

use super::seed::{BOUND, Ground};
use ops::client::{Create, Issued, OpenId};

/// Where the local run remembers what it showed: the store keeps hashes only.
const REMEMBERED: &str = "clients.json";

/// A client.
#[derive(Clone, Copy)]
struct Demo {
    id: &'static str,
    name: &'static str,
    redirect_uri: &'static str,
    /// Whether it can keep no secret.
    public: bool,
}

impl Demo {
    const fn confidential(id: &'static str, name: &'static str, redirect_uri: &'static str) -> Self {
        Self { id, name, redirect_uri, public: false }
    }

    const fn public(id: &'static str, name: &'static str, redirect_uri: &'static str) -> Self {
        Self { id, name, redirect_uri, public: true }
    }
}

/// Two that keep a secret and one that cannot; one whose redirect URI has a query; one whose name is hostile. Then the two
/// static clients of the OpenID Foundation's conformance suite.
const CLIENTS: [Demo; 7] = [
    Demo::confidential("demo-client", "Demo Reader", "http://127.0.0.1:9999/cb"),
    Demo::confidential("demo-client-2", "Demo Notes", "http://127.0.0.1:9998/cb"),
    Demo::public("demo-public", "Demo Phone", "http://127.0.0.1:9997/cb"),
    Demo::confidential("demo-query", "Demo Shop", "http://127.0.0.1:9999/cb?shop=1"),
    Demo::confidential("demo-hostile", "<script>alert(\"1\")</script>", "http://127.0.0.1:9999/hostile"),
    Demo::confidential("conformance", "Conformance", "https://localhost:8443/test/a/latchet/callback"),
    Demo::confidential("conformance-2", "Conformance 2", "https://localhost:8443/test/a/latchet/callback"),
];

/// Registers the clients where they are not there yet.
pub(super) async fn seed(ground: &Ground<'_>) -> Result<Vec<Issued>> {
    let context = ground.context()?;
    let remembered: Vec<Issued> = ground.remembered(REMEMBERED)?;
    let mut clients = Vec::new();
    for demo in CLIENTS {
        let id: ClientId = demo.id.parse()?;
        let known = remembered.iter().find(|client| client.id == demo.id);
        clients.push(match (context.store.client(&id).await?, known) {
            (Some(_), Some(known)) => known.clone(),
            // The secret was lost with its file: a new one takes its place.
            (Some(client), None) if !client.public => {
                ops::client::rotate_secret(&context, &id, context.clock.now()).await?
            }
            (Some(client), None) => Issued::of(client, None),
            (None, _) => ops::client::make(&context, create(demo)?).await?,
        });
    }
    ground.remember(REMEMBERED, &clients)?;
    Ok(clients)
}

fn create(demo: Demo) -> Result<Create> {
    let Demo { id, name, redirect_uri, public } = demo;
    Ok(Create {
        app: BOUND.parse()?,
        name: name.parse()?,
        redirect_uris: addresses(id, redirect_uri, "callback")?,
        public,
        id: Some(id.parse()?),
        description: "A client of the local run".to_owned(),
        logo: None,
        landing_page: Some("https://client.example/".to_owned()),
        origins: Vec::new(),
        scope: "profile mementos".to_owned(),
        rotation: Rotation::Always,
        jwks: None,
        jwks_uri: None,
        client_credentials: false,
        require_pkce: false,
        openid: OpenId {
            post_logout_redirect_uris: addresses(id, redirect_uri, "post_logout_redirect")?,
            ..OpenId::default()
        },
    })
}

/// The names by which a browser reaches a suite on this machine; the second is the one that its documentation uses.
const SUITES: [&str; 3] = ["https://localhost:8443", "https://localhost.emobix.co.uk:8443", "https://127.0.0.1:8443"];

/// The client's own address or, for the suite's clients, the suite's page of that name by each of its names.
fn addresses(id: &str, own: &str, page: &str) -> Result<Vec<RedirectUri>> {
    if !id.starts_with("conformance") {
        return Ok(vec![own.parse()?]);
    }
    SUITES.iter().map(|suite| Ok(format!("{suite}/test/a/latchet/{page}").parse()?)).collect()
}
