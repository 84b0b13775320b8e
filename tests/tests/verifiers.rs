//! `jsonwebtoken`, unmodified, as backends use it: by the keys, the issuer and an audience. `cargo dev test --clients` runs it with the
//! tokens that `tests/clients/verify.py` collected, after `PyJWT` and `jose` had the same ones. So has the Lambda authorizer that
//! `docs/verify.md` shows.

#[path = "../examples/authorizer.rs"]
#[expect(dead_code, reason = "its `main` is a program's")]
mod authorizer;

use authorizer::Authorizer;
use authorizer::verifier::verify;
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

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

#[expect(clippy::disallowed_methods, reason = "the command that runs it names the file by the environment")]
#[expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]
fn collected() -> Collected {
    let file = std::env::var("LATCHET_TOKENS").expect("LATCHET_TOKENS names the file that verify.py wrote");
    serde_json::from_slice(&std::fs::read(file).expect("the file")).expect("JSON")
}

#[tokio::test]
#[ignore = "wants the tokens of a running service: cargo dev test --clients"]
async fn a_stock_verifier_takes_each_token_for_what_it_is_and_nothing_else() {
    let collected = collected();
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

#[tokio::test]
#[ignore = "wants the tokens of a running service: cargo dev test --clients"]
async fn a_lambda_authorizer_lets_each_token_in_where_it_belongs_and_nowhere_else() {
    let Collected { keys, verifiers, tokens } = collected();
    for Verifier { name, issuer, audience } in verifiers {
        let authorizer = Authorizer { keys: keys.clone(), issuer, audience, fetched: Mutex::default() };
        for Sample { kind, token, good_for } in &tokens {
            let event = json!({"headers": {"authorization": format!("Bearer {token}")}});
            let answer = authorizer.answer(&event).await.expect("an answer");
            assert_eq!(answer["isAuthorized"], good_for.as_ref() == Some(&name), "{name}: {kind}");
            assert_eq!(answer["context"]["sub"].is_string(), good_for.as_ref() == Some(&name), "{name}: {kind}");
        }
        let answer = authorizer.answer(&json!({"headers": {}})).await.expect("an answer");
        assert_eq!(answer, json!({"isAuthorized": false, "context": null}));
    }
}
