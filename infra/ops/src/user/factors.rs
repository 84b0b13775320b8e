//! `cargo ops user factors`: the second factor of a user who has lost it.

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use shared::notify::email::{Mailer, Recipient};
use shared::notify::letter::{self, Event};
use shared::session::device::Device;
use shared::store::{FactorNotChanged, Nonce};
use shared::user::User;

use super::{CHANGED, Who};
use crate::deployment::OperatorContext;
use crate::out::{aside, say};

/// What is done.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Which second factors the user has
    List(Who),
    /// Take the second factor away, with its recovery codes; the user is told by mail
    Remove(Removal),
}

/// Whose, and who writes to them.
#[derive(Args, Debug)]
pub(super) struct Removal {
    #[command(flatten)]
    who: Who,
    /// The address that the deployment mails from, as its parameter `MailFrom` says; without it the user is not told
    #[arg(long, value_name = "ADDRESS", env = "MAIL_FROM")]
    mail_from: Option<String>,
}

impl Action {
    pub(super) async fn run(self, context: &OperatorContext, json: bool) -> Result<()> {
        match self {
            Self::List(who) => list(context, &who, json).await,
            Self::Remove(removal) => remove(context, &removal, json).await,
        }
    }
}

async fn list(context: &OperatorContext, who: &Who, json: bool) -> Result<()> {
    let user = who.user(context).await?;
    let factor = context.store.factor(&who.app, user.id).await?;
    if json {
        let factors = factor.iter().map(|factor| {
            json!({
                "kind": "totp",
                "since": factor.since.map(shared::clock::Timestamp::unix),
                "recovery_codes": factor.recovery.len(),
            })
        });
        say!("{}", json!({"id": user.id.to_string(), "factors": factors.collect::<Vec<_>>()}))?;
        return Ok(());
    }
    match factor {
        None => say!("{} of {} has no second factor", user.id, who.app)?,
        Some(factor) => {
            say!("totp      an authenticator app, and {} recovery codes", factor.recovery.len())?;
        }
    }
    Ok(())
}

async fn remove(context: &OperatorContext, removal: &Removal, json: bool) -> Result<()> {
    let Removal { who, .. } = removal;
    let (user, now) = (who.user(context).await?, context.clock.now());
    ensure!(user.second_factor, "{} of {} has no second factor", user.id, who.app);
    match context.store.remove_factor(&who.app, &user, &Nonce::draw(&context.random), now).await {
        Ok(()) => {}
        Err(FactorNotChanged::Changed) => anyhow::bail!(CHANGED),
        Err(FactorNotChanged::Store(error)) => return Err(error.into()),
    }
    let told = tell(context, removal, &user).await.context("the factor is removed, and the user was not told")?;
    if json {
        say!("{}", json!({"id": user.id.to_string(), "removed": ["totp"], "told": told}))?;
    } else {
        say!("{} of {} signs in without a second factor", user.id, who.app)?;
    }
    if !told {
        aside(format_args!(
            "the user was not told: that takes an address, and --mail-from as the parameter MailFrom has it"
        ));
    }
    Ok(())
}

/// Writes to the user. `false`: there is nobody to write to, or nothing to write from.
async fn tell(context: &OperatorContext, removal: &Removal, user: &User) -> Result<bool> {
    let (Some(from), Some(email)) = (&removal.mail_from, &user.email) else { return Ok(false) };
    let app = context.store.app(&removal.who.app).await?.context("the app is gone by now")?;
    let language = app.policy.language.unwrap_or_default();
    let letter = letter::told(&app, Event::FactorRemoved, context.clock.now(), &Device::default(), language);
    Mailer::new(&context.aws, from.clone(), None).send(Recipient::Person(email), letter).await?;
    Ok(true)
}
