//! A resource server asks what a token is worth (RFC 7662): `docs/api/oauth.md#introspect`.

use std::sync::Arc;

use runtime::{
    Admitted, Answer, Caller, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route, Security, form_schema,
};
use serde_json::{Value, json};
use shared::app::App;
use shared::id::{AppId, ClientId};
use shared::oauth::access_token::{AccessToken, OwnAccess};
use shared::oauth::claims::Claim;
use shared::secret::Secret;
use shared::session::OwnToken;
use shared::session::refresh::RefreshToken;
use shared::store::{NotStanding, Standing, StoreError};

use crate::protocol::client::{KnownClient, by_basic};
use crate::protocol::details;
use crate::protocol::params::Params;
use crate::protocol::wire::{OauthApi, OauthError};

/// `POST /api/v1/auth/oauth2/introspect`
#[derive(Clone, Copy, Debug)]
pub struct Introspect;

/// `token`; the hint is not needed, as the two kinds of token look different.
#[derive(Debug)]
pub struct TokenInQuestion(pub(crate) Secret<String>);

/// Who asks.
#[derive(Debug)]
pub enum Introspector {
    /// A resource server, as a client.
    Client(KnownClient),
    /// An app's own backend, by the app's id and secret. It is told of the app's own tokens.
    App(Arc<App>),
}

impl Introspector {
    /// The app that shows its credentials by HTTP Basic.
    async fn app_of(at: &Moment, request: &Request) -> Result<Option<Self>, StoreError> {
        let Some((id, secret)) = by_basic(request) else { return Ok(None) };
        let Ok(id) = id.parse() else { return Ok(None) };
        Ok(at.app_with_secret(&id, &secret).await?.map(Self::App))
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = OauthApi>> Caller<E> for Introspector {
    const SECURITY: &'static [Security] = &[Security::Client];
    const IN_BODY: bool = true;

    /// What the id looks like decides whose credentials are looked up first.
    async fn identify(at: &Moment, request: &Request) -> Result<Self, OauthError> {
        let is_clients = by_basic(request).is_none_or(|(id, _)| id.starts_with(ClientId::PREFIX));
        if !is_clients && let Some(app) = Self::app_of(at, request).await? {
            return Ok(app);
        }
        match KnownClient::identify_registered(at, request).await {
            Ok(client) => Ok(Self::Client(client)),
            Err(refused @ OauthError::InvalidClient { .. }) if is_clients => {
                Self::app_of(at, request).await?.ok_or(refused)
            }
            Err(refused) => Err(refused),
        }
    }

    fn app(&self) -> Option<&str> {
        Some(match self {
            Self::Client(client) => client.app.id.as_str(),
            Self::App(app) => app.id.as_str(),
        })
    }
}

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
    /// A client's own token, of a client that is still registered.
    Machine {
        /// The deployment.
        issuer: String,
        /// What the token says.
        token: OwnAccess,
    },
    /// An access token of an app's own API, of a session that is alive.
    Own {
        /// The deployment.
        issuer: String,
        /// The app.
        app: AppId,
        /// What the token says.
        token: OwnToken,
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
    const SUMMARY: &'static str = "Check whether a token is valid now, and which mementos it opens.";
    const ERRORS: &'static [OauthError] = &[
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
    type Caller = Introspector;
    type Input = TokenInQuestion;
    type Output = Introspection;

    async fn call(
        at: &Moment,
        caller: Introspector,
        body: TokenInQuestion,
        gate: Gate<'_>,
    ) -> Result<Admitted<Introspection>, OauthError> {
        let found = match &caller {
            // A client that can prove nothing is told nothing (RFC 7662 §2.1).
            Introspector::Client(KnownClient { client, basic, .. }) if client.public => {
                return Err(OauthError::InvalidClient { basic: *basic });
            }
            Introspector::Client(client) => Introspection::of(at, client, body.0.expose()).await?,
            Introspector::App(app) => Introspection::of_own(at, app, body.0.expose()).await?,
        };
        Ok(gate.pass().await?.give(found))
    }
}

impl Introspection {
    async fn of(at: &Moment, caller: &KnownClient, text: &str) -> Result<Self, StoreError> {
        let (app, ring) = (&caller.app.id, at.ring().await?);
        let issuer = at.config.issuer(app);
        if let Ok(token) = AccessToken::verify_for_any_resource(text, |issuer| at.config.app_of(issuer), ring, at.now) {
            return Self::of_access(at, app, issuer, token).await;
        }
        if let Ok(token) = OwnAccess::verify(text, |issuer| at.config.app_of(issuer), ring, at.now) {
            let known = at.client(&token.client).await?.filter(|_| token.app == *app);
            return Ok(known.map_or(Self::Inactive, |_| Self::Machine { issuer, token }));
        }
        let Ok(token) = RefreshToken::read_of(&caller.client.id, text, app, ring) else { return Ok(Self::Inactive) };
        let standing = at.store.refreshable_standing(app, &token, &caller.client.id, at.now).await?;
        Ok(standing.map_or(Self::Inactive, |standing| Self::Refresh { issuer, standing: standing.into() }))
    }

    async fn of_own(at: &Moment, app: &App, text: &str) -> Result<Self, StoreError> {
        let issuer = &at.config.public_url;
        let Ok(token) = OwnToken::verify(text, app, issuer, at.ring().await?, at.now) else {
            return Ok(Self::Inactive);
        };
        match at.store.standing(&app.id, &token.bearer, token.transport, at.now).await {
            Ok(_) => Ok(Self::Own { issuer: issuer.clone(), app: app.id.clone(), token }),
            Err(NotStanding::Invalid(_)) => Ok(Self::Inactive),
            Err(NotStanding::Store(error)) => Err(error),
        }
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

/// What is told of a client's own token.
fn of_machine(issuer: &str, token: &OwnAccess) -> Answer {
    Answer::json(
        200,
        &json!({
            "active": true,
            "token_type": "Bearer",
            "iss": issuer,
            "aud": token.audience,
            "sub": token.client.as_str(),
            "client_id": token.client.as_str(),
            "jti": token.jti,
            "iat": token.issued.unix(),
            "exp": token.expires.unix(),
            "scope": token.scope.to_string(),
        }),
    )
}

impl TokenInQuestion {
    pub(crate) fn read(request: &Request) -> Result<Self, OauthError> {
        let params = Params::read(request)?;
        let token = params.secret("token").ok_or(OauthError::InvalidRequest("The token is missing."))?;
        Ok(Self(token))
    }

    pub(crate) fn described() -> Value {
        form_schema(
            &["token"],
            &["token_type_hint", "client_id", "client_secret", "client_assertion_type", "client_assertion"],
        )
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
        let (standing, scope, mut body) = match self {
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
                });
                (standing, token.scope, body)
            }
            Self::Own { issuer, app, token } => {
                return Answer::json(
                    200,
                    &json!({
                        "active": true,
                        "token_type": "Bearer",
                        "iss": issuer,
                        "aud": app.as_str(),
                        "sub": token.bearer.user.to_string(),
                        "sid": token.bearer.session.to_string(),
                        "iat": token.issued.unix(),
                        "exp": token.expires.unix(),
                    }),
                );
            }
            Self::Machine { issuer, token } => return of_machine(&issuer, &token),
            Self::Refresh { issuer, standing } => {
                let session = &standing.session;
                let body = json!({
                    "active": true,
                    "token_type": "refresh_token",
                    "iss": issuer,
                    "iat": session.used.unix(),
                    "exp": session.end().unix(),
                });
                let scope = standing.delegation.scope.clone();
                (standing, scope, body)
            }
        };
        let Standing { delegation, user, grant, .. } = *standing;
        if let Some(roles) = Claim::Roles.of(&user).filter(|_| scope.contains(Claim::Roles.scope())) {
            body[Claim::Roles.name()] = roles;
        }
        body["scope"] = json!(scope.to_string());
        body["sub"] = json!(user.id.to_string());
        body["client_id"] = json!(grant.client.as_str());
        body["mementos"] = grant.mementos.iter().map(|id| json!(id.as_str())).collect();
        if narrowed || delegation.details {
            body["authorization_details"] = details::of(&grant);
        }
        Answer::json(200, &body)
    }

    fn schema() -> Value {
        let (text, number) = (|| json!({"type": "string"}), || json!({"type": "integer", "format": "int64"}));
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
                "sid": text(),
                "client_id": text(),
                "scope": text(),
                "iat": number(),
                "exp": number(),
                "mementos": {"type": "array", "items": text()},
                "roles": {"type": "array", "items": text()},
                "authorization_details": {"type": "array", "items": {"type": "object"}},
            },
        })
    }
}
