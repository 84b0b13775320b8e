//! Passkeys: the two ceremonies, and the list of a user's own: `docs/api/browser.md#passkeys`.

mod authenticate;
mod authentication_options;
mod caller;
mod list;
mod register;
mod registration_options;
mod remove;
mod rename;

use runtime::{Answer, Fields, Moment, Output, Request};
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::passkey::relying_party::RelyingParty;
use shared::passkey::{Passkey, PasskeyId, PasskeyName, Transport};
use web::SetCookie;

pub use authenticate::Authenticate;
pub use authentication_options::AuthenticationOptions;
pub use caller::{Guest, Owner};
pub use list::List;
pub use register::Register;
pub use registration_options::RegistrationOptions;
pub use remove::Remove;
pub use rename::Rename;

use crate::wire::{BrowserError, Problem, object_schema};

/// The function of those who are signed in.
const FUNCTION: &str = "browser-passkeys";

/// The function of those who sign in.
const SIGN_IN: &str = "browser-passkey-sign-in";

/// Where the caller's passkeys are.
const PATH: &str = "/api/v1/auth/passkeys";

/// Where one of them is.
const ONE: &str = "/api/v1/auth/passkeys/{id}";

/// Who passkeys are made for. A deployment at an address without a name has none.
fn relying_party(at: &Moment) -> Result<&RelyingParty, BrowserError> {
    at.config.passkeys.as_ref().ok_or(BrowserError::NotFound)
}

/// The origin of the page that asks, which must be one that passkeys are for. A request without one comes from our own page, or from no
/// browser.
fn page<'a>(relying_party: &'a RelyingParty, origin: Option<&'a str>) -> Result<&'a str, BrowserError> {
    let origin = origin.filter(|origin| *origin != "null").unwrap_or(relying_party.own_origin());
    if relying_party.allows(origin) { Ok(origin) } else { Err(BrowserError::ForeignOrigin) }
}

/// The passkey that the path names.
fn named(request: &Request) -> Result<PasskeyId, BrowserError> {
    let id = request.path("id").and_then(|id| id.parse().ok());
    id.ok_or(BrowserError::UnknownPasskey)
}

/// A name that the body gives.
fn read_name(fields: &Fields) -> Result<Option<PasskeyName>, Problem> {
    match fields.text("name") {
        Some("") => Ok(None),
        Some(name) => name.parse().map(Some).map_err(Problem::from),
        None if fields.given("name") => Err(Problem::NotText),
        None => Ok(None),
    }
}

/// What a browser's `toJSON()` gave.
fn read_credential(fields: &Fields) -> Result<&Value, Problem> {
    match fields.value("credential") {
        Some(credential) if credential.is_object() => Ok(credential),
        _ => Err(Problem::Missing),
    }
}

fn credential_schema(of: &str) -> Value {
    json!({"type": "object", "description": format!("a {of}, as `credential.toJSON()` gives it")})
}

fn name_schema() -> Value {
    json!({"type": "string", "maxLength": 64, "description": "what the user calls it"})
}

/// What a browser is asked, with a cookie for a browser that nobody is signed in with.
#[derive(Debug)]
pub struct Asked {
    options: Value,
    cookie: Option<SetCookie>,
}

impl Output for Asked {
    fn answer(self) -> Answer {
        Answer::json(200, &self.options).with_cookies(self.cookie.into_iter().flatten())
    }

    fn schema() -> Value {
        json!({"type": "object", "required": ["challenge", "timeout"], "properties": {
            "challenge": {"type": "string"},
            "timeout": {"type": "integer"},
        }})
    }
}

fn show(passkey: &Passkey) -> Value {
    let transports: Vec<_> = passkey.transports.iter().map(Transport::as_str).collect();
    json!({
        "id": passkey.credential.id().as_str(),
        "credential_id": passkey.credential.to_string(),
        "name": passkey.name.as_str(),
        "created": passkey.created.rfc3339(),
        "last_used": passkey.used.map(Timestamp::rfc3339),
        "backed_up": passkey.backed_up,
        "transports": transports,
    })
}

fn passkey_schema() -> Value {
    object_schema(&[
        ("id", json!({"type": "string", "pattern": "^[0-9a-f]{64}$"})),
        ("credential_id", json!({"type": "string"})),
        ("name", json!({"type": "string"})),
        ("created", json!({"type": "string", "format": "date-time"})),
        ("last_used", json!({"type": ["string", "null"], "format": "date-time"})),
        ("backed_up", json!({"type": "boolean"})),
        ("transports", json!({"type": "array", "items": {"type": "string"}})),
    ])
}
