//! The secret that an endpoint knows our messages by, and the signature that it makes.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::clock::{Seconds, Timestamp};
use crate::id::AppId;
use crate::random::Random;
use crate::secret::Secret;
use crate::token::ring::KeyRing;
use crate::webhook::endpoint::EndpointId;

/// How long the secret before a rotation signs beside the new one.
pub const BOTH_SIGN: Seconds = Seconds::days(1);

/// The secret of an endpoint: 32 bytes, which is what HMAC-SHA256 makes use of.
pub struct WebhookSecret(Secret<Vec<u8>>);

impl WebhookSecret {
    /// Draws a new one.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(Secret::new(random.bytes::<32>().to_vec()))
    }

    /// The secret as its owner is shown it, once: `whsec_` and base64.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0.expose()))
    }

    /// A secret as it was shown; `None` of any other text.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let secret = STANDARD.decode(text.strip_prefix("whsec_")?).ok()?;
        (secret.len() == 32).then(|| Self(Secret::new(secret)))
    }

    /// The signature of a message that is sent at that time: `v1,` and base64 of HMAC-SHA256 over `id.time.body`.
    #[must_use]
    pub fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose());
        let signed = format!("{id}.{}.{body}", at.unix());
        format!("v1,{}", STANDARD.encode(hmac::sign(&key, signed.as_bytes())))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The secret at rest. Its key is derived from the ring's root for one endpoint of one app.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret(Vec<u8>);

/// The sealed bytes are another endpoint's, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret of the endpoint does not open")]
pub struct CannotOpen;

impl SealedSecret {
    /// Seals an endpoint's secret.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "AES-GCM takes any plaintext that fits in memory"
    )]
    pub fn seal(secret: &WebhookSecret, app: &AppId, id: &EndpointId, ring: &KeyRing, random: &Random) -> Self {
        // Each endpoint has a key of its own, so a random nonce repeats for none.
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut sealed = secret.0.expose().clone();
        key(app, id, ring)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .expect("a secret fits");
        Self([nonce.as_slice(), &sealed].concat())
    }

    /// The secret of that endpoint.
    ///
    /// # Errors
    /// [`CannotOpen`]
    pub fn open(&self, app: &AppId, id: &EndpointId, ring: &KeyRing) -> Result<WebhookSecret, CannotOpen> {
        let (nonce, sealed) = self.0.split_first_chunk::<NONCE_LEN>().ok_or(CannotOpen)?;
        let mut plain = sealed.to_vec();
        let length = key(app, id, ring)
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut plain)
            .map_err(|_| CannotOpen)?
            .len();
        plain.truncate(length);
        Ok(WebhookSecret(Secret::new(plain)))
    }

    /// The sealed bytes, for the store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Sealed bytes from the store. They are opened when a message is signed.
    #[must_use]
    pub const fn from_bytes(sealed: Vec<u8>) -> Self {
        Self(sealed)
    }
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[expect(clippy::expect_used, reason = "32 bytes are a key of AES-256")]
fn key(app: &AppId, id: &EndpointId, ring: &KeyRing) -> LessSafeKey {
    let key = Secret::new(ring.derive("webhook", app, &[&id.to_bytes()]));
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose()).expect("32 bytes"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{SealedSecret, WebhookSecret};
    use crate::clock::Timestamp;
    use crate::id::AppId;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::SealedRing;
    use crate::token::seal::Kek;
    use crate::webhook::endpoint::EndpointId;

    #[test]
    fn a_message_is_signed_as_the_standards_own_example_is() {
        // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/python/tests/test_webhooks.py
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64");
        let secret = WebhookSecret(Secret::new(secret));
        assert_eq!(secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let at = Timestamp::from_unix(1_614_265_330);
        assert_eq!(
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, "{\"test\": 2432232314}"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_secret_opens_for_its_own_endpoint_only_and_prints_stars() {
        let random = Random::system();
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        let ring = SealedRing::create(&kek, &random, Timestamp::from_unix(1_800_000_000)).expect("a ring");
        let ring = ring.open(kek).expect("opens");
        let (ours, theirs): (AppId, AppId) = ("ours".parse().expect("an id"), "theirs".parse().expect("an id"));
        let (one, other) = (EndpointId::draw(&random), EndpointId::draw(&random));
        let secret = WebhookSecret::draw(&random);
        let sealed = SealedSecret::seal(&secret, &ours, &one, &ring, &random);
        let open = |app, id| sealed.open(app, id, &ring).ok().map(|opened| opened.reveal());
        assert_eq!(open(&ours, &one), Some(secret.reveal()));
        assert_eq!((open(&theirs, &one), open(&ours, &other)), (None, None));
        assert_eq!(format!("{sealed:?} {secret:?}"), "*** ***");
    }

    #[test]
    fn a_secret_is_read_as_it_was_shown_and_no_other_text_is_one() {
        let shown = WebhookSecret::draw(&Random::system()).reveal();
        assert_eq!(WebhookSecret::read(&shown).map(|secret| secret.reveal()), Some(shown.clone()));
        for text in
            ["", "whsec_", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &shown["whsec_".len()..], &format!("{shown} ")]
        {
            assert!(WebhookSecret::read(text).is_none(), "{text}");
        }
    }
}
