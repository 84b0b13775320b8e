//! Which authorization server a client asks for tokens for our own resource API (RFC 9728):
//! `docs/api/oidc.md#protected-resource`.

use runtime::{Admitted, Anyone, Ctx, Endpoint, Gate, Moment, Route};
use serde_json::{Value, json};
use shared::token::jwt;

use crate::protocol::document::{Document, Known};
use crate::protocol::wire::{OauthDocuments, OauthError};

/// Where the document is that a 401 of the resource API names.
pub(crate) const PATH: &str = "/.well-known/oauth-protected-resource/api";

/// `GET /.well-known/oauth-protected-resource`, and as `OF_API` the same with `/api`, where RFC 9728 §3.1 has it for the
/// resource that tokens are for.
#[derive(Clone, Copy, Debug)]
pub struct ProtectedResource<const OF_API: bool>;

impl<const OF_API: bool> Endpoint for ProtectedResource<OF_API> {
    const ROUTE: Route = if OF_API {
        Route::get("oauth-protected-resource-api", PATH).of("oauth-metadata")
    } else {
        Route::get("oauth-protected-resource", "/.well-known/oauth-protected-resource").of("oauth-metadata")
    };
    const SUMMARY: &'static str = "Show which authorization server issues tokens for the resource API.";
    const ERRORS: &'static [OauthError] = &[];
    type Dialect = OauthDocuments;
    type Ctx = Ctx;
    type Caller = Anyone;
    type Input = Known;
    type Output = Document;

    async fn call(at: &Moment, _: Anyone, known: Known, gate: Gate<'_>) -> Result<Admitted<Document>, OauthError> {
        Ok(gate.pass().await?.give(known.or(&of_issuer(&at.config.public_url))))
    }
}

fn of_issuer(issuer: &str) -> Value {
    json!({
        "resource": jwt::resource(issuer),
        "authorization_servers": [issuer],
        "scopes_supported": ["mementos", "profile", "email"],
        "bearer_methods_supported": ["header"],
    })
}
