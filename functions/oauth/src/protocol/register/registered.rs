//! The answer to a client registration (RFC 7591 §3.2.1, RFC 7592 §3).

use runtime::{Answer, Moment, Output};
use serde_json::{Value, json};
use shared::app::credential::AppSecret;
use shared::oauth::client::Client;
use shared::oauth::redirect::RedirectUri;
use shared::oauth::registration::RegistrationToken;
use shared::secret::Secret;
use shared::store::StoreError;

use super::PATH;
use crate::protocol::token::DEVICE_GRANT_TYPE;

/// A client, with what it is given once.
#[derive(Debug)]
pub struct Registered<const NEW: bool> {
    client: Client,
    secret: Option<Secret<String>>,
    token: Secret<String>,
    url: String,
}

impl<const NEW: bool> Registered<NEW> {
    pub(super) async fn of(at: &Moment, client: Client, secret: Option<AppSecret>) -> Result<Self, StoreError> {
        let token = RegistrationToken::of(&client, at.ring().await?);
        let url = format!("{}{PATH}/{}", at.config.public_url, client.id);
        Ok(Self { client, secret: secret.map(|secret| Secret::new(secret.reveal())), token, url })
    }
}

impl<const NEW: bool> Output for Registered<NEW> {
    const STATUS: u16 = if NEW { 201 } else { 200 };

    fn answer(self) -> Answer {
        let Self { client, secret, token, url } = self;
        let method = match (client.public, client.policy.has_keys()) {
            (true, _) => "none",
            (false, true) => "private_key_jwt",
            (false, false) => "client_secret_basic",
        };
        let mut body = json!({
            "client_id": client.id.as_str(),
            "client_id_issued_at": client.created.unix(),
            "client_name": client.name,
            "redirect_uris": client.redirect_uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>(),
            "token_endpoint_auth_method": method,
            "grant_types": ["authorization_code", "refresh_token", DEVICE_GRANT_TYPE],
            "response_types": ["code"],
            "id_token_signed_response_alg": client.openid.id_token_algorithm.name(),
            "scope": client.default_scope.to_string(),
            "registration_client_uri": url,
            "registration_access_token": token.expose(),
        });
        // A client replaces its registration by what it read (RFC 7592 §2.2): what is left out here would be lost there.
        if let Some(keys) = &client.policy.keys {
            body["jwks"] = keys.to_json();
        }
        let after_sign_out = &client.openid.post_logout_redirect_uris;
        if !after_sign_out.is_empty() {
            body["post_logout_redirect_uris"] = after_sign_out.iter().map(RedirectUri::as_str).collect();
        }
        for (name, value) in
            [("client_uri", client.landing_page), ("logo_uri", client.logo), ("jwks_uri", client.policy.jwks_uri)]
        {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        if let Some(secret) = secret {
            body["client_secret"] = json!(secret.expose());
            // It does not expire.
            body["client_secret_expires_at"] = json!(0);
        }
        Answer::json(Self::STATUS, &body).with("pragma", "no-cache")
    }

    fn schema() -> Value {
        let (text, texts) = (json!({"type": "string"}), json!({"type": "array", "items": {"type": "string"}}));
        json!({
            "type": "object",
            "required": ["client_id", "client_id_issued_at", "redirect_uris", "registration_access_token"],
            "properties": {
                "client_id": text,
                "client_id_issued_at": {"type": "integer", "format": "int64"},
                "client_secret": text,
                "client_secret_expires_at": {"type": "integer", "format": "int64"},
                "client_name": text,
                "redirect_uris": texts,
                "token_endpoint_auth_method": text,
                "grant_types": texts,
                "response_types": texts,
                "scope": text,
                "client_uri": text,
                "logo_uri": text,
                "jwks_uri": text,
                "jwks": {"type": "object"},
                "post_logout_redirect_uris": texts,
                "id_token_signed_response_alg": text,
                "registration_client_uri": text,
                "registration_access_token": text,
            },
        })
    }
}

/// The client is registered no more.
#[derive(Clone, Copy, Debug)]
pub struct Removed;

impl Output for Removed {
    const STATUS: u16 = 204;
    const MEDIA_TYPE: &'static str = "";

    fn answer(self) -> Answer {
        Answer::empty(204)
    }

    fn schema() -> Value {
        Value::Null
    }
}
