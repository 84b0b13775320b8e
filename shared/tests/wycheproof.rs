//! Wycheproof's vectors against what `shared::token` verifies with: `jsonwebtoken` as it is built here, with keys made from
//! what the key ring stores.
//!
//! `json_web_signature.json` has whole JSON Web Signatures. Of the 401 that Wycheproof has, it holds the 45 of HS256, ES256 and
//! RS256 that have the form of our tokens; no package of a registry ships that file, so these were copied. The other
//! four files have every vector of one algorithm below it: 846 signatures, as the crate `wycheproof` ships them.

#![expect(clippy::expect_used, reason = "a test whose vectors cannot be read has to fail")]

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::random::Random;
use shared::secret::Secret;
use shared::token::jwt;
use shared::token::ring::{Purpose, SealedRing};
use shared::token::seal::Kek;

/// Whether a verifier that writes such headers takes `jws`, as `shared::token::jwt` decides it: the header is compared with its
/// own text first, then the one algorithm and key verify the rest.
fn accepts(jws: &str, header: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
    let [head, _, signature] = jws.split('.').collect::<Vec<_>>()[..] else { return false };
    let message = jws.rsplit_once('.').map_or("", |(message, _)| message);
    head == header && jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm).unwrap_or(false)
}

#[test]
fn every_json_web_signature_is_judged_as_wycheproof_says() {
    let vectors: Value =
        serde_json::from_str(include_str!("wycheproof/json_web_signature.json")).expect("the file is JSON");
    let mut judged = BTreeSet::new();
    for group in vectors["testGroups"].as_array().expect("groups") {
        let jwk: Jwk = serde_json::from_value(group["key"].clone()).expect("a key");
        let key = DecodingKey::from_jwk(&jwk).expect("a key");
        let algorithm: Algorithm = group["key"]["alg"].as_str().and_then(|name| name.parse().ok()).expect("known");
        let tests = group["tests"].as_array().expect("tests");
        let header = tests[0]["jws"].as_str().and_then(|valid| valid.split('.').next()).expect("the valid one");
        for test in tests {
            let jws = test["jws"].as_str().expect("a text");
            assert_eq!(json!(accepts(jws, header, &key, algorithm)), json!(test["result"] == "valid"), "{test}");
            // Without the comparison of the header, too: no signature passes that was made with another key or over another text.
            if let Some((message, signature)) = jws.rsplit_once('.') {
                let verified = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm);
                assert_eq!(verified.unwrap_or(false), test["result"] == "valid", "{test}");
            }
            judged.insert(test["tcId"].as_u64());
        }
    }
    assert_eq!(judged.len(), 45);
}

#[test]
fn no_json_web_signature_of_a_foreign_key_is_a_token_of_ours() {
    let vectors: Value =
        serde_json::from_str(include_str!("wycheproof/json_web_signature.json")).expect("the file is JSON");
    let now = Timestamp::from_unix(1_800_000_000);
    let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
    let ring =
        SealedRing::create(&kek, &Random::system(), now).and_then(|sealed| Ok(sealed.open(kek)?)).expect("a ring");
    let app = "demo".parse().expect("an app id");
    let purpose = Purpose { api: "app", app: &app };
    for group in vectors["testGroups"].as_array().expect("groups") {
        for test in group["tests"].as_array().expect("tests") {
            let jws = test["jws"].as_str().expect("a text");
            for algorithm in ["HS256", "RS256", "ES256", "EdDSA"] {
                let algorithm = algorithm.parse().expect("an algorithm");
                let verified = jwt::verify(&ring, algorithm, &purpose, "https://auth.example", jws, now);
                assert!(verified.is_err(), "{test}");
            }
        }
    }
}

/// A file of signatures over plain messages, in hex: `[tcId, message, signature, result]`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signatures {
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    key: String,
    tests: Vec<(u64, String, String, String)>,
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// How many signatures of the file are accepted and refused, after each was judged as `is_good` says of its result.
fn judge(
    file: &str,
    algorithm: Algorithm,
    key: impl Fn(&[u8]) -> DecodingKey,
    is_good: impl Fn(&str, &[u8]) -> bool,
) -> (usize, usize) {
    let vectors: Signatures = serde_json::from_str(file).expect("the file is JSON");
    let (mut accepted, mut refused) = (0, 0);
    for group in &vectors.test_groups {
        let key = key(&bytes(&group.key));
        for (id, message, signature, result) in &group.tests {
            let signature = bytes(signature);
            let encoded = URL_SAFE_NO_PAD.encode(&signature);
            let verified = jsonwebtoken::crypto::verify(&encoded, &bytes(message), &key, algorithm).unwrap_or(false);
            assert_eq!(verified, is_good(result, &signature), "{algorithm:?} {id}: {result}");
            if verified { accepted += 1 } else { refused += 1 }
        }
    }
    (accepted, refused)
}

#[test]
fn every_es256_signature_is_judged_as_wycheproof_says() {
    let file = include_str!("wycheproof/es256.json");
    assert_eq!(judge(file, Algorithm::ES256, DecodingKey::from_ec_der, |result, _| result == "valid"), (173, 89));
}

#[test]
fn every_eddsa_signature_is_judged_as_wycheproof_says() {
    let file = include_str!("wycheproof/eddsa.json");
    assert_eq!(judge(file, Algorithm::EdDSA, DecodingKey::from_ed_der, |result, _| result == "valid"), (88, 63));
}

/// The one that Wycheproof leaves open, a digest without its NULL parameter, is refused (RFC 8017 §9.2, note 1).
#[test]
fn every_rs256_signature_is_judged_as_wycheproof_says() {
    let file = include_str!("wycheproof/rs256.json");
    assert_eq!(judge(file, Algorithm::RS256, DecodingKey::from_rsa_der, |result, _| result == "valid"), (9, 250));
}

/// Half of the codes are cut to 16 bytes, which is good for other protocols. A token has all 32 (RFC 7518 §3.2).
#[test]
fn every_hs256_code_is_judged_as_wycheproof_says_and_a_short_one_is_refused() {
    let file = include_str!("wycheproof/hs256.json");
    let key = |secret: &[u8]| DecodingKey::from_secret(secret).expect("a key");
    let is_good = |result: &str, code: &[u8]| result == "valid" && code.len() == 32;
    assert_eq!(judge(file, Algorithm::HS256, key, is_good), (33, 141));
}
