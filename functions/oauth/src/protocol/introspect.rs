//! A resource server asks what a token is worth (RFC 7662): `docs/api/oauth.md#introspect`.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route, form_schema};
use serde_json::{Value, json};
use shared::id::AppId;
use shared::oauth::access_token::AccessToken;
use shared::secret::Secret;
use shared::session::refresh::RefreshToken;
use shared::store::{NotStanding, Standing, StoreError};

use crate::protocol::client::KnownClient;
use crate::protocol::details;
use crate::protocol::params::Params;
use crate::protocol::wire::{OauthApi, OauthError};

/// `POST /api/v1/auth/oauth2/introspect`
#[derive(Clone, Copy, Debug)]
pub struct Introspect;

/// `token`; the hint is not needed, as the two kinds of token look different.
#[derive(Debug)]
pub struct TokenInQuestion(pub(crate) Secret<String>);

/// What a token is.
#[derive(Debug)]
pub enum Introspection {
    /// Nothing that is any good: nobody is told why (RFC 7662 §2.2).
    Inactive,
    /// An access token that is alive.
    Access {
        /// The deployment.
        issuer: String,
        /// What the token says.
        token: AccessToken,
        /// What it stands for today.
        standing: Box<Standing>,
    },
    /// A refresh token of the asking client's own that could be exchanged now.
    Refresh {
        /// The deployment.
        issuer: String,
        /// What it stands for today.
        standing: Box<Standing>,
    },
}

impl Endpoint for Introspect {
    const ROUTE: Route = Route::post("oauth-introspect", "/api/v1/auth/oauth2/introspect");
    const SUMMARY: &'static str = "Ask what a token is worth now, and which mementos it opens.";
    const REFUSALS: &'static [OauthError] = &[
        OauthError::InvalidRequest("The token is missing."),
        OauthError::InvalidClient { basic: true },
        OauthError::BodyTooLarge,
    ];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    /// A resource server asks with every request that it is sent, from one address. A caller without a client's secret, of 256
    /// bits, is told nothing.
    const COUNTED: bool = false;
    type Dialect = OauthApi;
    type Ctx = Ctx;
    type Caller = KnownClient;
    type Input = TokenInQuestion;
    type Output = Introspection;

    async fn call(
        at: &Moment,
        caller: KnownClient,
        body: TokenInQuestion,
        gate: Gate<'_>,
    ) -> Result<Admitted<Introspection>, OauthError> {
        // A client that can prove nothing is told nothing (RFC 7662 §2.1).
        if caller.client.public {
            return Err(OauthError::InvalidClient { basic: caller.basic });
        }
        let found = Introspection::of(at, &caller, body.0.expose()).await?;
        Ok(gate.pass().await?.give(found))
    }
}

impl Introspection {
    async fn of(at: &Moment, caller: &KnownClient, text: &str) -> Result<Self, StoreError> {
        let (app, ring) = (&caller.app.id, at.ring().await?);
        let issuer = at.config.issuer(app);
        if let Ok(token) = AccessToken::verify(text, |issuer| at.config.app_of(issuer), ring, at.now) {
            return Self::of_access(at, app, issuer, token).await;
        }
        let Ok(token) = RefreshToken::read_of(&caller.client.id, text, app, ring) else { return Ok(Self::Inactive) };
        let standing = at.store.refreshable_standing(app, &token, &caller.client.id, at.now).await?;
        Ok(standing.map_or(Self::Inactive, |standing| Self::Refresh { issuer, standing: standing.into() }))
    }

    async fn of_access(at: &Moment, app: &AppId, issuer: String, token: AccessToken) -> Result<Self, StoreError> {
        // A resource server of one app learns nothing of another's users.
        if token.app != *app {
            return Ok(Self::Inactive);
        }
        let (client, standing) = tokio::join!(
            at.client(&token.client),
            at.store.delegated_standing(app, &token.bearer, &token.client, at.now)
        );
        match (client?, standing) {
            (Some(_), Ok(mut standing)) => {
                standing.grant = standing.grant.seen_by(token.mementos.as_deref());
                Ok(Self::Access { issuer, token, standing: standing.into() })
            }
            (None, Ok(_)) | (_, Err(NotStanding::Invalid(_))) => Ok(Self::Inactive),
            (_, Err(NotStanding::Store(error))) => Err(error),
        }
    }
}

impl TokenInQuestion {
    pub(crate) fn read(request: &Request) -> Result<Self, OauthError> {
        let params = Params::read(request)?;
        let token = params.secret("token").ok_or(OauthError::InvalidRequest("The token is missing."))?;
        Ok(Self(token))
    }

    pub(crate) fn described() -> Value {
        form_schema(&["token"], &["token_type_hint", "client_id", "client_secret"])
    }
}

impl Input<Introspect> for TokenInQuestion {
    fn parse(request: &Request) -> Result<Self, OauthError> {
        Self::read(request)
    }

    fn schema() -> Option<Value> {
        Some(Self::described())
    }
}

impl Output for Introspection {
    fn answer(self) -> Answer {
        let narrowed = matches!(&self, Self::Access { token, .. } if token.mementos.is_some());
        let (standing, mut body) = match self {
            Self::Inactive => return Answer::json(200, &json!({"active": false})),
            Self::Access { issuer, token, standing } => {
                let body = json!({
                    "active": true,
                    "token_type": "Bearer",
                    "iss": issuer,
                    "aud": token.audience,
                    "jti": token.jti,
                    "iat": token.issued.unix(),
                    "exp": token.expires.unix(),
                    "scope": token.scope.to_string(),
                });
                (standing, body)
            }
            Self::Refresh { issuer, standing } => {
                let session = &standing.session;
                let body = json!({
                    "active": true,
                    "token_type": "refresh_token",
                    "iss": issuer,
                    "iat": session.used.unix(),
                    "exp": session.end().unix(),
                    "scope": standing.delegation.scope.to_string(),
                });
                (standing, body)
            }
        };
        let Standing { delegation, user, grant, .. } = *standing;
        body["sub"] = json!(user.id.to_string());
        body["client_id"] = json!(grant.client.as_str());
        body["mementos"] = grant.mementos.iter().map(|id| json!(id.as_str())).collect();
        if narrowed || delegation.details {
            body["authorization_details"] = details::of(&grant);
        }
        Answer::json(200, &body)
    }

    fn schema() -> Value {
        let (text, number) = (|| json!({"type": "string"}), || json!({"type": "integer"}));
        json!({
            "type": "object",
            "required": ["active"],
            "properties": {
                "active": {"type": "boolean"},
                "token_type": text(),
                "iss": text(),
                "aud": text(),
                "jti": text(),
                "sub": text(),
                "client_id": text(),
                "scope": text(),
                "iat": number(),
                "exp": number(),
                "mementos": {"type": "array", "items": text()},
                "authorization_details": {"type": "array", "items": {"type": "object"}},
            },
        })
    }
}
