//! The public keys that a client proves itself with, as its owner registered them (RFC 7517).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};

use crate::token::Algorithm;

/// A set of keys, each of which verifies one algorithm.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientKeys(Vec<ClientKey>);

/// One key. Its kind fixes the algorithm, whatever the header of an assertion says (RFC 8725 §3.1).
#[derive(Clone, PartialEq, Eq, Serialize)]
struct ClientKey {
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(flatten)]
    material: Material,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    #[serde(rename = "OKP")]
    Okp { crv: String, x: String },
}

/// What a set may say of a key. What else it says is not needed.
#[derive(Deserialize)]
struct Read {
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default, rename = "d")]
    private: Option<serde_json::Value>,
    #[serde(flatten)]
    rest: serde_json::Value,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

/// Why a text gives no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKeys {
    /// It is no JWK set.
    #[error("not a JWK set: {{\"keys\": […]}}")]
    Malformed,
    /// Somebody gave away the half that signs.
    #[error("it holds a private key: give the public half alone, and replace the key, since it was written down here")]
    Private,
    /// None of its keys can be used, or too many.
    #[error(
        "it has no key that can be used, or more than {}: RSA of 2048 to 4096 bits, EC on P-256 or Ed25519, to sign RS256, ES256 or EdDSA",
        ClientKeys::MOST
    )]
    NoKeys,
}

impl ClientKeys {
    /// A current key, the next, and some for each machine.
    pub const MOST: usize = 8;

    /// Longer than any set of so many keys with their certificates.
    pub const LONGEST: usize = 64 * 1024;

    /// Reads a set. Keys of another kind or for another use are passed over.
    ///
    /// # Errors
    /// [`NotKeys`]
    pub fn read(json: &[u8]) -> Result<Self, NotKeys> {
        if json.len() > Self::LONGEST {
            return Err(NotKeys::Malformed);
        }
        let set: Set = serde_json::from_slice(json).map_err(|_| NotKeys::Malformed)?;
        let mut keys = Vec::new();
        for jwk in set.keys {
            let Ok(read) = serde_json::from_value::<Read>(jwk) else { continue };
            if read.private.is_some() {
                return Err(NotKeys::Private);
            }
            keys.extend(ClientKey::of(read));
        }
        if (1..=Self::MOST).contains(&keys.len()) { Ok(Self(keys)) } else { Err(NotKeys::NoKeys) }
    }

    /// The set as it is kept: what is needed of it.
    #[must_use]
    pub fn write(&self) -> String {
        self.to_json().to_string()
    }

    /// The same as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({"keys": self.0})
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The keys that may verify an assertion whose header names `kid`, if it does, and `algorithm`.
    pub(crate) fn for_header(&self, kid: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = DecodingKey> {
        let is_named = move |key: &&ClientKey| match (kid, &key.kid) {
            (Some(named), Some(known)) => named == known,
            _ => true,
        };
        let fits = move |key: &&ClientKey| key.material.algorithm() == Some(algorithm);
        self.0.iter().filter(is_named).filter(fits).filter_map(|key| key.material.key())
    }
}

/// How many: they are public, and long.
impl fmt::Debug for ClientKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKeys").field("keys", &self.0.len()).finish()
    }
}

impl ClientKey {
    fn of(read: Read) -> Option<Self> {
        let material: Material = serde_json::from_value(read.rest).ok()?;
        let algorithm = material.algorithm().filter(|_| material.key().is_some())?;
        let signs = read.usage.is_none_or(|usage| usage == "sig");
        // RFC 9864 calls EdDSA on this curve Ed25519.
        let is_of = |alg: &str| alg == algorithm.name() || (algorithm == Algorithm::EdDsa && alg == "Ed25519");
        (signs && read.alg.as_deref().is_none_or(is_of)).then_some(Self { kid: read.kid, material })
    }
}

impl Material {
    /// The one algorithm that the key verifies; `None` of a curve that we do not have.
    fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::Rsa { .. } => Some(Algorithm::Rs256),
            Self::Ec { crv, .. } => (crv == "P-256").then_some(Algorithm::Es256),
            Self::Okp { crv, .. } => (crv == "Ed25519").then_some(Algorithm::EdDsa),
        }
    }

    /// The key, if its parts are as long as they have to be.
    fn key(&self) -> Option<DecodingKey> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        match self {
            Self::Rsa { n, e } => {
                let (modulus, exponent) = (bytes(n)?, bytes(e)?);
                let fits =
                    (256..=512).contains(&modulus.len()) && modulus[0] >= 0x80 && (1..=8).contains(&exponent.len());
                fits.then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))
            }
            Self::Ec { x, y, .. } => {
                let fits = bytes(x)?.len() == 32 && bytes(y)?.len() == 32;
                fits.then(|| DecodingKey::from_ec_components(x, y).ok()).flatten()
            }
            Self::Okp { x, .. } => (bytes(x)?.len() == 32).then(|| DecodingKey::from_ed_components(x).ok()).flatten(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ClientKeys, NotKeys};
    use crate::token::Algorithm;

    /// RFC 7517 Appendix A.1 and RFC 8037 Appendix A.2.
    fn ec() -> Value {
        json!({"kty": "EC", "crv": "P-256", "kid": "e", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"})
    }

    fn ed() -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    }

    fn rsa(bytes: usize) -> Value {
        use base64::Engine as _;
        let modulus = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(vec![0x91; bytes]);
        json!({"kty": "RSA", "n": modulus, "e": "AQAB", "kid": "r"})
    }

    fn with(mut key: Value, name: &str, value: &str) -> Value {
        key[name] = json!(value);
        key
    }

    fn read(keys: &[Value]) -> Result<ClientKeys, NotKeys> {
        ClientKeys::read(json!({"keys": keys}).to_string().as_bytes())
    }

    #[test]
    fn a_set_reads_back_as_it_was_written() {
        let keys = read(&[with(ec(), "use", "sig"), ed(), with(rsa(256), "x5t", "x")]).expect("keys");
        assert_eq!(keys.count(), 3);
        assert_eq!(ClientKeys::read(keys.write().as_bytes()), Ok(keys));
    }

    #[test]
    fn a_key_is_for_the_algorithm_of_its_kind_and_for_headers_that_name_it_or_none() {
        let keys = read(&[ec(), ed(), rsa(256)]).expect("keys");
        let found = |kid, algorithm| keys.for_header(kid, algorithm).count();
        for (kid, of_es256, of_rs256, of_eddsa) in
            [(None, 1, 1, 1), (Some("e"), 1, 0, 1), (Some("r"), 0, 1, 1), (Some("x"), 0, 0, 1)]
        {
            let counts = [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa].map(|algorithm| found(kid, algorithm));
            assert_eq!(counts, [of_es256, of_rs256, of_eddsa], "{kid:?}");
        }
        assert_eq!(found(None, Algorithm::Hs256), 0);
    }

    #[test]
    fn keys_that_cannot_be_used_are_passed_over_and_private_ones_refused() {
        let useless = [
            json!({"kty": "oct", "k": "c2VjcmV0"}),
            with(ec(), "crv", "P-384"),
            with(ec(), "x", "AA"),
            with(ec(), "use", "enc"),
            with(ec(), "alg", "RS256"),
            with(rsa(256), "alg", "PS256"),
            rsa(128),
            rsa(1024),
            with(ed(), "crv", "Ed448"),
            json!("key"),
        ];
        for key in &useless {
            assert_eq!(read(std::slice::from_ref(key)), Err(NotKeys::NoKeys), "{key}");
        }
        assert_eq!(read(&[&useless[..], &[with(ed(), "alg", "Ed25519")]].concat()).expect("one").count(), 1);
        let nine: [Value; ClientKeys::MOST + 1] = std::array::from_fn(|_| ed());
        assert_eq!(read(&nine), Err(NotKeys::NoKeys));
        assert_eq!(read(&[ed(), with(ec(), "d", "x")]), Err(NotKeys::Private));
        for text in ["", "{}", "[]", r#"{"keys":1}"#, "x"] {
            assert_eq!(ClientKeys::read(text.as_bytes()), Err(NotKeys::Malformed), "{text}");
        }
    }
}
