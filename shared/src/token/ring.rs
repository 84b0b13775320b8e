//! The key ring: every key of a deployment, in one item.
//!
//! The root key turns addresses into table keys and never changes. Signing keys come in generations: each has a key
//! for every [`Algorithm`]. A rotation publishes the next generation [`LEAD`] before anybody signs with it, longer
//! than any function caches the ring, and keeps the one before until its last token has expired. Which generation is
//! current is a question of the time, so a rotation is one write and needs no second step.

mod wrap;

use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use aws_lc_rs::{hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};

use crate::clock::{Seconds, Timestamp};
use crate::hex::hex;
use crate::id::AppId;
use crate::random::Random;
use crate::secret::Secret;
use crate::token::seal::{CannotOpen, Kek};
use crate::token::{APP_API, Algorithm};

/// How long a generation is published before it signs: longer than anybody keeps the published keys who asks for no others meanwhile.
/// API Gateway keeps them for two hours, after a cache on the way, and a function's own, each for five minutes.
pub const LEAD: Seconds = Seconds::hours(3);

/// How long a generation verifies after it stopped signing: a day more than the longest-lived token.
pub const KEEP: Seconds = Seconds::days(8);

/// The ring as it is stored: private parts sealed, public parts in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRing {
    /// Goes up with each change; the store replaces only the version that was read.
    pub version: u64,
    /// The sealed root key.
    pub root: Vec<u8>,
    /// Oldest first.
    pub generations: Vec<SealedGeneration>,
}

/// A generation of signing keys as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedGeneration {
    /// The first part of its keys' `kid`.
    pub id: String,
    /// When it starts to sign.
    pub from: Timestamp,
    /// The secret behind the apps' HS256 keys, sealed.
    pub hs256: Vec<u8>,
    /// The asymmetric keys, in the order RS256, ES256, EdDSA.
    pub pairs: [SealedPair; 3],
}

/// A key pair as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPair {
    /// PKCS#8, sealed.
    pub private: Vec<u8>,
    /// What verifies: an RSA key as a DER `RSAPublicKey`, P-256 as an uncompressed point, Ed25519 as 32 bytes.
    pub public: Vec<u8>,
}

/// A key could not be made or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The ring was sealed under another key.
    #[error(transparent)]
    CannotOpen(#[from] CannotOpen),
    /// The cryptographic library refused.
    #[error("a signing key cannot be used")]
    Unusable,
}

/// Why a ring is not rotated now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotRotate {
    /// The last rotation is still under way; until then tokens of three generations would be alive.
    #[error("the last rotation ends at Unix time {}", .0.unix())]
    Until(Timestamp),
    /// The new keys could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl SealedRing {
    /// Makes the first ring of a deployment.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] when the library makes no key.
    pub fn create(kek: &Kek, random: &Random, now: Timestamp) -> Result<Self, KeyError> {
        let root: [u8; 32] = random.bytes();
        let first = SealedGeneration::create(kek, random, now)?;
        Ok(Self { version: 1, root: kek.seal("root", &root, random), generations: vec![first] })
    }

    /// Adds a generation that signs from [`LEAD`] on, and drops the one that no living token needs.
    ///
    /// # Errors
    /// [`CannotRotate::Until`] while the generation before the current one may still verify a token.
    pub fn rotate(mut self, kek: &Kek, random: &Random, now: Timestamp) -> Result<Self, CannotRotate> {
        if let [.., last] = self.generations.as_slice()
            && self.generations.len() > 1
            && now < last.from.plus(KEEP)
        {
            return Err(CannotRotate::Until(last.from.plus(KEEP)));
        }
        let kept = self.generations.len().saturating_sub(1);
        self.generations.drain(..kept);
        self.generations.push(SealedGeneration::create(kek, random, now.plus(LEAD))?);
        self.version += 1;
        Ok(self)
    }

    /// Takes one new generation for all others, which sign and verify nothing from now on: for keys that leaked.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn replace_all(mut self, kek: &Kek, random: &Random, now: Timestamp) -> Result<Self, KeyError> {
        self.generations = vec![SealedGeneration::create(kek, random, now)?];
        self.version += 1;
        Ok(self)
    }

    /// Opens what signing and looking up need; the asymmetric keys are opened when one of them signs.
    ///
    /// # Errors
    /// [`CannotOpen`] when the ring was sealed under another key.
    pub fn open(self, kek: Arc<Kek>) -> Result<KeyRing, CannotOpen> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, kek.open("root", &self.root)?.expose());
        let generations =
            self.generations.into_iter().map(|sealed| Generation::open(sealed, &kek)).collect::<Result<_, _>>()?;
        Ok(KeyRing { root, generations, kek })
    }
}

impl SealedGeneration {
    fn create(kek: &Kek, random: &Random, from: Timestamp) -> Result<Self, KeyError> {
        let id = hex(&random.bytes::<4>());
        let hs256: [u8; 32] = random.bytes();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Unusable)?;
        let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Unusable)?;
        let ed25519 = Ed25519KeyPair::generate().map_err(|_| KeyError::Unusable)?;
        let pair = |algorithm: Algorithm, pkcs8: &[u8], public: &[u8]| SealedPair {
            private: kek.seal(&kid(&id, algorithm), pkcs8, random),
            public: public.to_vec(),
        };
        let pairs = [
            pair(
                Algorithm::Rs256,
                AsDer::<Pkcs8V1Der<'_>>::as_der(&rsa).map_err(|_| KeyError::Unusable)?.as_ref(),
                rsa.public_key().as_ref(),
            ),
            pair(
                Algorithm::Es256,
                ecdsa.to_pkcs8v1().map_err(|_| KeyError::Unusable)?.as_ref(),
                ecdsa.public_key().as_ref(),
            ),
            pair(
                Algorithm::EdDsa,
                ed25519.to_pkcs8().map_err(|_| KeyError::Unusable)?.as_ref(),
                ed25519.public_key().as_ref(),
            ),
        ];
        let hs256 = kek.seal(&kid(&id, Algorithm::Hs256), &hs256, random);
        Ok(Self { id, from, hs256, pairs })
    }
}

/// The key id of a generation's key: it also names the place of the sealed key.
fn kid(generation: &str, algorithm: Algorithm) -> String {
    format!("{generation}-{}", algorithm.name().to_ascii_lowercase())
}

/// The ring, ready to use.
#[derive(Debug)]
pub struct KeyRing {
    root: hmac::Key,
    generations: Vec<Generation>,
    kek: Arc<Kek>,
}

impl KeyRing {
    /// The keyed hash of a value of an app's that must not stand in a key or table in clear: 43 characters of base64url.
    #[must_use]
    pub fn blind(&self, label: &str, app: &AppId, value: &str) -> String {
        self.mac(&[label, app.as_str(), value])
    }

    /// 32 bytes that nobody without the root key can make, of parts that each have one length under `label`.
    pub(crate) fn derive(&self, label: &'static str, app: &AppId, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = hmac::Context::with_key(&self.root);
        for part in [label.as_bytes(), b"\0", app.as_str().as_bytes(), b"\0"].iter().chain(parts) {
            mac.update(part);
        }
        let mut derived = [0; 32];
        derived.copy_from_slice(mac.sign().as_ref());
        derived
    }

    /// The same of a client's network address, which belongs to no app.
    #[must_use]
    pub fn blind_client(&self, client: &str) -> String {
        self.mac(&["client", client])
    }

    /// The same of what a device's user types. Which app's client the device runs is not known before.
    #[must_use]
    pub(crate) fn blind_user_code(&self, letters: &str) -> String {
        self.mac(&["user code", letters])
    }

    fn mac(&self, parts: &[&str]) -> String {
        let mut mac = hmac::Context::with_key(&self.root);
        // No part may contain the separator: labels and app ids are ASCII words, and the value comes last.
        for part in parts {
            mac.update(part.as_bytes());
            mac.update(b"\0");
        }
        URL_SAFE_NO_PAD.encode(mac.sign())
    }

    /// The generation that signs at `now`.
    pub(crate) fn current(&self, now: Timestamp) -> Option<&Generation> {
        self.generations.iter().rev().find(|generation| generation.from <= now).or(self.generations.first())
    }

    /// The generations that may have signed a living token, newest first.
    pub(crate) fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.generations.iter().rev()
    }

    /// The keys that verify: what is published. By algorithm, and the one that signs for others first, as there are
    /// verifiers that give up at the first key of another kind; then the one that signs at `now`, as there are some that take the first
    /// that fits; then newest first.
    pub fn public_keys(&self, now: Timestamp) -> impl Iterator<Item = PublicKey<'_>> {
        let signs = self.current(now);
        let is_another = move |other: &&Generation| signs.is_none_or(|signs| signs.id != other.id);
        [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa].into_iter().flat_map(move |algorithm| {
            signs.into_iter().chain(self.generations().filter(is_another)).filter_map(move |generation| {
                let pair = generation.pair(algorithm)?;
                Some(PublicKey { kid: generation.kid(algorithm), algorithm, key: &pair.sealed.public })
            })
        })
    }

    /// What an app's own backend verifies the app's HS256 tokens with, by the id of the generation, newest first.
    pub fn app_keys(&self, app: &AppId) -> impl Iterator<Item = (&str, Secret<[u8; 32]>)> {
        let purpose = Purpose { api: APP_API, app };
        self.generations().map(move |generation| (generation.id.as_str(), generation.app_key(&purpose)))
    }

    /// The signature of `message`, as it stands in a token, by the key of `generation` for `algorithm`; HS256 takes the key
    /// of `purpose`.
    pub(crate) fn sign(
        &self,
        generation: &Generation,
        algorithm: Algorithm,
        purpose: &Purpose<'_>,
        message: &[u8],
    ) -> Result<String, KeyError> {
        let sign = |key: &EncodingKey| jsonwebtoken::crypto::sign(message, key, algorithm.into());
        match generation.pair(algorithm) {
            None => {
                sign(&EncodingKey::from_secret(generation.app_key(purpose).expose()).map_err(|_| KeyError::Unusable)?)
            }
            Some(pair) => sign(pair.signs_with(&self.kek, &generation.kid(algorithm), algorithm)?),
        }
        .map_err(|_| KeyError::Unusable)
    }
}

/// A key that verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey<'a> {
    /// Its id in headers.
    pub kid: String,
    /// What it verifies.
    pub algorithm: Algorithm,
    /// As [`SealedPair::public`] has it.
    pub key: &'a [u8],
}

/// What an HS256 key is for: one API of one app. Two purposes never share a key.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    /// The API's name.
    pub api: &'static str,
    /// The app.
    pub app: &'a AppId,
}

/// One generation of signing keys.
#[derive(Debug)]
pub(crate) struct Generation {
    id: String,
    from: Timestamp,
    hs256: hkdf::Prk,
    pairs: [Pair; 3],
}

impl Generation {
    fn open(sealed: SealedGeneration, kek: &Kek) -> Result<Self, CannotOpen> {
        let secret = kek.open(&kid(&sealed.id, Algorithm::Hs256), &sealed.hs256)?;
        let hs256 = hkdf::Salt::new(hkdf::HKDF_SHA256, b"latchet hs256").extract(secret.expose());
        let pairs = sealed.pairs.map(|pair| Pair { sealed: pair, opened: OnceLock::new() });
        Ok(Self { id: sealed.id, from: sealed.from, hs256, pairs })
    }

    pub(crate) fn kid(&self, algorithm: Algorithm) -> String {
        kid(&self.id, algorithm)
    }

    fn pair(&self, algorithm: Algorithm) -> Option<&Pair> {
        let [rsa, ecdsa, ed25519] = &self.pairs;
        match algorithm {
            Algorithm::Hs256 => None,
            Algorithm::Rs256 => Some(rsa),
            Algorithm::Es256 => Some(ecdsa),
            Algorithm::EdDsa => Some(ed25519),
        }
    }

    /// The 32 bytes that HS256 signs and verifies with for `purpose`.
    #[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8,160 bytes")]
    fn app_key(&self, purpose: &Purpose<'_>) -> Secret<[u8; 32]> {
        let info = [purpose.api.as_bytes(), b"\0", purpose.app.as_str().as_bytes()];
        let mut key = [0; 32];
        self.hs256.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key)).expect("32 bytes");
        Secret::new(key)
    }

    /// What verifies a token of `algorithm` for `purpose`.
    pub(crate) fn verifies_with(&self, algorithm: Algorithm, purpose: &Purpose<'_>) -> Option<DecodingKey> {
        match algorithm {
            Algorithm::Hs256 => DecodingKey::from_secret(self.app_key(purpose).expose()).ok(),
            asymmetric => self.public_key(asymmetric),
        }
    }

    /// What verifies a token of `algorithm`, whatever it is for; HS256 has no such key.
    pub(crate) fn public_key(&self, algorithm: Algorithm) -> Option<DecodingKey> {
        let public = &self.pair(algorithm)?.sealed.public;
        match algorithm {
            Algorithm::Hs256 => None,
            Algorithm::Rs256 => Some(DecodingKey::from_rsa_der(public)),
            Algorithm::Es256 => Some(DecodingKey::from_ec_der(public)),
            Algorithm::EdDsa => Some(DecodingKey::from_ed_der(public)),
        }
    }
}

/// An asymmetric key pair; its private part is opened at the first signature of this process.
#[derive(Debug)]
struct Pair {
    sealed: SealedPair,
    opened: OnceLock<EncodingKey>,
}

impl Pair {
    fn signs_with(&self, kek: &Kek, place: &str, algorithm: Algorithm) -> Result<&EncodingKey, KeyError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let pkcs8 = kek.open(place, &self.sealed.private)?;
        let opened = match algorithm {
            Algorithm::Hs256 => return Err(KeyError::Unusable),
            Algorithm::Rs256 => EncodingKey::from_rsa_der(rsa_private_key(pkcs8.expose()).ok_or(KeyError::Unusable)?),
            Algorithm::Es256 => EncodingKey::from_ec_der(pkcs8.expose()),
            Algorithm::EdDsa => EncodingKey::from_ed_der(pkcs8.expose()),
        };
        Ok(self.opened.get_or_init(|| opened))
    }
}

/// The `RSAPrivateKey` (RFC 8017 §A.1.2) in an unencrypted PKCS#8 key (RFC 5208 §5): the ring holds the latter, and
/// `jsonwebtoken` signs with the former. A key of 2048 bits has lengths of two bytes.
fn rsa_private_key(pkcs8: &[u8]) -> Option<&[u8]> {
    /// Version 0, rsaEncryption without parameters, and the tag of an octet string whose length has two bytes.
    const BEFORE: &[u8] = b"\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x04\x82";
    let key = pkcs8.strip_prefix(b"\x30\x82")?.get(2..)?.strip_prefix(BEFORE)?;
    let (length, key) = key.split_first_chunk()?;
    (usize::from(u16::from_be_bytes(*length)) == key.len()).then_some(key)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{CannotRotate, KEEP, KeyRing, LEAD, Purpose, SealedRing};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::AppId;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::Algorithm;
    use crate::token::seal::{CannotOpen, Kek};

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn kek(secret: &str) -> Arc<Kek> {
        Arc::new(Kek::new(&Secret::new(secret.to_owned())))
    }

    fn app(id: &str) -> AppId {
        id.parse().expect("an app id")
    }

    fn sealed() -> SealedRing {
        SealedRing::create(&kek("ours"), &Random::system(), NOW).expect("a ring")
    }

    fn open(sealed: SealedRing) -> KeyRing {
        sealed.open(kek("ours")).expect("our ring")
    }

    #[test]
    fn a_ring_opens_under_its_own_kek_only() {
        assert_eq!(sealed().open(kek("theirs")).map(drop), Err(CannotOpen));
    }

    #[test]
    fn blinded_values_differ_by_label_app_and_value_and_stay_the_same_for_good() {
        let ring = sealed();
        let (first, again) = (open(ring.clone()), open(ring));
        let blind = first.blind("email", &app("a"), "x@y.zz");
        assert_eq!(blind, again.blind("email", &app("a"), "x@y.zz"));
        for other in [
            first.blind("phone", &app("a"), "x@y.zz"),
            first.blind("email", &app("b"), "x@y.zz"),
            first.blind("email", &app("a"), "x@y.z"),
            open(sealed()).blind("email", &app("a"), "x@y.zz"),
        ] {
            assert_ne!(blind, other);
        }
    }

    #[test]
    fn every_algorithm_verifies_its_own_signature_and_no_changed_one() {
        let ring = open(sealed());
        let generation = ring.current(NOW).expect("a generation");
        let purpose = Purpose { api: "app", app: &app("a") };
        for algorithm in [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
            let signature = ring.sign(generation, algorithm, &purpose, b"message").expect("a signature");
            let key = generation.verifies_with(algorithm, &purpose).expect("a key");
            let verifies = |signature: &str, message: &[u8]| {
                jsonwebtoken::crypto::verify(signature, message, &key, algorithm.into())
                    .expect("a key of the algorithm")
            };
            assert!(verifies(&signature, b"message"), "{algorithm}");
            assert!(!verifies(&signature, b"massage"), "{algorithm}");
            assert!(!verifies("", b"message"), "{algorithm}");
        }
    }

    #[test]
    fn an_apps_hs256_key_verifies_for_no_other_app_and_no_other_api() {
        let ring = open(sealed());
        let generation = ring.current(NOW).expect("a generation");
        let ours = Purpose { api: "app", app: &app("a") };
        let signature = ring.sign(generation, Algorithm::Hs256, &ours, b"message").expect("a signature");
        for other in [Purpose { api: "app", app: &app("b") }, Purpose { api: "browser", app: &app("a") }] {
            let key = generation.verifies_with(Algorithm::Hs256, &other).expect("a key");
            let verified = jsonwebtoken::crypto::verify(&signature, b"message", &key, Algorithm::Hs256.into());
            assert!(!verified.expect("an HMAC key"));
        }
    }

    #[test]
    fn an_rsa_key_is_read_out_of_its_wrapper_and_out_of_nothing_else() {
        let ring = sealed();
        let pair = &ring.generations[0].pairs[0];
        let place = super::kid(&ring.generations[0].id, Algorithm::Rs256);
        let pkcs8 = kek("ours").open(&place, &pair.private).expect("ours");
        let key = super::rsa_private_key(pkcs8.expose()).expect("a key");
        let read = aws_lc_rs::rsa::KeyPair::from_der(key).expect("PKCS#1");
        assert_eq!(aws_lc_rs::signature::KeyPair::public_key(&read).as_ref(), pair.public);
        for other in [&[][..], key, &pkcs8.expose()[1..], &pkcs8.expose()[..pkcs8.expose().len() - 1]] {
            assert_eq!(super::rsa_private_key(other), None);
        }
    }

    #[test]
    fn an_apps_backend_verifies_its_tokens_with_the_keys_that_the_operator_prints() {
        let rotated = sealed().rotate(&kek("ours"), &Random::system(), NOW).expect("rotates");
        let ring = open(rotated);
        let purpose = Purpose { api: "app", app: &app("a") };
        for at in [NOW, NOW.plus(LEAD)] {
            let generation = ring.current(at).expect("a generation");
            let signature = ring.sign(generation, Algorithm::Hs256, &purpose, b"message").expect("a signature");
            let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
            let verifies = |app: &AppId| {
                let (_, key) = ring.app_keys(app).find(|(id, _)| *id == generation.id).expect("that generation's");
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.expose());
                aws_lc_rs::hmac::verify(&key, b"message", &signature).is_ok()
            };
            assert!(verifies(&app("a")) && !verifies(&app("b")));
        }
    }

    #[test]
    fn a_rotation_publishes_the_next_generation_before_it_signs() {
        let rotated = sealed().rotate(&kek("ours"), &Random::system(), NOW).expect("rotates");
        let [old, next] = [rotated.generations[0].id.clone(), rotated.generations[1].id.clone()];
        let ring = open(rotated);
        let signs_at = |at| ring.current(at).map(|generation| generation.id.clone());
        assert_eq!(signs_at(NOW.plus(LEAD).minus(Seconds(1))), Some(old.clone()));
        assert_eq!(signs_at(NOW.plus(LEAD)), Some(next));
        assert!(ring.generations().any(|generation| generation.id == old), "older tokens still verify");
    }

    #[test]
    fn a_rotation_waits_until_the_last_token_of_the_one_before_has_expired() {
        let (kek, random) = (kek("ours"), Random::system());
        let once = sealed().rotate(&kek, &random, NOW).expect("rotates");
        let free_at = NOW.plus(LEAD).plus(KEEP);
        assert_eq!(
            once.clone().rotate(&kek, &random, free_at.minus(Seconds(1))).map(drop),
            Err(CannotRotate::Until(free_at))
        );
        let twice = once.clone().rotate(&kek, &random, free_at).expect("rotates");
        assert_eq!((twice.version, twice.generations.len()), (3, 2));
        assert_eq!(twice.generations[0], once.generations[1], "the current one became the previous one");
        assert_eq!(twice.root, once.root, "the root key never changes");
    }

    #[test]
    fn keys_that_leaked_verify_nothing_from_now_on() {
        let before = sealed().rotate(&kek("ours"), &Random::system(), NOW).expect("rotates");
        let after = before.clone().replace_all(&kek("ours"), &Random::system(), NOW).expect("replaces");
        assert_eq!((after.version, after.generations.len()), (before.version + 1, 1));
        assert!(before.generations.iter().all(|old| old.id != after.generations[0].id));
        assert_eq!(after.root, before.root, "every identity is still found");
        assert!(open(after).current(NOW).is_some(), "the new one signs at once");
    }
}
