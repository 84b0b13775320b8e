//! Metadata of the authorization server (RFC 8414), OpenID Connect discovery and the JWK set (RFC 7517):
//! `docs/api/oauth.md#metadata-and-keys`.
//!
//! Clients look for the one document at three places, as the two standards put it elsewhere for an issuer with a path.

use runtime::{Admitted, Anyone, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::app::registration::Registration;
use shared::id::AppId;
use shared::oauth::claims::Claim;
use shared::oauth::scope::Scope;
use shared::session::method::Class;
use shared::token::{Algorithm, jwks};

use crate::protocol::authorize::ResponseMode;
use crate::protocol::document::{Document, Known};
use crate::protocol::wire::{OauthDocuments, OauthError};
use crate::protocol::{BASE, details, token};

const FUNCTION: &str = "oauth-metadata";

/// `GET /.well-known/oauth-authorization-server`, and as `OPENID` `GET /.well-known/openid-configuration`
#[derive(Clone, Copy, Debug)]
pub struct Metadata<const OPENID: bool = false>;

impl<const OPENID: bool> Endpoint for Metadata<OPENID> {
    const ROUTE: Route = if OPENID {
        Route::get("openid-configuration", "/.well-known/openid-configuration").of(FUNCTION)
    } else {
        Route::get("oauth-metadata", "/.well-known/oauth-authorization-server")
    };
    const SUMMARY: &'static str = if OPENID {
        "Show the same metadata at the address of OpenID Connect."
    } else {
        "Show the metadata of the authorization server."
    };
    const ERRORS: &'static [OauthError] = &[];
    type Dialect = OauthDocuments;
    type Ctx = Ctx;
    type Caller = Anyone;
    type Input = Known;
    type Output = Document;

    async fn call(at: &Moment, _: Anyone, known: Known, gate: Gate<'_>) -> Result<Admitted<Document>, OauthError> {
        let mut document = of_issuer(at, &at.config.public_url);
        // Nothing says of which app a client is that nobody registered: it is of the one that the pages are bound to.
        let app = at.enabled_app(&at.config.browser.app).await?;
        let takes_documents = app.as_ref().is_some_and(|app| app.policy.client_documents);
        document["client_id_metadata_document_supported"] = json!(takes_documents);
        if app.is_some_and(|app| app.policy.registration != Registration::Off) {
            document["registration_endpoint"] = json!(format!("{}{BASE}/register", at.config.public_url));
        }
        Ok(gate.pass().await?.give(known.or(&document)))
    }
}

/// `GET /.well-known/oauth-authorization-server/apps/{app}`: where RFC 8414 §3.1 has the document of an issuer with a path; as
/// `OPENID` `GET /.well-known/openid-configuration/apps/{app}`, where clients look that append to the word instead.
#[derive(Clone, Copy, Debug)]
pub struct AppMetadata<const OPENID: bool = false>;

/// `GET /apps/{app}/.well-known/openid-configuration`: where OpenID Connect Discovery §4.1 has it.
#[derive(Clone, Copy, Debug)]
pub struct IssuerConfiguration;

/// `{app}`
#[derive(Debug)]
pub struct AppInPath {
    app: AppId,
    known: Known,
}

impl<const OPENID: bool> Endpoint for AppMetadata<OPENID> {
    const ROUTE: Route = if OPENID {
        Route::get("openid-app-configuration", "/.well-known/openid-configuration/apps/{app}").of(FUNCTION)
    } else {
        Route::get("oauth-app-metadata", "/.well-known/oauth-authorization-server/apps/{app}").of(FUNCTION)
    };
    const SUMMARY: &'static str = "Show the metadata for another app, which is an issuer of its own.";
    const ERRORS: &'static [OauthError] = &[OauthError::UnknownIssuer];
    type Dialect = OauthDocuments;
    type Ctx = Ctx;
    type Caller = Anyone;
    type Input = AppInPath;
    type Output = Document;

    async fn call(at: &Moment, _: Anyone, asked: AppInPath, gate: Gate<'_>) -> Result<Admitted<Document>, OauthError> {
        let document = asked.document(at).await?;
        Ok(gate.pass().await?.give(document))
    }
}

impl Endpoint for IssuerConfiguration {
    const ROUTE: Route =
        Route::get("openid-issuer-configuration", "/apps/{app}/.well-known/openid-configuration").of(FUNCTION);
    const SUMMARY: &'static str = "Show the same metadata at the issuer's own address.";
    const ERRORS: &'static [OauthError] = &[OauthError::UnknownIssuer];
    type Dialect = OauthDocuments;
    type Ctx = Ctx;
    type Caller = Anyone;
    type Input = AppInPath;
    type Output = Document;

    async fn call(at: &Moment, _: Anyone, asked: AppInPath, gate: Gate<'_>) -> Result<Admitted<Document>, OauthError> {
        let document = asked.document(at).await?;
        Ok(gate.pass().await?.give(document))
    }
}

impl AppInPath {
    /// The document of the app's issuer. An app without clients is answered as one that does not exist.
    async fn document(self, at: &Moment) -> Result<Document, OauthError> {
        // The deployment itself is the issuer of that one.
        if self.app == *at.config.browser.app {
            return Err(OauthError::UnknownIssuer);
        }
        let app = at.enabled_app(&self.app).await?.filter(|app| app.has_clients).ok_or(OauthError::UnknownIssuer)?;
        Ok(self.known.or(&of_issuer(at, &at.config.issuer(&app.id))))
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = OauthDocuments>> Input<E> for AppInPath {
    fn parse(request: &Request) -> Result<Self, OauthError> {
        let app = request.path("app").and_then(|id| id.parse().ok());
        app.map(|app| Self { app, known: Known::of(request) }).ok_or(OauthError::UnknownIssuer)
    }

    fn schema() -> Option<Value> {
        None
    }
}

/// All issuers of a deployment share its endpoints and its keys: a client's id says of which app it is.
fn of_issuer(at: &Moment, issuer: &str) -> Value {
    let url = &at.config.public_url;
    let at = |operation: &str| format!("{url}{BASE}/{operation}");
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    let algorithms = Algorithm::ASYMMETRIC.map(Algorithm::name);
    let claims = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid", "azp"];
    let claims: Vec<_> = claims.into_iter().chain(Claim::ALL.map(Claim::name)).collect();
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "end_session_endpoint": at("logout"),
        "revocation_endpoint": at("revoke"),
        "introspection_endpoint": at("introspect"),
        "device_authorization_endpoint": at("device_authorization"),
        "jwks_uri": format!("{url}/.well-known/jwks.json"),
        "scopes_supported": Scope::OURS,
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::NAMES,
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", token::DEVICE_GRANT_TYPE],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "acr_values_supported": Class::ALL.map(Class::name),
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claim_types_supported": ["normal"],
        "claims_supported": claims,
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
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
    })
}

/// `GET /.well-known/jwks.json`
#[derive(Clone, Copy, Debug)]
pub struct Jwks;

impl Endpoint for Jwks {
    const ROUTE: Route = Route::get("oauth-jwks", "/.well-known/jwks.json").of(FUNCTION);
    const SUMMARY: &'static str =
        "Show the public keys of access tokens and ID tokens: the current, the next and the previous one.";
    const ERRORS: &'static [OauthError] = &[];
    type Dialect = OauthDocuments;
    type Ctx = Ctx;
    type Caller = Anyone;
    type Input = Known;
    type Output = Document;

    async fn call(at: &Moment, _: Anyone, known: Known, gate: Gate<'_>) -> Result<Admitted<Document>, OauthError> {
        let keys = jwks::set(at.ring().await?, at.now)?;
        Ok(gate.pass().await?.give(known.or(&keys)))
    }
}
