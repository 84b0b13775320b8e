//! The user that a local service has from the start: the one of the OpenID Foundation's conformance suite, whose plans want
//! a value for every claim.

use anyhow::Result;
use serde::Serialize;
use shared::id::AppId;
use shared::secret::Secret;
use shared::store::{Nonce, NotRegistered, Registration};
use shared::user::User;
use shared::user::email_proof::EmailProof;
use shared::user::password::{CanonicalPassword, Hasher};

use super::seed::{BOUND, Ground};

const USERNAME: &str = "conformance";
const EMAIL: &str = "conformance@example.com";
const PHONE: &str = "+8613800138000";
/// Of a throw-away service, and in its info file.
const PASSWORD: &str = "basic-op-2026";

/// A user and what they sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct DemoUser {
    pub(super) app: &'static str,
    pub(super) username: &'static str,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
}

/// Registers the user where they are not there yet.
pub(super) async fn seed(ground: &Ground<'_>) -> Result<Vec<DemoUser>> {
    let context = ground.context()?;
    let (app, now): (AppId, _) = (BOUND.parse()?, context.clock.now());
    let password = CanonicalPassword::from_plain(&Secret::new(PASSWORD.to_owned()));
    let user = User {
        name: "Confy Formance".to_owned(),
        username: Some(USERNAME.parse()?),
        email: Some(EMAIL.parse()?),
        email_proof: EmailProof::Proven,
        phone: Some(PHONE.parse()?),
        ..User::new(&context.random, now)
    };
    let registration = Registration {
        user,
        password: Some(Hasher::new().hash(&password, &context.random)),
        challenge: None,
        opening: None,
        source: "127.0.0.1".to_owned(),
    };
    match context.store.register(&app, &registration, &Nonce::draw(&context.random), now).await {
        // An earlier run registered them.
        Ok(()) | Err(NotRegistered::HandleTaken(_)) => {}
        Err(error @ NotRegistered::Store(_)) => return Err(error.into()),
    }
    Ok(vec![DemoUser { app: BOUND, username: USERNAME, email: EMAIL, password: PASSWORD }])
}
