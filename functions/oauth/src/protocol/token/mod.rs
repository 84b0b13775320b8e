//! Exchange a code or a refresh token for an access token: `docs/api/oauth.md#token`.

mod code;
mod device;
mod id;
mod machine;
mod refresh;

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route, form_schema};
use serde_json::{Value, json};
use shared::app::resource::{Target, UnknownTarget};
use shared::oauth::access_token::{Rights, TokenId};
use shared::oauth::memento::MementoId;
use shared::oauth::scope::Scope;
use shared::secret::Secret;
use shared::session::refresh::RefreshToken;
use shared::store::Standing;
use shared::token::jwt;

pub use self::code::CodeBody;
pub use self::device::DeviceCodeBody;
pub(crate) use self::device::GRANT_TYPE as DEVICE_GRANT_TYPE;
pub use self::machine::MachineBody;
pub use self::refresh::RefreshBody;

use self::id::Repeated;
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
    /// `grant_type=urn:ietf:params:oauth:grant-type:device_code`.
    Device(DeviceCodeBody),
    /// `grant_type=client_credentials`.
    Machine(MachineBody),
}

/// The tokens that a code or a refresh token was exchanged for.
#[derive(Debug)]
struct Exchanged<'a> {
    standing: Standing,
    refresh: RefreshToken,
    /// Where this access token is for.
    target: Target<'a>,
    /// What it allows.
    scope: Scope,
    /// The mementos that it is narrowed to, where the request says so.
    narrowed: Option<Vec<MementoId>>,
    /// Whether the request had details, so that the answer has them, too (RFC 9396 §7).
    detailed: bool,
    /// Whether an ID token comes beside it.
    signs_in: bool,
    /// What the ID token repeats of the request that the code answered.
    repeated: Repeated,
}

impl Endpoint for Token {
    const ROUTE: Route = Route::post("oauth-token", "/api/v1/auth/oauth2/token");
    const SUMMARY: &'static str =
        "Exchange an authorization code or a refresh token, or a client's own credentials, for an access token.";
    const ERRORS: &'static [OauthError] = &[
        OauthError::InvalidRequest("The code is missing."),
        OauthError::InvalidClient { basic: true },
        OauthError::InvalidGrant,
        OauthError::AuthorizationPending,
        OauthError::SlowDown,
        OauthError::ExpiredToken,
        OauthError::AccessDenied,
        OauthError::UnauthorizedClient,
        OauthError::UnsupportedGrantType,
        OauthError::InvalidScope,
        OauthError::InvalidDetails("The type must be memento."),
        OauthError::InvalidTarget,
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
            TokenBody::Device(body) => device::exchange(at, &caller, body).await?,
            TokenBody::Machine(body) => {
                let tokens = machine::issue(at, &caller, body).await?;
                return Ok(gate.pass().await?.give(tokens));
            }
        };
        let pass = gate.pass().await?;
        at.note_client_use(&caller.client).await;
        at.note_grant_use(&caller.app.id, &given.standing).await;
        Ok(pass.give(given.tokens(at, &caller).await?))
    }
}

impl Exchanged<'_> {
    async fn tokens(self, at: &Moment, caller: &KnownClient) -> Result<Tokens, OauthError> {
        let Self { standing, refresh, target, scope, narrowed, detailed, signs_in, repeated } = self;
        let (app, ring, session) = (&caller.app, at.ring().await?, &standing.session);
        let id = TokenId::draw(&at.random);
        let rights = Rights {
            id,
            client: &caller.client.id,
            scope: &scope,
            mementos: narrowed.as_deref(),
            target,
            roles: &standing.user.roles,
        };
        let access = rights.token(session, app, &at.config.issuer(&app.id), ring, at.now)?;
        let id_token = if signs_in { Some(id::token(at, caller, &standing, repeated, &access).await?) } else { None };
        let Standing { session, delegation, mut grant, .. } = standing;
        let details = detailed || delegation.details;
        grant.mementos = narrowed.unwrap_or(grant.mementos);
        Ok(Tokens {
            access,
            id_token,
            expires_in: session.transport.access().0.min(session.end().since(at.now).0),
            refresh: Some(refresh.write_for(&caller.client.id, &app.id, ring)),
            scope,
            details: details.then(|| details::of(&grant)),
        })
    }
}

/// Where the token is for, of what the user was asked about.
fn target<'a>(
    at: &Moment,
    caller: &'a KnownClient,
    presented: Option<&str>,
    granted: &[String],
) -> Result<Target<'a>, UnknownTarget> {
    let (app, ours) = (&caller.app, jwt::resource(&at.config.issuer(&caller.app.id)));
    Target::of_token(presented, granted, &ours, &app.policy.resources)
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
            (Some(device::GRANT_TYPE), _) => Ok(Self::Device(DeviceCodeBody::read(&params)?)),
            (Some("client_credentials"), _) => Ok(Self::Machine(MachineBody::read(&params))),
            (Some(_), _) => Err(OauthError::UnsupportedGrantType),
            (None, None) => Err(OauthError::InvalidRequest("The grant_type is missing.")),
        }
    }

    fn schema() -> Option<Value> {
        let optional = [
            "grant_type",
            "client_id",
            "client_secret",
            "client_assertion_type",
            "client_assertion",
            "code",
            "redirect_uri",
            "code_verifier",
            "refresh_token",
            "device_code",
            "scope",
            "authorization_details",
            "resource",
        ];
        Some(form_schema(&[], &optional))
    }
}

/// `{"access_token", "token_type", "expires_in", "refresh_token", "scope"}`, the refresh token where a user is involved.
#[derive(Debug)]
pub struct Tokens {
    access: Secret<String>,
    id_token: Option<Secret<String>>,
    expires_in: i64,
    /// None of a client that acts for itself.
    refresh: Option<Secret<String>>,
    scope: Scope,
    details: Option<Value>,
}

impl Output for Tokens {
    fn answer(self) -> Answer {
        let mut body = json!({
            "access_token": self.access.expose(),
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": self.scope.to_string(),
        });
        if let Some(refresh) = &self.refresh {
            body["refresh_token"] = json!(refresh.expose());
        }
        if let Some(token) = self.id_token {
            body["id_token"] = json!(token.expose());
        }
        if let Some(details) = self.details {
            body["authorization_details"] = details;
        }
        Answer::json(200, &body).with("pragma", "no-cache")
    }

    fn schema() -> Value {
        let text = || json!({"type": "string"});
        json!({
            "type": "object",
            "required": ["access_token", "token_type", "expires_in", "scope"],
            "properties": {
                "access_token": text(),
                "token_type": {"const": "Bearer"},
                "expires_in": {"type": "integer"},
                "refresh_token": text(),
                "scope": text(),
                "id_token": text(),
                "authorization_details": {"type": "array", "items": {"type": "object"}},
            },
        })
    }
}
