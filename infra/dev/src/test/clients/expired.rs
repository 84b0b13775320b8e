//! Tokens whose time is over. Nobody can wait for one, so they are signed here, with the keys of the local run.

use std::path::Path;

use anyhow::Result;
use ops::deployment::OperatorContext;
use serde_json::json;
use shared::clock::Seconds;
use shared::id::AppId;
use shared::token::jwt::{self, Claims};
use shared::token::ring::Purpose;
use shared::token::{APP_API, Algorithm, ID_TOKEN, OAUTH_API};

/// How long ago they ended: longer than the leeway that any of the verifiers gives.
const AGO: Seconds = Seconds::minutes(10);

/// Who is told that they are for them, and how they are signed: as the service signs the living ones of that kind.
const KINDS: [(&str, &str, &str, Algorithm); 3] = [
    ("App API, default, expired", APP_API, "default", Algorithm::Es256),
    ("OAuth client, for notes, expired", OAUTH_API, "https://notes.example", Algorithm::Rs256),
    ("ID token, default, expired", ID_TOKEN, "demo-client", Algorithm::Rs256),
];

/// Writes them to `into`, as `tests/clients/verify.py` writes the living ones.
pub(super) async fn write(context: &OperatorContext, app: &AppId, issuer: &str, into: &Path) -> Result<()> {
    let now = context.clock.now();
    let ring = context.store.ring(now).await?;
    let (ended, mut tokens) = (now.minus(AGO), Vec::new());
    for (kind, api, audience, algorithm) in KINDS {
        let purpose = Purpose { api, app };
        let claims = Claims {
            iss: issuer.to_owned(),
            aud: audience.to_owned(),
            sub: "1".to_owned(),
            iat: ended.minus(Seconds::hours(1)).unix(),
            exp: ended.unix(),
            ..Claims::default()
        };
        let token = jwt::sign(&ring, algorithm, &purpose, &claims, now)?.reveal();
        tokens.push(json!({"kind": kind, "token": token, "good_for": null, "audience": audience}));
    }
    Ok(std::fs::write(into, serde_json::to_vec(&tokens)?)?)
}
