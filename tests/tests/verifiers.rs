//! `jsonwebtoken`, unmodified, as backends use it: by the keys, the issuer and an audience. `cargo dev test --clients` runs it with the
//! tokens that `tests/clients/verify.py` collected, after `PyJWT` and `jose` had the same ones.

#[path = "support/verifier.rs"]
mod verifier;

use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;

use verifier::verify;

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
            let accepted = verify(&keys, &verifier.issuer, &verifier.audience, token).is_ok();
            assert_eq!(accepted, expected, "{}: {kind}", verifier.name);
        }
    }
}
