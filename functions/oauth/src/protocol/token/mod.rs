//! Exchange a code or a refresh token for an access token: `docs/api/oauth.md#token`.

mod code;
mod refresh;

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route, form_schema};
use serde_json::{Value, json};
use shared::oauth::access_token::{Rights, TokenId};
use shared::oauth::memento::MementoId;
use shared::oauth::scope::Scope;
use shared::secret::Secret;
use shared::session::refresh::RefreshToken;
use shared::store::Standing;

pub use self::code::CodeBody;
pub use self::refresh::RefreshBody;

use crate::protocol::client::KnownClient;
use crate::protocol::details::{self, Details, NotDetails};
use crate::protocol::params::Params;
use crate::protocol::wire::{OauthApi, OauthError};

/// `POST /api/v1/auth/oauth2/token`: exchanges what the client has for an access token and a refresh token.
#[derive(Clone, Copy, Debug)]
pub struct Token;

/// What the client has.
#[derive(Debug)]
pub enum TokenBody {
    /// `grant_type=authorization_code`, or none with a `code`.
    Code(CodeBody),
    /// `grant_type=refresh_token`.
    Refresh(RefreshBody),
}

/// The tokens that a code or a refresh token was exchanged for.
#[derive(Debug)]
struct Exchanged {
    standing: Standing,
    refresh: RefreshToken,
    /// What this access token allows.
    scope: Scope,
    /// The mementos that it is narrowed to, where the request says so.
    narrowed: Option<Vec<MementoId>>,
    /// Whether the request had details, so that the answer has them, too (RFC 9396 §7).
    detailed: bool,
}

impl Endpoint for Token {
    const ROUTE: Route = Route::post("oauth-token", "/api/v1/auth/oauth2/token");
    const SUMMARY: &'static str = "Exchange an authorization code or a refresh token for an access token.";
    const ERRORS: &'static [OauthError] = &[
        OauthError::InvalidRequest("The code is missing."),
        OauthError::InvalidClient { basic: true },
        OauthError::InvalidGrant,
        OauthError::UnsupportedGrantType,
        OauthError::InvalidScope,
        OauthError::InvalidDetails("The one type is memento."),
        OauthError::BodyTooLarge,
    ];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = OauthApi;
    type Ctx = Ctx;
    type Caller = KnownClient;
    type Input = TokenBody;
    type Output = Tokens;

    /// Exchanged before the gate: a refusal keeps the tokens back, and what the client has stays as good as it was.
    async fn call(
        at: &Moment,
        caller: KnownClient,
        body: TokenBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Tokens>, OauthError> {
        let given = match body {
            TokenBody::Code(body) => code::exchange(at, &caller, body).await?,
            TokenBody::Refresh(body) => refresh::exchange(at, &caller, body).await?,
        };
        let pass = gate.pass().await?;
        at.note_grant_use(&caller.app.id, &given.standing).await;
        Ok(pass.give(given.tokens(at, &caller).await?))
    }
}

impl Exchanged {
    async fn tokens(self, at: &Moment, caller: &KnownClient) -> Result<Tokens, OauthError> {
        let Self { standing: Standing { session, delegation, mut grant, .. }, refresh, scope, narrowed, detailed } =
            self;
        let (app, ring) = (&caller.app, at.ring().await?);
        let id = TokenId::draw(&at.random);
        let rights = Rights { id, client: &caller.client.id, scope: &scope, mementos: narrowed.as_deref() };
        let access = rights.token(&session, app, &at.config.issuer(&app.id), ring, at.now)?;
        let details = detailed || delegation.details;
        grant.mementos = narrowed.unwrap_or(grant.mementos);
        Ok(Tokens {
            access,
            expires_in: session.transport.access().0.min(session.end().since(at.now).0),
            refresh: refresh.write_for(&caller.client.id, &app.id, ring),
            scope,
            details: details.then(|| details::of(&grant)),
        })
    }
}

/// What the request wants of what was granted; `None`: all that the user picked, whatever that is by then.
fn narrow(details: Option<&Details>, standing: &Standing) -> Result<Option<Vec<MementoId>>, NotDetails> {
    let Some(details) = details else { return Ok(None) };
    let narrowed = standing.grant.narrowed_to(&details.named)?;
    Ok((!details.unnamed).then_some(narrowed))
}

impl Input<Token> for TokenBody {
    fn parse(request: &Request) -> Result<Self, OauthError> {
        let params = Params::read(request)?;
        match (params.text("grant_type"), params.text("code")) {
            (Some("authorization_code"), _) | (None, Some(_)) => Ok(Self::Code(CodeBody::read(&params)?)),
            (Some("refresh_token"), _) => Ok(Self::Refresh(RefreshBody::read(&params)?)),
            (Some(_), _) => Err(OauthError::UnsupportedGrantType),
            (None, None) => Err(OauthError::InvalidRequest("The grant_type is missing.")),
        }
    }

    fn schema() -> Option<Value> {
        let optional = [
            "grant_type",
            "client_id",
            "client_secret",
            "code",
            "redirect_uri",
            "code_verifier",
            "refresh_token",
            "scope",
            "authorization_details",
        ];
        Some(form_schema(&[], &optional))
    }
}

/// `{"access_token", "token_type", "expires_in", "refresh_token", "scope"}`
#[derive(Debug)]
pub struct Tokens {
    access: Secret<String>,
    expires_in: i64,
    refresh: Secret<String>,
    scope: Scope,
    details: Option<Value>,
}

impl Output for Tokens {
    fn answer(self) -> Answer {
        let mut body = json!({
            "access_token": self.access.expose(),
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": self.refresh.expose(),
            "scope": self.scope.to_string(),
        });
        if let Some(details) = self.details {
            body["authorization_details"] = details;
        }
        Answer::json(200, &body).with("pragma", "no-cache")
    }

    fn schema() -> Value {
        let text = || json!({"type": "string"});
        json!({
            "type": "object",
            "required": ["access_token", "token_type", "expires_in", "refresh_token", "scope"],
            "properties": {
                "access_token": text(),
                "token_type": {"const": "Bearer"},
                "expires_in": {"type": "integer"},
                "refresh_token": text(),
                "scope": text(),
                "authorization_details": {"type": "array", "items": {"type": "object"}},
            },
        })
    }
}
