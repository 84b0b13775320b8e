//! What there is (RFC 8414), and the keys that verify (RFC 7517): `docs/api/oauth.md#metadata-and-keys`.

use runtime::{Admitted, Answer, Anyone, Ctx, Endpoint, Gate, Input, Moment, NoInput, Output, Request, Route};
use serde_json::{Value, json};
use shared::id::AppId;
use shared::oauth::scope::Scope;
use shared::token::{Algorithm, jwks};

use crate::protocol::BASE;
use crate::protocol::details;
use crate::protocol::token;
use crate::protocol::wire::{OauthDocuments, OauthError};

const FUNCTION: &str = "oauth-metadata";

/// For both documents: shorter than a key is published before it signs, even after a function's own five minutes.
const CACHE: &str = "public, max-age=300";

/// `GET /.well-known/oauth-authorization-server`
#[derive(Clone, Copy, Debug)]
pub struct Metadata;

/// A public document, cached for minutes.
#[derive(Debug)]
pub struct PublicDocument(Value);

impl Endpoint for Metadata {
    const ROUTE: Route = Route::get("oauth-metadata", "/.well-known/oauth-authorization-server");
    const SUMMARY: &'static str = "What this authorization server can do, and where.";
    const ERRORS: &'static [OauthError] = &[];
    type Dialect = OauthDocuments;
    type Ctx = Ctx;
    type Caller = Anyone;
    type Input = NoInput;
    type Output = PublicDocument;

    async fn call(at: &Moment, _: Anyone, _: NoInput, gate: Gate<'_>) -> Result<Admitted<PublicDocument>, OauthError> {
        Ok(gate.pass().await?.give(PublicDocument::of(at, &at.config.public_url)))
    }
}

/// `GET /.well-known/oauth-authorization-server/apps/{app}`: where RFC 8414 §3.1 has the document of an issuer with a path.
#[derive(Clone, Copy, Debug)]
pub struct AppMetadata;

/// `{app}`
#[derive(Debug)]
pub struct AppInPath(AppId);

impl Endpoint for AppMetadata {
    const ROUTE: Route =
        Route::get("oauth-app-metadata", "/.well-known/oauth-authorization-server/apps/{app}").of(FUNCTION);
    const SUMMARY: &'static str =
        "The same for the clients of one of the deployment's other apps, whose issuer is its own.";
    const ERRORS: &'static [OauthError] = &[OauthError::UnknownIssuer];
    type Dialect = OauthDocuments;
    type Ctx = Ctx;
    type Caller = Anyone;
    type Input = AppInPath;
    type Output = PublicDocument;

    async fn call(
        at: &Moment,
        _: Anyone,
        AppInPath(id): AppInPath,
        gate: Gate<'_>,
    ) -> Result<Admitted<PublicDocument>, OauthError> {
        // The deployment itself is the issuer of that one.
        if id == *at.config.browser.app {
            return Err(OauthError::UnknownIssuer);
        }
        let app = at.enabled_app(&id).await?.ok_or(OauthError::UnknownIssuer)?;
        Ok(gate.pass().await?.give(PublicDocument::of(at, &at.config.issuer(&app.id))))
    }
}

impl Input<AppMetadata> for AppInPath {
    fn parse(request: &Request) -> Result<Self, OauthError> {
        let app = request.path("app").and_then(|id| id.parse().ok());
        app.map(Self).ok_or(OauthError::UnknownIssuer)
    }

    fn schema() -> Option<Value> {
        None
    }
}

impl PublicDocument {
    /// All issuers of a deployment share its endpoints and its keys: a client's id says of which app it is.
    fn of(at: &Moment, issuer: &str) -> Self {
        let url = &at.config.public_url;
        let at = |operation: &str| format!("{url}{BASE}/{operation}");
        let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
        let algorithms = Algorithm::ASYMMETRIC.map(Algorithm::name);
        Self(json!({
            "issuer": issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "revocation_endpoint": at("revoke"),
            "introspection_endpoint": at("introspect"),
            "device_authorization_endpoint": at("device_authorization"),
            "jwks_uri": format!("{url}/.well-known/jwks.json"),
            "scopes_supported": Scope::OURS,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", token::DEVICE_GRANT_TYPE],
            "token_endpoint_auth_methods_supported": [methods[0], methods[1], methods[2], "none"],
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "revocation_endpoint_auth_methods_supported": [methods[0], methods[1], methods[2], "none"],
            "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
            "introspection_endpoint_auth_methods_supported": methods,
            "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "authorization_details_types_supported": [details::TYPE],
            "ui_locales_supported": ["zh", "en"],
        }))
    }
}

/// `GET /.well-known/jwks.json`
#[derive(Clone, Copy, Debug)]
pub struct Jwks;

impl Endpoint for Jwks {
    const ROUTE: Route = Route::get("oauth-jwks", "/.well-known/jwks.json").of(FUNCTION);
    const SUMMARY: &'static str = "The keys that verify access tokens: the current, the next and the one before.";
    const ERRORS: &'static [OauthError] = &[];
    type Dialect = OauthDocuments;
    type Ctx = Ctx;
    type Caller = Anyone;
    type Input = NoInput;
    type Output = PublicDocument;

    async fn call(at: &Moment, _: Anyone, _: NoInput, gate: Gate<'_>) -> Result<Admitted<PublicDocument>, OauthError> {
        let keys = jwks::set(at.ring().await?)?;
        Ok(gate.pass().await?.give(PublicDocument(keys)))
    }
}

impl Output for PublicDocument {
    fn answer(self) -> Answer {
        Answer::json(200, &self.0).with("cache-control", CACHE)
    }

    fn schema() -> Value {
        json!({"type": "object"})
    }
}
