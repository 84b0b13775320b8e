//! Which client calls, and how it proves that (RFC 6749 §2.3).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::{Caller, Ctx, Endpoint, Form, Request, Security};
use shared::app::App;
use shared::app::credential::{AppSecret, StoredSecret};
use shared::oauth::client::Client;
use shared::session::device::Device;

use crate::params::Params;
use crate::wire::{OauthApi, OauthError};

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
}

/// What a request says of its sender.
struct Presented {
    id: String,
    secret: Option<String>,
    basic: bool,
}

impl Presented {
    /// By HTTP Basic or in the body, and not by both: beside Basic, the same `client_id` may stand in the body.
    fn read(request: &Request) -> Result<Self, OauthError> {
        let params = Params::read(request)?;
        let (id, secret) = (params.text("client_id"), params.text("client_secret"));
        let Some(encoded) = basic(request) else {
            let id = id.ok_or(OauthError::InvalidClient { basic: false })?.to_owned();
            return Ok(Self { id, secret: secret.map(str::to_owned), basic: false });
        };
        if secret.is_some() {
            return Err(OauthError::InvalidRequest("The client authenticates in two ways at once."));
        }
        let (basic_id, secret) = decode(encoded).ok_or(OauthError::InvalidClient { basic: true })?;
        if id.is_some_and(|id| id != basic_id) {
            return Err(OauthError::InvalidRequest("The client_id is not the one of the Authorization header."));
        }
        Ok(Self { id: basic_id, secret: Some(secret).filter(|secret| !secret.is_empty()), basic: true })
    }
}

/// The credentials of an `Authorization: Basic` header, if there is one.
fn basic(request: &Request) -> Option<&str> {
    let header = request.header("authorization")?;
    let (scheme, text) = header.split_once(' ').unwrap_or((header, ""));
    scheme.eq_ignore_ascii_case("basic").then_some(text.trim())
}

/// User and password.
fn decode(encoded: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    // Both are form-encoded first (RFC 6749 §2.3.1); our own ids and secrets are the same either way.
    let decoded = |text: &str| {
        let value = Form::read(format!("v={text}").as_bytes());
        value.one("v").ok().map(|value| value.unwrap_or_default().to_owned()).filter(|_| !text.contains('&'))
    };
    Some((decoded(id)?, decoded(secret)?))
}

impl KnownClient {
    async fn identify(ctx: &Ctx, request: &Request) -> Result<Self, OauthError> {
        let Presented { id, secret, basic } = Presented::read(request)?;
        let unknown = OauthError::InvalidClient { basic };
        let disabled = unknown.clone();
        let id = id.parse().map_err(|_| unknown.clone())?;
        let now = ctx.now();
        let client = ctx.clients.find(&ctx.store, &id, now).await?.ok_or_else(|| unknown.clone())?;
        match secret.map(|secret| AppSecret::presented(&secret)) {
            // A public client has no secret that could be right.
            None if client.public => {}
            None => return Err(unknown),
            Some(secret) => {
                let used = client.matching_secret(&secret, now).ok_or(unknown)?;
                note_use(ctx, &client, used).await;
            }
        }
        // As if it were not registered: its owner disabled the app.
        let app = ctx.apps.find(&ctx.store, &client.app, now).await?.filter(|app| !app.disabled).ok_or(disabled)?;
        Ok(Self { app, client, device: request.device(), basic })
    }
}

/// Once a day and secret. That it could not be noted is no reason to refuse the client.
async fn note_use(ctx: &Ctx, client: &Client, used: &StoredSecret) {
    let now = ctx.now();
    if used.use_is_news(now) && ctx.clients.first_use(client, used, now).await {
        let _ = ctx.store.note_client_secret_use(&client.id, used, now).await;
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = OauthApi>> Caller<E> for KnownClient {
    const SECURITY: &'static [Security] = &[Security::Client];
    const IN_BODY: bool = true;

    async fn identify(ctx: &Ctx, request: &Request) -> Result<Self, OauthError> {
        Self::identify(ctx, request).await
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }

    fn origins(&self) -> &[String] {
        &[]
    }
}
