//! `jsonwebtoken`, unmodified, as backends use it: by the keys, the issuer and an audience. `cargo dev test --clients` runs it with the
//! tokens that `tests/clients/verify.py` collected, after `PyJWT` and `jose` had the same ones.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Collected {
    /// Where the keys are.
    keys: String,
    verifiers: Vec<Verifier>,
    tokens: Vec<Sample>,
}

#[derive(Deserialize)]
struct Verifier {
    name: String,
    issuer: String,
    audience: String,
}

#[derive(Deserialize)]
struct Sample {
    kind: String,
    token: String,
    /// The one verifier that takes it.
    good_for: Option<String>,
}

/// As the library's own example has it: the header's `kid` finds the key, and the key says the algorithm.
fn accepts(keys: &JwkSet, verifier: &Verifier, token: &str) -> bool {
    let key = decode_header(token).ok().and_then(|header| keys.find(&header.kid?).map(|key| (header.alg, key)));
    let Some((algorithm, key)) = key else { return false };
    let Ok(key) = DecodingKey::from_jwk(key) else { return false };
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[&verifier.issuer]);
    validation.set_audience(&[&verifier.audience]);
    decode::<Value>(token, &key, &validation).is_ok()
}

#[tokio::test]
#[ignore = "wants the tokens of a running service: cargo dev test --clients"]
#[expect(clippy::disallowed_methods, reason = "the command that runs it names the file by the environment")]
async fn a_stock_verifier_takes_each_token_for_what_it_is_and_nothing_else() {
    let file = std::env::var("LATCHET_TOKENS").expect("LATCHET_TOKENS names the file that verify.py wrote");
    let collected: Collected = serde_json::from_slice(&std::fs::read(file).expect("the file")).expect("JSON");
    let answer = reqwest::get(&collected.keys).await.expect("an answer");
    let keys: JwkSet = answer.json().await.expect("keys");
    for verifier in &collected.verifiers {
        for Sample { kind, token, good_for } in &collected.tokens {
            let expected = good_for.as_ref() == Some(&verifier.name);
            assert_eq!(accepts(&keys, verifier, token), expected, "{}: {kind}", verifier.name);
        }
    }
}
