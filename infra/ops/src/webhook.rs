//! `cargo ops webhook`: the endpoints of an app's own servers, and the messages on their way there. IAM is the authorization.

mod deliveries;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::hex::hex;
use shared::id::AppId;
use shared::outbound::WebUrl;
use shared::webhook::delivery::Delivery;
use shared::webhook::endpoint::{Endpoint, EndpointId};
use shared::webhook::event::{EventType, Events, Message};
use shared::webhook::secret::{BOTH_SIGN, SealedSecret, WebhookSecret};

use self::deliveries::Place;
use crate::audit::span;
use crate::deployment::OperatorContext;
use crate::keyed::KeyedDeployment;
use crate::out::say;

/// What is done, and where.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    at: KeyedDeployment,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Send an app's events to a server, within a minute. The secret that signs them is shown only once
    Add {
        /// The app
        app: AppId,
        /// The server's address: https, without query; on the local run also http on this machine
        url: WebUrl,
        /// The events, separated by commas, as docs/webhooks.md lists them. By default all except those of sessions
        #[arg(long, value_name = "TYPES", value_delimiter = ',')]
        events: Vec<EventType>,
    },
    /// List every endpoint of an app
    List {
        /// The app
        app: AppId,
    },
    /// Remove an endpoint. It gets no more events
    Remove(Which),
    /// Give an endpoint a new secret, which is shown only once. For a day both secrets sign
    Rotate(Which),
    /// Turn an endpoint on again. Events from the time when it was off are not sent later
    Enable(Which),
    /// Turn an endpoint off until you enable it
    Disable(Which),
    /// Send an endpoint a message of the type webhook.test
    Test(Which),
    /// List messages of the last thirty days, with the result of each
    Deliveries {
        /// The app
        app: AppId,
        /// Only those that were not delivered
        #[arg(long)]
        failed: bool,
        /// How far back, in minutes, hours or days: 90m, 12h, 7d
        #[arg(long, value_name = "TIME", default_value = "1d", value_parser = span)]
        since: Seconds,
    },
    /// Send messages again, with the same ids
    Replay {
        /// The app
        app: AppId,
        /// Which, as `cargo ops webhook deliveries` shows them
        #[arg(required_unless_present = "since")]
        deliveries: Vec<Place>,
        /// All that were not delivered since then: 90m, 12h, 7d
        #[arg(long, value_name = "TIME", value_parser = span, conflicts_with = "deliveries")]
        since: Option<Seconds>,
    },
}

/// Which endpoint.
#[derive(Args, Debug)]
struct Which {
    /// The app
    app: AppId,
    /// The endpoint's id, as `cargo ops webhook list` shows it
    endpoint: EndpointId,
}

impl Command {
    pub(crate) async fn run(self) -> Result<()> {
        let seals = matches!(self.action, Action::Add { .. } | Action::Rotate(_));
        let is_local = self.at.deployment.local_url()?.is_some();
        let context = if seals { self.at.open_with_ring().await? } else { self.at.open()? };
        let json = self.at.deployment.json;
        match self.action {
            Action::Add { app, url, events } => {
                ensure!(is_local || url.as_str().starts_with("https://"), "a server is told by https alone");
                let events = if events.is_empty() { Events::usual() } else { Events::of(events) };
                add(&context, app, url, events, json).await
            }
            Action::List { app } => list(&context, &app, json).await,
            Action::Remove(Which { app, endpoint }) => {
                known(context.store.remove_webhook(&app, &endpoint).await?, &app, &endpoint)?;
                done(&endpoint, "it is removed, and told nothing more")
            }
            Action::Rotate(which) => rotate(&context, &which, json).await,
            Action::Enable(Which { app, endpoint }) => {
                known(context.store.switch_webhook(&app, &endpoint, true).await?, &app, &endpoint)?;
                done(&endpoint, "it is told of events within a minute")
            }
            Action::Disable(Which { app, endpoint }) => {
                known(context.store.switch_webhook(&app, &endpoint, false).await?, &app, &endpoint)?;
                done(&endpoint, "it is told nothing until it is enabled")
            }
            Action::Test(which) => test(&context, &which, json).await,
            Action::Deliveries { app, failed, since } => deliveries::list(&context, &app, failed, since, json).await,
            Action::Replay { app, deliveries, since } => {
                deliveries::replay(&context, &app, deliveries, since, json).await
            }
        }
    }
}

async fn add(context: &OperatorContext, app: AppId, url: WebUrl, events: Events, json: bool) -> Result<()> {
    context.store.app(&app).await?.with_context(|| format!("there is no app {app}"))?;
    // A secret under a key that no function has would sign nothing.
    let ring = crate::keys::openable(context).await?.open(context.kek.clone())?;
    let (id, secret) = (EndpointId::draw(&context.random), WebhookSecret::draw(&context.random));
    let endpoint = Endpoint {
        secret: SealedSecret::seal(&secret, &app, &id, &ring, &context.random),
        app,
        id,
        url,
        events,
        former: None,
        off: None,
        failing_since: None,
        arrived: None,
        created: context.clock.now(),
    };
    context.store.add_webhook(&endpoint).await?;
    show(&endpoint, &secret, json)
}

async fn rotate(context: &OperatorContext, Which { app, endpoint: id }: &Which, json: bool) -> Result<()> {
    let endpoint = found(context, app, id).await?;
    let ring = crate::keys::openable(context).await?.open(context.kek.clone())?;
    let secret = WebhookSecret::draw(&context.random);
    let sealed = SealedSecret::seal(&secret, app, id, &ring, &context.random);
    let until = context.clock.now().plus(BOTH_SIGN);
    let rotated = context.store.rotate_webhook(&endpoint, &sealed, until).await?;
    ensure!(rotated, "{id} was rotated or removed in the meantime");
    show(&endpoint, &secret, json)
}

/// The one time that the secret is seen.
fn show(endpoint: &Endpoint, secret: &WebhookSecret, json: bool) -> Result<()> {
    if json {
        let mut described = describe(endpoint);
        described["secret"] = secret.reveal().into();
        say!("{described}")?;
    } else {
        say!("{}  {}", endpoint.id, endpoint.url)?;
        say!("secret, shown once: {}", secret.reveal())?;
    }
    Ok(())
}

async fn list(context: &OperatorContext, app: &AppId, json: bool) -> Result<()> {
    for endpoint in context.store.webhooks(app).await? {
        if json {
            say!("{}", describe(&endpoint))?;
            continue;
        }
        let off = endpoint.off.map(|off| format!("  off: {}", off.name())).unwrap_or_default();
        let failing = endpoint.failing_since.map(|since| format!("  failing since {}", since.rfc3339()));
        let events: Vec<_> = endpoint.events.names().collect();
        say!("{}  {}{off}{}  {}", endpoint.id, endpoint.url, failing.unwrap_or_default(), events.join(","))?;
    }
    Ok(())
}

async fn test(context: &OperatorContext, Which { app, endpoint: id }: &Which, json: bool) -> Result<()> {
    let endpoint = found(context, app, id).await?;
    if let Some(off) = endpoint.off {
        bail!("{id} is off ({}): enable it first", off.name());
    }
    let now = context.clock.now();
    let message = Message::test(app, &hex(&context.random.bytes::<12>()), now);
    let delivery = Delivery::new(&message, id, now);
    context.store.add_delivery(&delivery).await?;
    let place = Place::of(&delivery.parcel);
    if json {
        say!("{}", json!({"delivery": place.to_string(), "message": message.id}))?;
    } else {
        say!("{place} is on its way. See what became of it in a few seconds: cargo ops webhook deliveries {app}")?;
    }
    Ok(())
}

async fn found(context: &OperatorContext, app: &AppId, id: &EndpointId) -> Result<Endpoint> {
    context.store.webhook(app, id).await?.with_context(|| missing(app, id))
}

fn known(there: bool, app: &AppId, id: &EndpointId) -> Result<()> {
    ensure!(there, missing(app, id));
    Ok(())
}

fn missing(app: &AppId, id: &EndpointId) -> String {
    format!("{app} has no endpoint {id}: cargo ops webhook list {app} has those that it has")
}

fn done(endpoint: &EndpointId, what: &str) -> Result<()> {
    say!("{endpoint}: {what}")?;
    Ok(())
}

fn describe(endpoint: &Endpoint) -> Value {
    json!({
        "endpoint": endpoint.id.as_str(),
        "app": endpoint.app.as_str(),
        "url": endpoint.url.as_str(),
        "events": endpoint.events.names().collect::<Vec<_>>(),
        "off": endpoint.off.map(shared::webhook::endpoint::Off::name),
        "failing_since": endpoint.failing_since.map(shared::clock::Timestamp::rfc3339),
        "created": endpoint.created.rfc3339(),
    })
}
