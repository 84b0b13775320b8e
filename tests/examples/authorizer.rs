//! A Lambda authorizer in Rust, for an HTTP API of API Gateway with payload 2.0 and simple responses.

#![expect(clippy::disallowed_methods, reason = "a program reads its environment and the clock")]

use std::time::{Duration, Instant};

use jsonwebtoken::jwk::JwkSet;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};
use tokio::sync::Mutex;

#[path = "../tests/support/verifier.rs"]
pub(crate) mod verifier;

use verifier::verify;

/// A new key is published long before it signs.
const FRESH: Duration = Duration::from_mins(10);

pub(crate) struct Authorizer {
    pub(crate) keys: String,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) fetched: Mutex<Option<(Instant, JwkSet)>>,
}

impl Authorizer {
    pub(crate) async fn answer(&self, event: &Value) -> Result<Value, Error> {
        let token = event["headers"]["authorization"].as_str().and_then(|header| header.strip_prefix("Bearer "));
        let mut fetched = self.fetched.lock().await;
        let (at, keys) = match fetched.take().filter(|(at, _)| at.elapsed() < FRESH) {
            Some(fresh) => fresh,
            None => (Instant::now(), reqwest::get(&self.keys).await?.json().await?),
        };
        let claims = token.and_then(|token| verify(&keys, &self.issuer, &self.audience, token).ok());
        *fetched = Some((at, keys));
        let told = claims.as_ref().map(|claims| json!({"sub": claims["sub"], "scope": claims["scope"]}));
        Ok(json!({"isAuthorized": claims.is_some(), "context": told}))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let [keys, issuer, audience] = ["KEYS", "ISSUER", "AUDIENCE"].map(std::env::var);
    let fetched = Mutex::default();
    let authorizer = &Authorizer { keys: keys?, issuer: issuer?, audience: audience?, fetched };
    run(service_fn(|event: LambdaEvent<Value>| async move { authorizer.answer(&event.payload).await })).await
}
