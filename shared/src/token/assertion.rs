//! Assertions: JWTs by which a client proves who it is with a key of its own (RFC 7523 §2.2, §3).
//!
//! The header is read by us before `jsonwebtoken` sees the assertion, and has three members at most: with `jku`, `jwk`,
//! `x5u` or `crit` it is refused. The registered key's kind fixes the algorithm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Validation;
use serde::{Deserialize, Deserializer};

use crate::clock::{Seconds, Timestamp};
use crate::id::ClientId;
use crate::token::Algorithm;
use crate::token::client_keys::ClientKeys;

/// The type that a request names (RFC 7523 §2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest that an assertion may live from now: its `jti` has to be remembered for so long.
const LONGEST_LIFE: Seconds = Seconds::hours(1);

/// How far a client's clock may be ahead of ours.
const SKEW: Seconds = Seconds(60);

/// Longer than any assertion; a longer one is not even split.
const LONGEST: usize = 8192;

/// Longer than any `jti`.
const LONGEST_ID: usize = 512;

/// A proof that a client has one of its keys. It is good once: [`crate::store::Store::spend_assertion`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Tells it from the client's others.
    pub id: String,
    /// It is of no use from here on.
    pub expires: Timestamp,
}

/// The text proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an assertion of this client for us")]
pub struct NotAnAssertion;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    /// `jsonwebtoken` takes a list with the client among others for the client.
    iss: String,
    aud: Audiences,
    #[serde(deserialize_with = "seconds")]
    exp: i64,
    #[serde(default, deserialize_with = "maybe_seconds")]
    iat: Option<i64>,
    #[serde(default, deserialize_with = "maybe_seconds")]
    nbf: Option<i64>,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Several(Vec<String>),
}

/// Who the assertion says it is of. It tells whose keys to verify it with, and nothing of it is believed.
#[must_use]
pub fn subject(assertion: &str) -> Option<ClientId> {
    #[derive(Deserialize)]
    struct Subject {
        sub: String,
    }
    let payload = assertion.split('.').nth(1).filter(|_| assertion.len() <= LONGEST)?;
    let claims: Subject = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    claims.sub.parse().ok()
}

/// Reads an assertion that `client` signed with one of its `keys`, for us alone: each of its audiences is one of `audiences`.
///
/// # Errors
/// [`NotAnAssertion`]
pub fn verify(
    text: &str,
    client: &ClientId,
    keys: &ClientKeys,
    audiences: &[&str],
    now: Timestamp,
) -> Result<Assertion, NotAnAssertion> {
    let (header, algorithm) = header(text).ok_or(NotAnAssertion)?;
    let mut rules = Validation::new(algorithm.into());
    // Its times are compared with our own clock, below.
    rules.validate_exp = false;
    rules.leeway = 0;
    rules.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    rules.set_issuer(&[client.as_str()]);
    rules.sub = Some(client.as_str().to_owned());
    rules.set_audience(audiences);
    let mut keys = keys.for_header(header.kid.as_deref(), algorithm);
    let claims: Claims = keys
        .find_map(|key| jsonwebtoken::decode(text, &key, &rules).ok())
        .map(|verified| verified.claims)
        .ok_or(NotAnAssertion)?;
    let is_ours = |audience: &String| audiences.contains(&audience.as_str());
    // What is good at another server, too, could be used by that server here.
    let for_us_alone = match &claims.aud {
        Audiences::One(audience) => is_ours(audience),
        Audiences::Several(audiences) => audiences.iter().all(is_ours),
    };
    let begun = [claims.iat, claims.nbf].into_iter().flatten().all(|time| time <= now.plus(SKEW).unix());
    let expires = Timestamp::from_unix(claims.exp);
    let alive = now < expires && expires <= now.plus(LONGEST_LIFE).plus(SKEW);
    let is_its_own = claims.iss == client.as_str();
    let has_id = (1..=LONGEST_ID).contains(&claims.jti.len());
    if is_its_own && for_us_alone && begun && alive && has_id {
        Ok(Assertion { id: claims.jti, expires })
    } else {
        Err(NotAnAssertion)
    }
}

/// The header, if it is one that we understand wholly.
fn header(text: &str) -> Option<(Header, Algorithm)> {
    let head = text.split('.').next().filter(|_| text.len() <= LONGEST)?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
    let algorithm = header.alg.parse().ok().filter(|algorithm| Algorithm::ASYMMETRIC.contains(algorithm))?;
    let kinds = ["JWT", "client-authentication+jwt"];
    let is_of_kind = |kind: &str| kinds.iter().any(|known| known.eq_ignore_ascii_case(kind));
    header.typ.as_deref().is_none_or(is_of_kind).then_some((header, algorithm))
}

/// A `NumericDate` (RFC 7519 §2) may have a fraction.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    #[expect(clippy::cast_possible_truncation, reason = "a time beyond the ends of i64 is at that end")]
    let whole = || number.as_f64().map(|seconds| seconds as i64);
    number.as_i64().or_else(whole).ok_or_else(|| serde::de::Error::custom("no time"))
}

fn maybe_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    seconds(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::{Assertion, NotAnAssertion, subject, verify};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::ClientId;
    use crate::token::client_keys::ClientKeys;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    const ISSUER: &str = "https://auth.example";
    const TOKEN: &str = "https://auth.example/api/v1/auth/oauth2/token";

    struct Signer {
        client: ClientId,
        ed: Ed25519KeyPair,
        ec: EcdsaKeyPair,
    }

    impl Signer {
        fn new() -> Self {
            let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
            let ed = Ed25519KeyPair::generate().expect("a key");
            Self { client: "reader".parse().expect("a client id"), ed, ec }
        }

        fn keys(&self) -> ClientKeys {
            let point = self.ec.public_key().as_ref();
            let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            let ec =
                json!({"kty": "EC", "crv": "P-256", "kid": "ec", "x": text(&point[1..33]), "y": text(&point[33..])});
            let ed = json!({"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": text(self.ed.public_key().as_ref())});
            ClientKeys::read(json!({"keys": [ec, ed]}).to_string().as_bytes()).expect("keys")
        }

        fn claims(&self) -> Value {
            let now = NOW.unix();
            json!({"iss": self.client.as_str(), "sub": self.client.as_str(), "aud": ISSUER, "jti": "1", "iat": now, "exp": now + 60})
        }

        #[expect(clippy::disallowed_methods, reason = "a signature differs each time, whatever a test does")]
        fn sign(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", part(header), part(claims));
            let signature = if header["alg"] == "ES256" {
                self.ec.sign(&SystemRandom::new(), message.as_bytes()).expect("a signature").as_ref().to_vec()
            } else {
                self.ed.sign(message.as_bytes()).as_ref().to_vec()
            };
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
        }

        fn verify(&self, text: &str) -> Result<Assertion, NotAnAssertion> {
            verify(text, &self.client, &self.keys(), &[ISSUER, TOKEN], NOW)
        }
    }

    fn changed(mut claims: Value, name: &str, value: &Value) -> Value {
        claims[name] = value.clone();
        claims
    }

    #[test]
    fn an_assertion_of_a_registered_key_is_read() {
        let signer = Signer::new();
        for header in [
            json!({"alg": "EdDSA"}),
            json!({"alg": "ES256", "kid": "ec", "typ": "JWT"}),
            json!({"alg": "EdDSA", "typ": "client-authentication+jwt"}),
        ] {
            let text = signer.sign(&header, &signer.claims());
            assert_eq!(subject(&text), Some(signer.client.clone()));
            let read = Assertion { id: "1".to_owned(), expires: NOW.plus(Seconds(60)) };
            assert_eq!(signer.verify(&text), Ok(read), "{header}");
        }
    }

    #[test]
    fn a_header_that_says_anything_else_is_refused_though_the_signature_is_right() {
        let signer = Signer::new();
        for header in [
            json!({"alg": "none"}),
            json!({"alg": "HS256"}),
            json!({"alg": "EdDSA", "typ": "at+jwt"}),
            json!({"alg": "EdDSA", "jku": "https://evil.example/keys"}),
            json!({"alg": "EdDSA", "jwk": {}}),
            json!({"alg": "EdDSA", "crit": ["exp"]}),
            json!({"alg": "EdDSA", "kid": "ec"}),
            json!({"alg": "EdDSA", "kid": "nobody's"}),
            json!({"alg": "RS256"}),
        ] {
            assert_eq!(signer.verify(&signer.sign(&header, &signer.claims())), Err(NotAnAssertion), "{header}");
        }
        let text = signer.sign(&json!({"alg": "EdDSA"}), &signer.claims());
        let twice = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","alg":"EdDSA"}"#);
        for text in
            [String::new(), "..".to_owned(), format!("{text}="), format!("{twice}{}", &text[text.find('.').unwrap()..])]
        {
            assert_eq!(signer.verify(&text), Err(NotAnAssertion), "{text}");
        }
    }

    #[test]
    fn an_assertion_is_of_its_client_for_us_alone_and_for_an_hour_at_most() {
        let signer = Signer::new();
        let now = NOW.unix();
        let read = |name: &str, value: Value| {
            signer.verify(&signer.sign(&json!({"alg": "EdDSA"}), &changed(signer.claims(), name, &value))).is_ok()
        };
        for (name, good, bad) in [
            ("iss", vec![json!("reader")], vec![json!("other"), json!(null), json!(["reader"])]),
            ("sub", vec![json!("reader")], vec![json!("other"), json!(null)]),
            (
                "aud",
                vec![json!(ISSUER), json!(TOKEN), json!([ISSUER, TOKEN])],
                vec![json!("https://evil.example"), json!([ISSUER, "https://evil.example"]), json!([]), json!(null)],
            ),
            (
                "exp",
                vec![json!(now + 1), json!(now + 3600), json!(now + 60)],
                vec![json!(now), json!(now + 3661), json!("x"), json!(null)],
            ),
            ("iat", vec![json!(now + 60), json!(0), json!(1.5)], vec![json!(now + 61)]),
            ("nbf", vec![json!(now)], vec![json!(now + 61)]),
            ("jti", vec![json!("x")], vec![json!(""), json!("x".repeat(513)), json!(null), json!(1)]),
        ] {
            for value in good {
                assert!(read(name, value.clone()), "{name}: {value}");
            }
            for value in bad {
                assert!(!read(name, value.clone()), "{name}: {value}");
            }
        }
    }

    #[test]
    fn another_clients_key_signs_nothing_for_this_one() {
        let (ours, theirs) = (Signer::new(), Signer::new());
        let text = theirs.sign(&json!({"alg": "EdDSA"}), &ours.claims());
        assert_eq!(ours.verify(&text), Err(NotAnAssertion));
    }
}
