//! What a client that registered itself manages its registration with (RFC 7592).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::oauth::client::Client;
use crate::secret::Secret;
use crate::token::ring::KeyRing;

/// The token of a registration. It is derived from the client's id and time under the root key, so that nothing of it is
/// stored, and a client that is registered again under the same id has another.
#[derive(Clone, Copy, Debug)]
pub struct RegistrationToken;

impl RegistrationToken {
    /// The token of `client`.
    #[must_use]
    pub fn of(client: &Client, ring: &KeyRing) -> Secret<String> {
        // No client's id holds a NUL.
        let parts: [&[u8]; 3] = [client.id.as_str().as_bytes(), b"\0", &client.created.unix().to_be_bytes()];
        Secret::new(URL_SAFE_NO_PAD.encode(ring.derive("registration-token", &client.app, &parts)))
    }

    /// Whether `presented` is the token of `client`, which registered itself.
    #[must_use]
    pub fn is_of(presented: &str, client: &Client, ring: &KeyRing) -> bool {
        let token = Self::of(client, ring);
        let is_equal = verify_slices_are_equal(token.expose().as_bytes(), presented.as_bytes()).is_ok();
        is_equal && client.registered_itself()
    }
}
