//! Which client calls, and how it proves that (RFC 6749 §2.3).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::{Caller, Counted, Ctx, Dialect, Endpoint, Form, Moment, Request, Security};
use shared::app::App;
use shared::app::credential::AppSecret;
use shared::config::Config;
use shared::id::ClientId;
use shared::limit::Subject;
use shared::oauth::client::Client;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::token::assertion;

use crate::protocol::BASE;
use crate::protocol::params::Params;
use crate::protocol::wire::{OauthApi, OauthError};

/// A client that said who it is and, unless it is public, proved it.
#[derive(Clone, Debug)]
pub struct KnownClient {
    /// The client.
    pub client: Arc<Client>,
    /// Its app.
    pub app: Arc<App>,
    /// From where it calls.
    pub device: Device,
    /// Whether it came by HTTP Basic.
    pub basic: bool,
    /// Whether its document was fetched for this request.
    is_fetched: bool,
}

/// The client's id and secret as the request has them.
struct PresentedClient {
    id: String,
    proof: Proof,
    basic: bool,
}

/// How it proves who it is.
enum Proof {
    /// By a secret; a public client has none.
    Secret(Option<AppSecret>),
    /// By a JWT that it signed (RFC 7523 §2.2).
    Assertion(Secret<String>),
}

const TWICE: OauthError = OauthError::InvalidRequest("The client sent its credentials in two ways. Use one.");

impl PresentedClient {
    /// By HTTP Basic or in the body, and not by both: beside Basic, the same `client_id` may stand in the body.
    fn read(request: &Request) -> Result<Self, OauthError> {
        let params = Params::read(request)?;
        let (id, secret) = (params.text("client_id"), params.text("client_secret"));
        if params.text("client_assertion").or(params.text("client_assertion_type")).is_some() {
            if secret.is_some() || basic(request).is_some() {
                return Err(TWICE);
            }
            return Self::by_assertion(&params, id);
        }
        let Some(encoded) = basic(request) else {
            let id = id.ok_or(OauthError::InvalidClient { basic: false })?.to_owned();
            return Ok(Self { id, proof: Proof::Secret(secret.map(AppSecret::presented)), basic: false });
        };
        if secret.is_some() {
            return Err(TWICE);
        }
        let (basic_id, secret) = decode(encoded).ok_or(OauthError::InvalidClient { basic: true })?;
        if id.is_some_and(|id| id != basic_id) {
            return Err(OauthError::InvalidRequest("The client_id differs from the one in the Authorization header."));
        }
        Ok(Self { id: basic_id, proof: Proof::Secret(secret), basic: true })
    }

    /// The assertion says whose it is; a `client_id` may stand beside it (RFC 7521 §4.2).
    fn by_assertion(params: &Params, id: Option<&str>) -> Result<Self, OauthError> {
        let refused = OauthError::InvalidClient { basic: false };
        let text =
            params.secret("client_assertion").filter(|_| params.text("client_assertion_type") == Some(assertion::TYPE));
        let text = text.ok_or_else(|| refused.clone())?;
        let subject = assertion::subject(text.expose()).ok_or_else(|| refused.clone())?.to_string();
        if id.is_some_and(|id| id != subject) {
            return Err(refused);
        }
        Ok(Self { id: subject, proof: Proof::Assertion(text), basic: false })
    }
}

/// The credentials of an `Authorization: Basic` header, if there is one.
fn basic(request: &Request) -> Option<&str> {
    let header = request.header("authorization")?;
    let (scheme, text) = header.split_once(' ').unwrap_or((header, ""));
    scheme.eq_ignore_ascii_case("basic").then_some(text.trim())
}

/// The id, and the secret unless it is empty.
fn decode(encoded: &str) -> Option<(String, Option<AppSecret>)> {
    let text = Secret::new(String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?);
    let (id, secret) = text.expose().split_once(':')?;
    // Both are form-encoded first (RFC 6749 §2.3.1); our own ids and secrets are the same either way.
    let decoded = |text: &str| {
        let value = Form::read(format!("v={text}").as_bytes());
        value.one("v").ok().map(|value| value.unwrap_or_default().to_owned()).filter(|_| !text.contains('&'))
    };
    let secret = Secret::new(decoded(secret)?);
    let secret = Some(secret.expose().as_str()).filter(|secret| !secret.is_empty());
    Some((decoded(id)?, secret.map(AppSecret::presented)))
}

impl KnownClient {
    pub(crate) async fn identify(at: &Moment, request: &Request) -> Result<Self, OauthError> {
        Self::prove(at, request, PresentedClient::read(request)?).await
    }

    /// The same of a client that was registered. One that describes itself does not act for a resource server, and its document is not read.
    pub(crate) async fn identify_registered(at: &Moment, request: &Request) -> Result<Self, OauthError> {
        let presented = PresentedClient::read(request)?;
        if presented.id.parse().is_ok_and(|id: ClientId| id.document_host().is_some()) {
            return Err(OauthError::InvalidClient { basic: presented.basic });
        }
        Self::prove(at, request, presented).await
    }

    async fn prove(at: &Moment, request: &Request, presented: PresentedClient) -> Result<Self, OauthError> {
        let PresentedClient { id, proof, basic } = presented;
        let unknown = || OauthError::InvalidClient { basic };
        let id = id.parse().map_err(|_| unknown())?;
        let is_fetched = at.would_fetch(&id);
        let client = match proof {
            Proof::Secret(secret) => at.client_with_secret(&id, secret.as_ref()).await?,
            Proof::Assertion(text) => {
                let endpoint = format!("{}{BASE}/token", at.config.public_url);
                at.client_with_assertion(&id, text.expose(), &endpoint).await?
            }
        };
        let client = client.ok_or_else(unknown)?;
        // A client of a disabled app is answered as if it were not registered.
        let app = at.enabled_app(&client.app).await?.ok_or_else(unknown)?;
        Ok(Self { app, client, device: request.device(), basic, is_fetched })
    }
}

/// The id that an `Authorization: Basic` header names, and its secret.
pub(crate) fn by_basic(request: &Request) -> Option<(String, AppSecret)> {
    let (id, secret) = decode(basic(request)?)?;
    Some((id, secret?))
}

impl<E: Endpoint<Ctx = Ctx, Dialect = OauthApi>> Caller<E> for KnownClient {
    const SECURITY: &'static [Security] = &[Security::Client];
    const IN_BODY: bool = true;
    const HAS_A_COUNTER: bool = true;

    async fn identify(at: &Moment, request: &Request) -> Result<Self, OauthError> {
        Self::identify(at, request).await
    }

    fn is_found_elsewhere(at: &Moment, request: &Request) -> bool {
        let id = PresentedClient::read(request).ok().and_then(|presented| presented.id.parse().ok());
        id.is_some_and(|id| at.would_fetch(&id))
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }

    /// A client with a secret or key calls for all its users, from the address of its server. A public one proves nothing. A request whose
    /// document had to be fetched is counted by address: one server can have a document with a key for every request.
    fn counted(&self, config: &Config) -> Option<Counted> {
        let subject = || Subject::of_client(OauthApi::NAME, &self.client.id);
        let is_own = !self.client.public && !self.is_fetched;
        is_own.then(|| Counted { subject: subject(), quota: *config.rate_limit_client })
    }

    fn origins(&self) -> &[String] {
        &self.client.origins
    }
}
