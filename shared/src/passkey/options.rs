//! What browsers are asked, as `PublicKeyCredential.parseCreationOptionsFromJSON()` and `parseRequestOptionsFromJSON()` read it
//! (WebAuthn level 3 §5.1.9, §5.1.10).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::app::App;
use crate::passkey::challenge::LIFETIME;
use crate::passkey::cose::ALGORITHMS;
use crate::passkey::relying_party::RelyingParty;
use crate::passkey::{Passkey, Transport, UserHandle};
use crate::user::User;

/// A browser is to make a passkey for `user` of `app`, on none of the authenticators that have one of `known`.
#[must_use]
pub fn creation(relying_party: &RelyingParty, app: &App, user: &User, challenge: &[u8], known: &[Passkey]) -> Value {
    let handle = UserHandle::of(&app.id, user.id);
    let name = account_name(user);
    let display = if user.name.is_empty() { &name } else { &user.name };
    let algorithms: Vec<_> = ALGORITHMS.iter().map(|number| json!({"type": "public-key", "alg": number})).collect();
    json!({
        "rp": {"id": relying_party.id(), "name": app.name},
        "user": {"id": base64url(handle.as_bytes()), "name": name, "displayName": display},
        "challenge": base64url(challenge),
        "pubKeyCredParams": algorithms,
        "timeout": timeout(),
        "excludeCredentials": known.iter().map(descriptor).collect::<Vec<_>>(),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "preferred",
        },
        "attestation": "none",
    })
}

/// A browser is to have somebody sign in with a passkey. No credentials are listed, so that nothing is said of who has which.
#[must_use]
pub fn request(relying_party: &RelyingParty, challenge: &[u8]) -> Value {
    json!({
        "rpId": relying_party.id(),
        "challenge": base64url(challenge),
        "timeout": timeout(),
        "allowCredentials": [],
        "userVerification": "preferred",
    })
}

/// A browser is to have somebody who is signed in prove by one of `known`, their passkeys, that it is them.
#[must_use]
pub fn confirmation(relying_party: &RelyingParty, challenge: &[u8], known: &[Passkey]) -> Value {
    let mut options = request(relying_party, challenge);
    options["allowCredentials"] = known.iter().map(descriptor).collect();
    options
}

/// What an authenticator shows a user to tell their accounts apart.
fn account_name(user: &User) -> String {
    let email = user.email.as_ref().map(|email| email.as_str().to_owned());
    let username = || user.username.as_ref().map(|username| username.as_typed().to_owned());
    let phone = || user.phone.as_ref().map(|phone| phone.as_e164().to_owned());
    email.or_else(username).or_else(phone).unwrap_or_else(|| user.id.to_string())
}

fn descriptor(passkey: &Passkey) -> Value {
    let transports: Vec<_> = passkey.transports.iter().map(Transport::as_str).collect();
    json!({"type": "public-key", "id": passkey.credential.to_string(), "transports": transports})
}

/// In milliseconds.
const fn timeout() -> i64 {
    LIFETIME.0 * 1000
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
