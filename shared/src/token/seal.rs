//! Sealing: private keys at rest, under the key that the deployment holds.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;

use crate::random::Random;
use crate::secret::Secret;

/// The key-encryption key: with it and the `core` table, one has every key of the deployment.
pub struct Kek(LessSafeKey);

impl Kek {
    /// Derives the key from the secret that the deployment hands over, in any alphabet.
    #[must_use]
    pub fn new(secret: &Secret<String>) -> Self {
        Self(LessSafeKey::new(derive_aead_key(secret.expose().as_bytes())))
    }

    /// Encrypts `plain`; `place` says where it is stored, so that nobody can swap two sealed values.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "AES-GCM takes any plaintext that fits in memory"
    )]
    pub fn seal(&self, place: &str, plain: &[u8], random: &Random) -> Vec<u8> {
        // A random nonce is safe for 2^32 seals (NIST SP 800-38D §8.3); a ring has a dozen.
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut sealed = plain.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed)
            .expect("a key ring fits");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Decrypts what [`Kek::seal`] made for the same `place`.
    ///
    /// # Errors
    /// [`CannotOpen`] when the key, the place or a bit differs.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, CannotOpen> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(CannotOpen)?;
        let mut plain = sealed.to_vec();
        let length = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut plain)
            .map_err(|_| CannotOpen)?
            .len();
        plain.truncate(length);
        Ok(Secret::new(plain))
    }
}

impl std::fmt::Debug for Kek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A sealed value that this key does not open: another KEK, or damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key ring does not open with this KEY_RING_KEK")]
pub struct CannotOpen;

#[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8,160 bytes")]
fn derive_aead_key(secret: &[u8]) -> UnboundKey {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"latchet key ring").extract(secret);
    UnboundKey::from(prk.expand(&[b"kek".as_slice()], &AES_256_GCM).expect("32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::{CannotOpen, Kek};
    use crate::random::Random;
    use crate::secret::Secret;

    fn kek(secret: &str) -> Kek {
        Kek::new(&Secret::new(secret.to_owned()))
    }

    #[test]
    fn a_sealed_value_opens_with_its_key_in_its_place_only() {
        let (ours, theirs) = (kek("a deployment's secret"), kek("another's"));
        let sealed = ours.seal("root", b"plain", &Random::system());
        assert_eq!(ours.open("root", &sealed).map(|plain| plain.expose().clone()), Ok(b"plain".to_vec()));
        assert_eq!(ours.open("other", &sealed).map(drop), Err(CannotOpen));
        assert_eq!(theirs.open("root", &sealed).map(drop), Err(CannotOpen));
    }

    #[test]
    fn a_changed_bit_is_found() {
        let kek = kek("a deployment's secret");
        let sealed = kek.seal("root", b"plain", &Random::system());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(kek.open("root", &damaged).map(drop), Err(CannotOpen), "byte {at}");
        }
        assert_eq!(kek.open("root", &sealed[..10]).map(drop), Err(CannotOpen));
    }
}
