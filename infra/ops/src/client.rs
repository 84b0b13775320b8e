//! `cargo ops client`: the operator's work on OAuth clients, straight to the table. IAM is the authorization.

mod delete;
mod list;
mod openid;
mod show;
mod update;

use std::fmt;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use shared::app::credential::{AppSecret, HasSecrets, StoredSecret};
use shared::app::name::DisplayName;
use shared::clock::{Seconds, Timestamp};
use shared::id::{AppId, ClientId};
use shared::oauth::client::{Client, ClientPolicy, Registered};
use shared::oauth::openid::Settings;
use shared::oauth::redirect::RedirectUri;
use shared::oauth::scope::Scope;
use shared::origin::Origin;
use shared::session::refresh::Rotation;
use shared::store::ClientConflict;
use shared::token::client_keys::ClientKeys;

pub use self::openid::OpenId;
use self::show::describe;
use self::update::Update;
use crate::deployment::{Deployment, OperatorContext};
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
    /// Register a client. Its secret is shown only once
    Create(Box<Create>),
    /// Change the settings of a client, within a minute. Its id, its secrets and its users' consents stay
    Update(Box<Update>),
    /// List every client with the age of its secrets
    List,
    /// Show every setting of a client
    Show {
        /// The client
        id: ClientId,
    },
    /// Give a client a new secret. The other one expires after some hours
    RotateSecret {
        /// The client
        id: ClientId,
        /// How long the other secret works. 0: it stops working within a minute
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=8760))]
        old_for_hours: u16,
    },
    /// Refuse a client and all its tokens, within a minute
    Disable {
        /// The client
        id: ClientId,
    },
    /// Accept a client and its tokens again
    Enable {
        /// The client
        id: ClientId,
    },
    /// Delete a client: within a minute it and all its tokens are refused. It cannot be undone, and no other client gets the id
    Delete {
        /// The client
        id: ClientId,
        /// Confirm that the client is to be deleted
        #[arg(long)]
        yes: bool,
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
    pub name: DisplayName,
    /// Where a browser may be sent with a code, to the letter. May be repeated; a client that acts for itself alone needs none
    #[arg(long = "redirect-uri", value_name = "URI", required_unless_present = "client_credentials")]
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
    /// An origin of its own pages, like `https://app.example.com`. May be repeated
    #[arg(long = "origin", value_name = "ORIGIN")]
    pub origins: Vec<Origin>,
    /// What it gets where it asks for nothing, and may always ask for, separated by spaces
    #[arg(long, default_value = "profile mementos")]
    pub scope: String,
    /// When its refresh tokens are replaced: `always`; `until_used`, for clients whose answers get lost or that share one store
    /// of tokens; or `off`, for clients with a secret alone
    #[arg(long, default_value_t)]
    pub rotation: Rotation,
    /// A JWK set of its public keys, which it proves itself with in place of a secret (`private_key_jwt`)
    #[arg(long, value_name = "FILE", conflicts_with = "public", value_parser = read_keys)]
    pub jwks: Option<ClientKeys>,
    /// Where those keys are, an https address of a JWK set, in place of a file
    #[arg(long, value_name = "URL", conflicts_with_all = ["public", "jwks"])]
    pub jwks_uri: Option<String>,
    /// It may act for itself, without a user (the grant type `client_credentials`)
    #[arg(long, conflicts_with = "public")]
    pub client_credentials: bool,
    /// It has to use PKCE beside its secret. A public client always has to
    #[arg(long)]
    pub require_pkce: bool,
    /// What it chooses of OpenID Connect
    #[command(flatten)]
    pub openid: OpenId,
}

/// What is shown of a client once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        let context = self.deployment.open(None)?;
        let json = self.deployment.json;
        match self.action {
            Action::Create(create) => make(&context, *create).await?.print(json),
            Action::Update(update) => update.apply(&context, json).await,
            Action::List => list::run(&context, json).await,
            Action::Show { id } => show::run(&context, &id, json).await,
            Action::RotateSecret { id, old_for_hours } => {
                let until = context.clock.now().plus(Seconds::hours(i64::from(old_for_hours)));
                rotate_secret(&context, &id, until).await?.print(json)
            }
            Action::Disable { id } => set_disabled(&context, &id, true).await,
            Action::Enable { id } => set_disabled(&context, &id, false).await,
            Action::Delete { id, yes } => delete::run(&context, &id, yes, json).await,
        }
    }
}

/// The id alone: the secret is shown by [`Issued::print`], and by nothing else.
impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("id", &self.id).finish_non_exhaustive()
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
        let Self { id, secret, public, .. } = self;
        match secret {
            Some(secret) => say!("client   {id}\nsecret   {secret}\n\nThe secret is not shown again.")?,
            None if public => say!("client   {id}\n\nA public client has no secret: it uses PKCE.")?,
            None => say!("client   {id}\n\nThe client proves itself with its keys: it has no secret.")?,
        }
        Ok(())
    }
}

/// Registers a client, with its first secret unless it is public.
///
/// # Errors
/// What it cannot be registered with; when the app is not there, or the store fails.
pub async fn make(context: &OperatorContext, create: Create) -> Result<Issued> {
    let now = context.clock.now();
    if context.store.app(&create.app).await?.is_none() {
        bail!("there is no app {}: make it first, cargo ops app create", create.app);
    }
    let id = create.id.unwrap_or_else(|| ClientId::draw(&context.random));
    // An ID token has the client for its audience, and an app's own tokens have the app.
    if let Ok(app) = id.as_str().parse::<AppId>()
        && context.store.app(&app).await?.is_some()
    {
        bail!("{id} is the id of an app: choose another, or leave --id out");
    }
    let secret = (!create.public && create.jwks.is_none() && create.jwks_uri.is_none())
        .then(|| AppSecret::draw(&context.random));
    let client = Client {
        id,
        app: create.app,
        name: create.name.into_string(),
        description: create.description,
        logo: create.logo,
        landing_page: create.landing_page,
        origins: create.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
        redirect_uris: create.redirect_uris,
        public: create.public,
        secrets: secret.iter().map(|secret| StoredSecret::new(secret, &context.random, now)).collect(),
        default_scope: Scope::read(&create.scope),
        policy: ClientPolicy {
            rotation: create.rotation,
            keys: create.jwks,
            jwks_uri: create.jwks_uri,
            client_credentials: create.client_credentials,
            requires_pkce: create.require_pkce,
            registered: Registered::ByOwner,
        },
        openid: create.openid.settings(Settings::default()),
        disabled: false,
        created: now,
    };
    check(&client)?;
    context
        .store
        .create_client(&client)
        .await
        .with_context(|| format!("the client {} was not registered", client.id))?;
    Ok(Issued::of(client, secret))
}

/// The keys in a file.
pub(crate) fn read_keys(file: &str) -> Result<ClientKeys> {
    let json = std::fs::read(file).with_context(|| format!("{file} cannot be read"))?;
    ClientKeys::read(&json).with_context(|| format!("{file} cannot be used"))
}

/// What people follow or load must be https, and only an app on its user's machine has a scheme of its own.
fn check(client: &Client) -> Result<()> {
    if client.description.chars().count() > 500 || client.description.contains(char::is_control) {
        bail!("a description is one line of up to 500 letters, without line breaks and other control characters");
    }
    for (what, url) in [("logo", &client.logo), ("landing page", &client.landing_page)] {
        let fits = |url: &str| url.starts_with("https://") && url.parse::<RedirectUri>().is_ok();
        if url.as_deref().is_some_and(|url| !fits(url)) {
            bail!("the {what} is an https address, like https://reader.example/logo.png");
        }
    }
    if !client.public && client.redirect_uris.iter().any(RedirectUri::is_native) {
        bail!("only a public client has a redirect URI of a scheme of its own");
    }
    if client.id.document_host().is_some() {
        bail!("an address is the id of a client that nobody registers: a document there describes it");
    }
    if client
        .policy
        .jwks_uri
        .as_deref()
        .is_some_and(|url| !url.starts_with("https://") || url.parse::<RedirectUri>().is_err())
    {
        bail!("the keys are at an https address, like https://reader.example/jwks.json");
    }
    if client.public && (client.policy.has_keys() || client.policy.client_credentials) {
        bail!("a public client has no secret and no keys, so it cannot use client credentials or private_key_jwt");
    }
    if client.redirect_uris.is_empty() && !client.policy.client_credentials {
        bail!("a client that acts for users has a redirect URI");
    }
    for uri in &client.redirect_uris {
        if uri.is_in_clear() {
            bail!("{uri:?} is http, and leads out of the user's machine: a code is not sent in clear");
        }
        if uri.answers_itself() {
            bail!("{uri:?} has a parameter in its query that the answer has, too, or one that is written with %");
        }
    }
    if client.public && client.policy.rotation == Rotation::Off {
        bail!("a public client's refresh tokens are replaced: choose always or until_used");
    }
    self::openid::check(client)?;
    if client.default_scope.is_empty() {
        bail!("the scope is a list of words");
    }
    if client.default_scope.to_string().len() > LONGEST_SCOPE {
        bail!("the scope has at most {LONGEST_SCOPE} characters: it stands in every code and token");
    }
    Ok(())
}

/// Gives a client a new secret.
///
/// # Errors
/// When there is no such client or it is public, or the store fails.
pub async fn rotate_secret(context: &OperatorContext, id: &ClientId, others_until: Timestamp) -> Result<Issued> {
    let now = context.clock.now();
    let secret = AppSecret::draw(&context.random);
    let stored = StoredSecret::new(&secret, &context.random, now);
    let rotate = |client: Client| {
        if client.public {
            bail!("{} is public: it has no secret", client.id);
        }
        if client.policy.has_keys() {
            bail!(
                "{} proves itself with its keys: take them back first, cargo ops client update --clear jwks",
                client.id
            );
        }
        Ok(client.rotate_secret(stored, others_until, now)?)
    };
    Ok(Issued::of(change(context, id, rotate).await?, Some(secret)))
}

async fn set_disabled(context: &OperatorContext, id: &ClientId, disabled: bool) -> Result<()> {
    let client = change(context, id, |client| Ok(Client { disabled, ..client })).await?;
    if disabled {
        say!("{} is disabled: within a minute it is refused", client.id)?;
    } else {
        say!("{} is enabled: within a minute it works again", client.id)?;
    }
    Ok(())
}

async fn change(
    context: &OperatorContext,
    id: &ClientId,
    change: impl FnOnce(Client) -> Result<Client>,
) -> Result<Client> {
    // `anyhow` takes what the change refuses with and what the store says alike.
    struct ChangeError(anyhow::Error);
    impl From<ClientConflict> for ChangeError {
        fn from(conflict: ClientConflict) -> Self {
            Self(conflict.into())
        }
    }
    let changed = context.store.change_client(id, |client| change(client).map_err(ChangeError)).await;
    changed.map_err(|ChangeError(error)| error)?.with_context(|| missing(id))
}

async fn found(context: &OperatorContext, id: &ClientId) -> Result<Client> {
    context.store.client(id).await?.with_context(|| missing(id))
}

fn missing(id: &ClientId) -> String {
    format!("there is no client {id}: cargo ops client list shows those that there are")
}

#[cfg(test)]
mod tests {
    use shared::clock::Timestamp;
    use shared::oauth::client::{Client, ClientPolicy};
    use shared::oauth::openid::Settings;
    use shared::oauth::scope::Scope;
    use shared::session::refresh::Rotation;

    use super::check;

    fn client() -> Client {
        Client {
            id: "reader".parse().expect("a client id"),
            app: "demo".parse().expect("an app id"),
            name: "Reader".to_owned(),
            description: String::new(),
            logo: None,
            landing_page: None,
            origins: Vec::new(),
            redirect_uris: vec!["https://a.example/cb".parse().expect("one")],
            public: false,
            secrets: Vec::new(),
            default_scope: Scope::read("profile"),
            policy: ClientPolicy::default(),
            openid: Settings::default(),
            disabled: false,
            created: Timestamp::from_unix(0),
        }
    }

    #[test]
    fn what_people_would_follow_or_load_is_https() {
        assert!(check(&client()).is_ok());
        for url in ["javascript:alert(1)", "http://a.example/", "data:image/png,", "https://a.example/\"x"] {
            assert!(check(&Client { logo: Some(url.to_owned()), ..client() }).is_err(), "{url}");
            assert!(check(&Client { landing_page: Some(url.to_owned()), ..client() }).is_err(), "{url}");
        }
        assert!(check(&Client { logo: Some("https://a.example/logo.png".to_owned()), ..client() }).is_ok());
    }

    #[test]
    fn a_description_is_one_line() {
        assert!(check(&Client { description: "Reads notes".to_owned(), ..client() }).is_ok());
        for description in ["a\nb".to_owned(), "a\u{7}".to_owned(), "a".repeat(501)] {
            assert!(check(&Client { description, ..client() }).is_err());
        }
    }

    #[test]
    fn no_code_is_sent_in_clear_or_beside_another() {
        for (uri, fits) in [
            ("http://a.example/cb", false),
            ("https://a.example/cb?code=1", false),
            ("http://127.0.0.1:9999/cb", true),
            ("https://a.example/cb?shop=1", true),
        ] {
            let client = Client { redirect_uris: vec![uri.parse().expect("one")], ..client() };
            assert_eq!(check(&client).is_ok(), fits, "{uri}");
        }
    }

    #[test]
    fn a_public_clients_refresh_tokens_are_replaced() {
        for rotation in Rotation::EACH {
            let client = Client { policy: ClientPolicy { rotation, ..ClientPolicy::default() }, ..client() };
            assert!(check(&client).is_ok(), "{rotation}");
            assert_eq!(check(&Client { public: true, ..client }).is_err(), rotation == Rotation::Off, "{rotation}");
        }
    }

    #[test]
    fn only_a_public_client_has_a_scheme_of_its_own() {
        let native = Client { redirect_uris: vec!["com.example.app:/cb".parse().expect("one")], ..client() };
        assert!(check(&native).is_err());
        assert!(check(&Client { public: true, ..native }).is_ok());
    }
}
