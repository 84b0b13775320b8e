//! The OAuth clients that a local service has from the start.

use anyhow::Result;
use shared::id::ClientId;
use shared::session::refresh::Rotation;

use super::seed::{BOUND, Ground};
use ops::client::{Create, Issued};

/// Where the local run remembers what it showed: the store keeps hashes only.
const REMEMBERED: &str = "clients.json";

/// A client: id, name, redirect URI, whether it is public.
type Demo = (&'static str, &'static str, &'static str, bool);

/// Two that keep a secret and one that cannot; one whose redirect URI has a query; one whose name is hostile.
const CLIENTS: [Demo; 5] = [
    ("demo-client", "Demo Reader", "http://127.0.0.1:9999/cb", false),
    ("demo-client-2", "Demo Notes", "http://127.0.0.1:9998/cb", false),
    ("demo-public", "Demo Phone", "http://127.0.0.1:9997/cb", true),
    ("demo-query", "Demo Shop", "http://127.0.0.1:9999/cb?shop=1", false),
    ("demo-hostile", "<script>alert(\"1\")</script>", "http://127.0.0.1:9999/hostile", false),
];

/// Registers the clients where they are not there yet.
pub(super) async fn seed(ground: &Ground<'_>) -> Result<Vec<Issued>> {
    let context = ground.context()?;
    let remembered: Vec<Issued> = ground.remembered(REMEMBERED)?;
    let mut clients = Vec::new();
    for demo in CLIENTS {
        let id: ClientId = demo.0.parse()?;
        let known = remembered.iter().find(|client| client.id == demo.0);
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

fn create((id, name, redirect_uri, public): Demo) -> Result<Create> {
    Ok(Create {
        app: BOUND.parse()?,
        name: name.parse()?,
        redirect_uris: vec![redirect_uri.parse()?],
        public,
        id: Some(id.parse()?),
        description: "A client of the local run".to_owned(),
        logo: None,
        landing_page: Some("https://client.example/".to_owned()),
        origins: Vec::new(),
        scope: "profile mementos".to_owned(),
        rotation: Rotation::Always,
        jwks: None,
        client_credentials: false,
    })
}
