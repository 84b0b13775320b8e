//! The client that a request describes (RFC 7591 §2).

use runtime::{Endpoint, Input, Request};
use serde_json::{Value, json};
use shared::oauth::document::Metadata;

use crate::protocol::wire::{OauthApi, OauthError};

/// What a client says of itself.
#[derive(Debug)]
pub struct WantedClient(pub(super) Metadata);

impl<E: Endpoint<Dialect = OauthApi>> Input<E> for WantedClient {
    fn parse(request: &Request) -> Result<Self, OauthError> {
        let unreadable = OauthError::InvalidClientMetadata("The body must be a JSON object of client metadata.");
        Metadata::parse(request.body()).map(Self).map_err(|_| unreadable)
    }

    fn schema() -> Option<Value> {
        let (text, texts) = (json!({"type": "string"}), json!({"type": "array", "items": {"type": "string"}}));
        Some(json!({
            "type": "object",
            "required": ["redirect_uris"],
            "properties": {
                "redirect_uris": texts,
                "client_id": text,
                "client_name": text,
                "client_uri": text,
                "logo_uri": text,
                "scope": text,
                "token_endpoint_auth_method": text,
                "jwks_uri": text,
                "jwks": {"type": "object"},
                "post_logout_redirect_uris": texts,
                "id_token_signed_response_alg": text,
            },
        }))
    }
}
