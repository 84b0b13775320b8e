//! Wycheproof's vectors for JSON Web Signatures, against what `shared::token` verifies with: `jsonwebtoken` as it is built here, and
//! a header that has to be the one that we would have written.

use std::collections::BTreeSet;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};

/// Whether a verifier that writes such headers takes `jws`, as `shared::token::jwt` decides it: the header is compared with its
/// own text first, then the one algorithm and key verify the rest.
fn accepts(jws: &str, header: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
    let [head, _, signature] = jws.split('.').collect::<Vec<_>>()[..] else { return false };
    let message = jws.rsplit_once('.').map_or("", |(message, _)| message);
    head == header && jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm).unwrap_or(false)
}

#[test]
fn every_vector_is_judged_as_wycheproof_says() {
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
