//! What of a second factor has to be read again, at rest: the secret that a user shares with an authenticator app (RFC 6238), and what
//! the recovery codes follow from.

use std::marker::PhantomData;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::id::{AppId, UserId};
use crate::random::Random;
use crate::secret::Secret;
use crate::token::ring::KeyRing;

/// A part of a second factor, which has keys of its own.
pub trait Part {
    /// The purpose from which its keys are derived.
    const PURPOSE: &'static str;
}

/// A part of a user's second factor, sealed. The key is that user's for this part alone, so a random nonce repeats for nobody. It is
/// derived from the ring's root, so another key around the ring leaves the part readable.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed<P>(Vec<u8>, PhantomData<P>);

/// The sealed secret of an authenticator app: SHA-1, six digits, thirty seconds.
pub type SealedTotp = Sealed<OfTotp>;

/// Of an authenticator app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfTotp;

impl Part for OfTotp {
    const PURPOSE: &'static str = "totp";
}

/// The sealed bytes are another user's, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is sealed of the second factor does not open")]
pub struct CannotOpen;

impl<P: Part> Sealed<P> {
    /// Seals a user's secret.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "AES-GCM takes any plaintext that fits in memory"
    )]
    pub fn seal(secret: &Secret<Vec<u8>>, app: &AppId, user: UserId, ring: &KeyRing, random: &Random) -> Self {
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut sealed = secret.expose().clone();
        key::<P>(app, user, ring)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .expect("a secret fits");
        Self::from_bytes([nonce.as_slice(), &sealed].concat())
    }

    /// The secret of that user.
    ///
    /// # Errors
    /// [`CannotOpen`]
    pub fn open(&self, app: &AppId, user: UserId, ring: &KeyRing) -> Result<Secret<Vec<u8>>, CannotOpen> {
        let (nonce, sealed) = self.0.split_first_chunk::<NONCE_LEN>().ok_or(CannotOpen)?;
        let mut plain = sealed.to_vec();
        let length = key::<P>(app, user, ring)
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut plain)
            .map_err(|_| CannotOpen)?
            .len();
        plain.truncate(length);
        Ok(Secret::new(plain))
    }
}

impl<P> Sealed<P> {
    /// The sealed bytes, for the store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Sealed bytes from the store. They are opened when the secret is needed.
    #[must_use]
    pub const fn from_bytes(sealed: Vec<u8>) -> Self {
        Self(sealed, PhantomData)
    }
}

impl<P> std::fmt::Debug for Sealed<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[expect(clippy::expect_used, reason = "32 bytes are a key of AES-256")]
fn key<P: Part>(app: &AppId, user: UserId, ring: &KeyRing) -> LessSafeKey {
    let key = Secret::new(ring.derive(P::PURPOSE, app, &[&user.to_bytes()]));
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose()).expect("32 bytes"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{CannotOpen, SealedTotp};
    use crate::clock::Timestamp;
    use crate::id::{AppId, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::SealedRing;
    use crate::token::seal::Kek;

    #[test]
    fn a_secret_opens_for_its_own_user_only_and_prints_stars() {
        let random = Random::system();
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        let ring = SealedRing::create(&kek, &random, Timestamp::from_unix(1_800_000_000)).expect("a ring");
        let ring = ring.open(kek).expect("opens");
        let (ours, theirs): (AppId, AppId) = ("ours".parse().expect("an id"), "theirs".parse().expect("an id"));
        let (ada, bob) = (UserId::draw(&random), UserId::draw(&random));
        let sealed = SealedTotp::seal(&Secret::new(b"hunter2".to_vec()), &ours, ada, &ring, &random);
        let open = |app, user| sealed.open(app, user, &ring).map(|secret| secret.expose().clone());
        assert_eq!(open(&ours, ada), Ok(b"hunter2".to_vec()));
        assert_eq!((open(&theirs, ada), open(&ours, bob)), (Err(CannotOpen), Err(CannotOpen)));
        assert_eq!(format!("{sealed:?}"), "***");
    }
}
