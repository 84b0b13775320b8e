//! What of a second factor has to be read again, at rest: the secret that a user shares with an authenticator app (RFC 6238).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::id::{AppId, UserId};
use crate::random::Random;
use crate::secret::Secret;
use crate::token::ring::KeyRing;

/// The sealed secret of an authenticator app: SHA-1, six digits, thirty seconds. Its key is derived from the ring's root, so
/// another key around the ring leaves it readable.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedTotp(Vec<u8>);

/// The sealed bytes are another user's, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is sealed of the second factor does not open")]
pub struct CannotOpen;

impl SealedTotp {
    /// Seals a user's secret.
    #[must_use]
    pub fn seal(secret: &Secret<Vec<u8>>, app: &AppId, user: UserId, ring: &KeyRing, random: &Random) -> Self {
        Self(seal(secret, &key(app, user, ring), random))
    }

    /// The secret of that user.
    ///
    /// # Errors
    /// [`CannotOpen`]
    pub fn open(&self, app: &AppId, user: UserId, ring: &KeyRing) -> Result<Secret<Vec<u8>>, CannotOpen> {
        open(&self.0, &key(app, user, ring))
    }

    /// The sealed bytes, for the store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Sealed bytes from the store. They are opened when a code is compared.
    #[must_use]
    pub const fn from_bytes(sealed: Vec<u8>) -> Self {
        Self(sealed)
    }
}

impl std::fmt::Debug for SealedTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

fn key(app: &AppId, user: UserId, ring: &KeyRing) -> Secret<[u8; 32]> {
    Secret::new(ring.derive("totp", app, &[&user.to_bytes()]))
}

/// Seals what a user has, under a key that is theirs and for this alone: so a random nonce repeats for nobody.
#[expect(clippy::expect_used, reason = "AES-GCM takes any plaintext that fits in memory")]
pub(super) fn seal(secret: &Secret<Vec<u8>>, key: &Secret<[u8; 32]>, random: &Random) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = random.bytes();
    let mut sealed = secret.expose().clone();
    aead(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
        .expect("a secret fits");
    [nonce.as_slice(), &sealed].concat()
}

/// Opens it.
pub(super) fn open(bytes: &[u8], key: &Secret<[u8; 32]>) -> Result<Secret<Vec<u8>>, CannotOpen> {
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(CannotOpen)?;
    let mut plain = sealed.to_vec();
    let length = aead(key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut plain)
        .map_err(|_| CannotOpen)?
        .len();
    plain.truncate(length);
    Ok(Secret::new(plain))
}

#[expect(clippy::expect_used, reason = "32 bytes are a key of AES-256")]
fn aead(key: &Secret<[u8; 32]>) -> LessSafeKey {
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
