//! The keys that verify, as others read them (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::token::Algorithm;
use crate::token::ring::{KeyError, KeyRing, PublicKey};

/// The ring's public keys as a JWK set: the current, the next, which signs soon, and the one before.
///
/// # Errors
/// [`KeyError`] when a key is not what its algorithm says.
pub fn set(ring: &KeyRing, now: Timestamp) -> Result<Value, KeyError> {
    let keys: Vec<Value> =
        ring.public_keys(now).map(|key| jwk(&key).ok_or(KeyError::Unusable)).collect::<Result<_, _>>()?;
    Ok(json!({"keys": keys}))
}

fn jwk(key: &PublicKey<'_>) -> Option<Value> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let mut jwk = match key.algorithm {
        Algorithm::Rs256 => {
            let (modulus, exponent) = rsa(key.key)?;
            json!({"kty": "RSA", "n": text(modulus), "e": text(exponent)})
        }
        Algorithm::Es256 => {
            // An uncompressed point (SEC 1 §2.3.3): 4, then both coordinates.
            let (x, y) = key.key.strip_prefix(&[4]).filter(|point| point.len() == 64)?.split_at(32);
            json!({"kty": "EC", "crv": "P-256", "x": text(x), "y": text(y)})
        }
        Algorithm::EdDsa => json!({"kty": "OKP", "crv": "Ed25519", "x": text(key.key)}),
        Algorithm::Hs256 => return None,
    };
    jwk["use"] = json!("sig");
    jwk["alg"] = json!(key.algorithm.name());
    jwk["kid"] = json!(key.kid);
    Some(jwk)
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 §A.1.1): two integers in a sequence.
fn rsa(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (integers, rest) = element(der, 0x30)?;
    let (modulus, integers) = element(integers, 0x02)?;
    let (exponent, end) = element(integers, 0x02)?;
    let unsigned = |bytes: &'_ [u8]| bytes.iter().position(|byte| *byte != 0);
    (rest.is_empty() && end.is_empty()).then_some((&modulus[unsigned(modulus)?..], &exponent[unsigned(exponent)?..]))
}

/// The content of the element of that tag which `der` begins with, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = der.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        0x82 => (usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])), &rest[2..]),
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_lc_rs::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::set;
    use crate::clock::{Seconds, Timestamp};
    use crate::id::AppId;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::Algorithm;
    use crate::token::ring::{LEAD, Purpose, SealedRing};
    use crate::token::seal::Kek;

    #[test]
    fn somebody_who_reads_the_set_verifies_what_the_ring_signed() {
        let (kek, random) = (Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned()))), Random::system());
        let now = Timestamp::from_unix(1_800_000_000);
        let first = SealedRing::create(&kek, &random, now).expect("a ring");
        let ring = first.rotate(&kek, &random, now).expect("rotates").open(kek).expect("our ring");
        let set = set(&ring, now).expect("a set");
        let keys = set["keys"].as_array().expect("keys");
        assert_eq!(keys.len(), 6, "the next generation is published before it signs");
        let app: AppId = "demo".parse().expect("an app id");
        let purpose = Purpose { api: "oauth", app: &app };
        let generation = ring.current(now).expect("a generation");
        for algorithm in Algorithm::ASYMMETRIC {
            let signature = ring.sign(generation, algorithm, &purpose, b"message").expect("a signature");
            let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
            let jwk = keys.iter().find(|jwk| jwk["kid"] == generation.kid(algorithm)).expect("published");
            let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().expect("a part")).expect("base64url");
            assert_eq!((&jwk["alg"], &jwk["use"]), (&Value::from(algorithm.name()), &"sig".into()));
            match algorithm {
                Algorithm::Rs256 => RsaPublicKeyComponents { n: part("n"), e: part("e") }.verify(
                    &signature::RSA_PKCS1_2048_8192_SHA256,
                    b"message",
                    &signature,
                ),
                Algorithm::Es256 => {
                    let point = [vec![4], part("x"), part("y")].concat();
                    UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(b"message", &signature)
                }
                _ => UnparsedPublicKey::new(&signature::ED25519, part("x")).verify(b"message", &signature),
            }
            .expect("verifies");
        }
    }

    /// A verifier that takes the first key of the algorithm that it wants takes the one that signs.
    #[test]
    fn the_key_that_signs_stands_before_the_next_one_and_the_one_before() {
        let (kek, random) = (Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned()))), Random::system());
        let now = Timestamp::from_unix(1_800_000_000);
        let first = SealedRing::create(&kek, &random, now).expect("a ring");
        let ring = first.rotate(&kek, &random, now).expect("rotates").open(kek).expect("our ring");
        for at in [now, now.plus(LEAD).minus(Seconds(1)), now.plus(LEAD), now.plus(Seconds::days(9))] {
            let set = set(&ring, at).expect("a set");
            let signs = ring.current(at).expect("a generation");
            for algorithm in Algorithm::ASYMMETRIC {
                let keys = set["keys"].as_array().expect("keys").iter();
                let ids: Vec<_> = keys.filter(|key| key["alg"] == algorithm.name()).map(|key| &key["kid"]).collect();
                assert_eq!((ids.len(), ids[0]), (2, &Value::from(signs.kid(algorithm))), "{at:?}");
                assert_ne!(ids[0], ids[1]);
            }
        }
    }

    #[test]
    fn no_private_part_is_published() {
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        let now = Timestamp::from_unix(1_800_000_000);
        let ring = SealedRing::create(&kek, &Random::system(), now).expect("a ring").open(kek).expect("our ring");
        for jwk in set(&ring, now).expect("a set")["keys"].as_array().expect("keys") {
            for name in jwk.as_object().expect("a key").keys() {
                assert!(["kty", "n", "e", "crv", "x", "y", "use", "alg", "kid"].contains(&name.as_str()), "{name}");
            }
        }
    }
}
