//! `cargo ops user verify`: the operator knows that an address is its user's.

use anyhow::{Context as _, Result, ensure};

use super::{CHANGED, Who, done};
use crate::deployment::OperatorContext;

pub(super) async fn run(context: &OperatorContext, who: &Who, json: bool) -> Result<()> {
    let user = who.user(context).await?;
    let email = user.email.clone().with_context(|| format!("{} has no e-mail address to verify", user.id))?;
    ensure!(context.store.prove_by_word(&who.app, &user, &email, context.clock.now()).await?, CHANGED);
    done(context, &who.app, user.id, "has a verified address", json).await
}
