//! Who signed in (OpenID Connect Core §5.3): `docs/api/oidc.md#userinfo`.

use std::sync::Arc;

use runtime::{
    Admitted, Answer, Caller, Cors, Ctx, Dialect, Endpoint, Gate, Input, Moment, Output, Request, Route, Security,
};
use serde_json::{Map, Value, json};
use shared::config::{Config, Origins};
use shared::id::AppId;
use shared::limit::Quota;
use shared::oauth::access_token::AccessToken;
use shared::oauth::claims::{self, Claim};
use shared::oauth::openid;
use shared::store::Standing;
use shared::token::InvalidToken;

use crate::protocol::wire::OauthApi;
use crate::resources::{ResourceError, Resources};

const PATH: &str = "/api/v1/auth/oauth2/userinfo";
const FUNCTION: &str = "oauth-userinfo";

/// The dialect of resources, for pages of the origins that the client registered.
#[derive(Clone, Copy, Debug)]
pub struct ForClients;

impl Dialect for ForClients {
    const NAME: &'static str = Resources::NAME;
    type Error = ResourceError;
    const CORS_HEADERS: &'static str = "authorization, content-type";
    const RESOURCE_METADATA: Option<&'static str> = Resources::RESOURCE_METADATA;

    fn quota(config: &Config) -> Quota {
        OauthApi::quota(config)
    }

    fn cors(_: &Origins) -> Cors<'_> {
        Cors::Callers
    }
}

/// `GET /api/v1/auth/oauth2/userinfo`, and as `POSTED` the same by `POST`.
#[derive(Clone, Copy, Debug)]
pub struct UserInfo<const POSTED: bool>;

/// A client with an access token of OpenID Connect.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    app: AppId,
    origins: Vec<String>,
    standing: Arc<Standing>,
    /// What the token allows.
    claims: Vec<Claim>,
}

impl<const POSTED: bool> Endpoint for UserInfo<POSTED> {
    const ROUTE: Route =
        if POSTED { Route::post("oauth-userinfo-post", PATH).of(FUNCTION) } else { Route::get("oauth-userinfo", PATH) };
    const SUMMARY: &'static str = "Show who signed in: the claims of the access token's scopes.";
    const ERRORS: &'static [ResourceError] = &[
        ResourceError::NoToken,
        ResourceError::InvalidToken(InvalidToken::Unknown),
        ResourceError::MissingScope(openid::SCOPE),
    ];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = ForClients;
    type Ctx = Ctx;
    type Caller = RelyingParty;
    type Input = NoParameters;
    type Output = Claims;

    async fn call(
        _: &Moment,
        caller: RelyingParty,
        _: NoParameters,
        gate: Gate<'_>,
    ) -> Result<Admitted<Claims>, ResourceError> {
        let user = &caller.standing.user;
        let mut told = claims::of(user, caller.claims.iter().copied());
        told.insert("sub".to_owned(), json!(user.id.to_string()));
        Ok(gate.pass().await?.give(Claims(told)))
    }
}

impl RelyingParty {
    async fn meet(at: &Moment, request: &Request) -> Result<Self, ResourceError> {
        let form = request.form();
        // A form may carry the token instead (RFC 6750 §2.2); two of them are no answer to whose.
        let token = match (request.bearer(), form.one("access_token").ok().flatten()) {
            (Some(token), None) => token,
            (None, Some(token)) if request.method() == "POST" && !request.bears() => token,
            (Some(_), Some(_)) => return Err(ResourceError::InvalidToken(InvalidToken::Unknown)),
            (None, _) if request.bears() => return Err(ResourceError::InvalidToken(InvalidToken::Unknown)),
            (None, _) => return Err(ResourceError::NoToken),
        };
        let ring = at.ring().await?;
        let token = AccessToken::verify(token, |issuer| at.config.app_of(issuer), ring, at.now)
            .map_err(ResourceError::InvalidToken)?;
        let AccessToken { app, bearer, client, scope, .. } = token;
        let (known, record, standing) = tokio::join!(
            at.client(&client),
            at.enabled_app(&app),
            at.store.delegated_standing(&app, &bearer, &client, at.now)
        );
        let (Some(client), Some(_)) = (known?, record?) else {
            return Err(ResourceError::InvalidToken(InvalidToken::Unknown));
        };
        let standing = standing?;
        if !scope.contains(openid::SCOPE) {
            return Err(ResourceError::MissingScope(openid::SCOPE));
        }
        Ok(Self {
            app,
            origins: client.origins.clone(),
            claims: claims::given(&scope, &standing.delegation.claims.userinfo),
            standing: Arc::new(standing),
        })
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = ForClients>> Caller<E> for RelyingParty {
    const SECURITY: &'static [Security] = &[Security::Bearer];
    const IN_BODY: bool = true;

    async fn identify(at: &Moment, request: &Request) -> Result<Self, ResourceError> {
        Self::meet(at, request).await
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.as_str())
    }

    fn origins(&self) -> &[String] {
        &self.origins
    }
}

/// Nothing but the token, which is the caller's.
#[derive(Clone, Copy, Debug)]
pub struct NoParameters;

impl<const POSTED: bool> Input<UserInfo<POSTED>> for NoParameters {
    fn parse(_: &Request) -> Result<Self, ResourceError> {
        Ok(Self)
    }

    fn schema() -> Option<Value> {
        POSTED.then(|| runtime::form_schema(&[], &["access_token"]))
    }
}

/// `{"sub", …}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims(Map<String, Value>);

impl Output for Claims {
    fn answer(self) -> Answer {
        Answer::json(200, &self.0)
    }

    fn schema() -> Value {
        let mut members: Map<_, _> = Claim::ALL
            .into_iter()
            .map(|claim| {
                let schema = match claim {
                    Claim::EmailVerified | Claim::PhoneNumberVerified => json!({"type": "boolean"}),
                    Claim::UpdatedAt => json!({"type": "integer", "format": "int64"}),
                    Claim::Roles => json!({"type": "array", "items": {"type": "string"}}),
                    _ => json!({"type": "string"}),
                };
                (claim.name().to_owned(), schema)
            })
            .collect();
        members.insert("sub".to_owned(), json!({"type": "string"}));
        json!({"type": "object", "required": ["sub"], "properties": members})
    }
}
