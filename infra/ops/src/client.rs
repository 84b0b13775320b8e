//! `cargo ops client`: the operator's work on OAuth clients, straight to the table. IAM is the authorization.

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::app::credential::{AppSecret, StoredSecret};
use shared::clock::{Seconds, Timestamp};
use shared::id::{AppId, ClientId};
use shared::oauth::client::Client;
use shared::oauth::redirect::RedirectUri;
use shared::oauth::scope::Scope;
use shared::store::ClientConflict;

use crate::deployment::{Deployment, Desk};
use crate::out::say;

/// Codes and tokens that hold it must fit into headers and addresses.
const LONGEST_SCOPE: usize = 512;

/// What is done, and where.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    deployment: Deployment,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Register a client; its secret is shown now and never again
    Create(Box<Create>),
    /// Every client, with its secrets' ages
    List,
    /// Give a client a new secret; the other one expires after a while
    RotateSecret {
        /// The client
        id: ClientId,
        /// How long the other secret stays good; 0 ends it now (within a minute)
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=8760))]
        old_for_hours: u16,
    },
    /// Refuse a client and all its tokens, from a minute on
    Disable {
        /// The client
        id: ClientId,
    },
    /// Take a client again
    Enable {
        /// The client
        id: ClientId,
    },
}

/// What a client is registered with.
#[derive(Args, Clone, Debug)]
pub struct Create {
    /// The app whose users it asks
    #[arg(long)]
    pub app: AppId,
    /// What people read when it asks
    #[arg(long)]
    pub name: String,
    /// Where a browser may be sent with a code, to the letter. May be repeated
    #[arg(long = "redirect-uri", value_name = "URI", required = true)]
    pub redirect_uris: Vec<RedirectUri>,
    /// It keeps no secret: an app on its users' own machines
    #[arg(long)]
    pub public: bool,
    /// Its id; drawn when absent
    #[arg(long)]
    pub id: Option<ClientId>,
    /// What it is for
    #[arg(long, default_value = "")]
    pub description: String,
    /// An https address of its logo
    #[arg(long, value_name = "URL")]
    pub logo: Option<String>,
    /// An https address of its landing page
    #[arg(long, value_name = "URL")]
    pub landing_page: Option<String>,
    /// An origin of its own pages. May be repeated
    #[arg(long = "origin", value_name = "URL")]
    pub origins: Vec<String>,
    /// What it gets where it asks for nothing, and may always ask for, separated by spaces
    #[arg(long, default_value = "profile mementos")]
    pub scope: String,
}

/// What is shown of a client once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The client.
    pub id: String,
    /// Its secret, unless it is public.
    pub secret: Option<String>,
    /// What people read when it asks.
    pub name: String,
    /// Whether it keeps no secret.
    pub public: bool,
    /// The app whose users it asks.
    pub app: String,
    /// Where a browser may be sent with a code.
    pub redirect_uris: Vec<String>,
}

impl Command {
    pub(crate) async fn run(self) -> Result<()> {
        let desk = self.deployment.open(None)?;
        let json = self.deployment.json;
        match self.action {
            Action::Create(create) => make(&desk, *create).await?.print(json),
            Action::List => list(&desk, json).await,
            Action::RotateSecret { id, old_for_hours } => {
                let until = desk.clock.now().plus(Seconds::hours(i64::from(old_for_hours)));
                rotate_secret(&desk, &id, until).await?.print(json)
            }
            Action::Disable { id } => set_disabled(&desk, &id, true).await,
            Action::Enable { id } => set_disabled(&desk, &id, false).await,
        }
    }
}

impl Issued {
    /// What is shown of a client and its secret.
    #[must_use]
    pub fn of(client: Client, secret: Option<AppSecret>) -> Self {
        Self {
            id: client.id.to_string(),
            secret: secret.map(AppSecret::reveal),
            name: client.name,
            public: client.public,
            app: client.app.to_string(),
            redirect_uris: client.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
        }
    }

    fn print(self, json: bool) -> Result<()> {
        if json {
            say!("{}", serde_json::to_string(&self)?)?;
            return Ok(());
        }
        let Self { id, secret, .. } = self;
        match secret {
            Some(secret) => say!("client   {id}\nsecret   {secret}\n\nThe secret is not shown again.")?,
            None => say!("client   {id}\n\nA public client has no secret: it uses PKCE.")?,
        }
        Ok(())
    }
}

/// Registers a client, with its first secret unless it is public.
///
/// # Errors
/// What it cannot be registered with; when the app is not there, or the store fails.
pub async fn make(desk: &Desk, create: Create) -> Result<Issued> {
    let now = desk.clock.now();
    check(&create)?;
    if desk.store.app(&create.app).await?.is_none() {
        bail!("there is no app {}: make it first, cargo ops app create", create.app);
    }
    let secret = (!create.public).then(|| AppSecret::draw(&desk.random));
    let client = Client {
        id: create.id.unwrap_or_else(|| ClientId::draw(&desk.random)),
        app: create.app,
        name: create.name,
        description: create.description,
        logo: create.logo,
        landing_page: create.landing_page,
        origins: create.origins,
        redirect_uris: create.redirect_uris,
        public: create.public,
        secrets: secret.iter().map(|secret| StoredSecret::new(secret, &desk.random, now)).collect(),
        default_scope: Scope::read(&create.scope),
        disabled: false,
        created: now,
    };
    desk.store.create_client(&client).await.with_context(|| format!("the client {} was not registered", client.id))?;
    Ok(Issued::of(client, secret))
}

/// What people follow or load must be https, and only an app on its user's machine has a scheme of its own.
fn check(create: &Create) -> Result<()> {
    if create.name.trim().is_empty() || create.name.chars().count() > 100 || create.description.chars().count() > 500 {
        bail!("a client has a name of 1 to 100 characters and a description of up to 500");
    }
    for (what, url) in [("logo", &create.logo), ("landing page", &create.landing_page)] {
        let fits = |url: &str| url.starts_with("https://") && url.parse::<RedirectUri>().is_ok();
        if url.as_deref().is_some_and(|url| !fits(url)) {
            bail!("the {what} is an https address");
        }
    }
    if !create.public && create.redirect_uris.iter().any(RedirectUri::is_native) {
        bail!("only a public client has a redirect URI of a scheme of its own");
    }
    for uri in &create.redirect_uris {
        if uri.is_in_clear() {
            bail!("{uri:?} is http, and leads out of the user's machine: a code is not sent in clear");
        }
        if uri.answers_itself() {
            bail!("{uri:?} has a parameter in its query that the answer has, too, or one that is written with %");
        }
    }
    if Scope::read(&create.scope).is_empty() {
        bail!("the scope is a list of words");
    }
    if create.scope.len() > LONGEST_SCOPE {
        bail!("the scope has at most {LONGEST_SCOPE} characters: it stands in every code and token");
    }
    Ok(())
}

/// Gives a client a new secret.
///
/// # Errors
/// When there is no such client or it is public, or the store fails.
pub async fn rotate_secret(desk: &Desk, id: &ClientId, others_until: Timestamp) -> Result<Issued> {
    let now = desk.clock.now();
    let secret = AppSecret::draw(&desk.random);
    let stored = StoredSecret::new(&secret, &desk.random, now);
    let rotate = |client: Client| {
        if client.public {
            bail!("{} is public: it has no secret", client.id);
        }
        Ok(client.rotate_secret(stored, others_until, now)?)
    };
    Ok(Issued::of(change(desk, id, rotate).await?, Some(secret)))
}

async fn set_disabled(desk: &Desk, id: &ClientId, disabled: bool) -> Result<()> {
    let client = change(desk, id, |client| Ok(Client { disabled, ..client })).await?;
    say!("{} is {} within a minute", client.id, if disabled { "refused" } else { "taken" })?;
    Ok(())
}

async fn change(desk: &Desk, id: &ClientId, change: impl FnOnce(Client) -> Result<Client>) -> Result<Client> {
    // `anyhow` takes what the change refuses with and what the store says alike.
    struct Refused(anyhow::Error);
    impl From<ClientConflict> for Refused {
        fn from(conflict: ClientConflict) -> Self {
            Self(conflict.into())
        }
    }
    let changed = desk.store.change_client(id, |client| change(client).map_err(Refused)).await;
    changed.map_err(|Refused(error)| error)?.with_context(|| format!("there is no client {id}"))
}

async fn list(desk: &Desk, json: bool) -> Result<()> {
    let now = desk.clock.now();
    for id in desk.store.clients().await? {
        let Some(client) = desk.store.client(&id).await? else { continue };
        if json {
            say!("{}", describe(&client))?;
            continue;
        }
        let kind = if client.public { "public" } else { "confidential" };
        let disabled = if client.disabled { "  disabled" } else { "" };
        say!("{}  {:?}  of {}  {kind}{disabled}", client.id, client.name, client.app)?;
        for uri in &client.redirect_uris {
            say!("  to {}", uri.as_str())?;
        }
        for secret in &client.secrets {
            say!("  secret {}  {}", secret.id, crate::app::age(secret, now))?;
        }
    }
    Ok(())
}

fn describe(client: &Client) -> Value {
    json!({
        "id": client.id.as_str(),
        "app": client.app.as_str(),
        "name": client.name,
        "description": client.description,
        "logo": client.logo,
        "landing_page": client.landing_page,
        "origins": client.origins,
        "redirect_uris": client.redirect_uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>(),
        "public": client.public,
        "scope": client.default_scope.to_string(),
        "disabled": client.disabled,
        "secrets": crate::app::describe_secrets(&client.secrets),
    })
}

#[cfg(test)]
mod tests {
    use super::{Create, check};

    fn create() -> Create {
        Create {
            app: "demo".parse().expect("an app id"),
            name: "Reader".to_owned(),
            redirect_uris: vec!["https://a.example/cb".parse().expect("one")],
            public: false,
            id: None,
            description: String::new(),
            logo: None,
            landing_page: None,
            origins: Vec::new(),
            scope: "profile".to_owned(),
        }
    }

    #[test]
    fn what_people_would_follow_or_load_is_https() {
        assert!(check(&create()).is_ok());
        for url in ["javascript:alert(1)", "http://a.example/", "data:image/png,", "https://a.example/\"x"] {
            assert!(check(&Create { logo: Some(url.to_owned()), ..create() }).is_err(), "{url}");
            assert!(check(&Create { landing_page: Some(url.to_owned()), ..create() }).is_err(), "{url}");
        }
        assert!(check(&Create { logo: Some("https://a.example/logo.png".to_owned()), ..create() }).is_ok());
    }

    #[test]
    fn no_code_is_sent_in_clear_or_beside_another() {
        for (uri, fits) in [
            ("http://a.example/cb", false),
            ("https://a.example/cb?code=1", false),
            ("http://127.0.0.1:9999/cb", true),
            ("https://a.example/cb?shop=1", true),
        ] {
            let create = Create { redirect_uris: vec![uri.parse().expect("one")], ..create() };
            assert_eq!(check(&create).is_ok(), fits, "{uri}");
        }
    }

    #[test]
    fn only_a_public_client_has_a_scheme_of_its_own() {
        let native = Create { redirect_uris: vec!["com.example.app:/cb".parse().expect("one")], ..create() };
        assert!(check(&native).is_err());
        assert!(check(&Create { public: true, ..native }).is_ok());
    }
}
