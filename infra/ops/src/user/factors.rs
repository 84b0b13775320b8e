//! `cargo ops user factors`: what a user signs in with beside the password, for one who has lost it.

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::notify::email::{Mailer, Recipient};
use shared::notify::letter::{self, Event, PasskeyNews};
use shared::passkey::{Passkey, PasskeyId};
use shared::session::device::Device;
use shared::store::{FactorNotChanged, Nonce, StoredFactor};
use shared::user::User;

use super::{CHANGED, Who};
use crate::deployment::OperatorContext;
use crate::out::{aside, say};

/// What is done.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// List the authenticator app and the passkeys of the user
    List(Who),
    /// Remove the authenticator app with its recovery codes, or a passkey. With --mail-from the user gets a mail
    Remove(Removal),
}

/// What of whom, and who writes to them.
#[derive(Args, Debug)]
pub(super) struct Removal {
    #[command(flatten)]
    who: Who,
    /// This passkey, as `list` names it, in place of the authenticator app
    #[arg(long, value_name = "ID")]
    passkey: Option<PasskeyId>,
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
    if json {
        let factors = described(context, who, &user).await?;
        say!("{}", json!({"id": user.id.to_string(), "factors": factors}))?;
        return Ok(());
    }
    let factor = context.store.factor(&who.app, user.id).await?;
    let passkeys = context.store.passkeys(&who.app, &user).await?;
    if factor.is_none() && passkeys.is_empty() {
        say!("{} of {} has neither an authenticator app nor a passkey", user.id, who.app)?;
    }
    if let Some(factor) = factor {
        say!("totp      an authenticator app, and {} recovery codes", factor.recovery.len())?;
    }
    for passkey in passkeys {
        say!("passkey   {}  {}", passkey.credential.id().as_str(), passkey.name.as_str())?;
    }
    Ok(())
}

/// The factors of a user, without what opens something.
pub(super) async fn described(context: &OperatorContext, who: &Who, user: &User) -> Result<Vec<Value>> {
    let factor = context.store.factor(&who.app, user.id).await?;
    let passkeys = context.store.passkeys(&who.app, user).await?;
    Ok(factor.iter().map(describe).chain(passkeys.iter().map(describe_passkey)).collect())
}

fn describe(factor: &StoredFactor) -> Value {
    let since = factor.since.map(Timestamp::unix);
    json!({"kind": "totp", "since": since, "recovery_codes": factor.recovery.len()})
}

fn describe_passkey(passkey: &Passkey) -> Value {
    json!({
        "kind": "passkey",
        "id": passkey.credential.id().as_str(),
        "name": passkey.name.as_str(),
        "since": passkey.created.unix(),
        "used": passkey.used.map(Timestamp::unix),
    })
}

async fn remove(context: &OperatorContext, removal: &Removal, json: bool) -> Result<()> {
    let Removal { who, passkey, .. } = removal;
    let user = who.user(context).await?;
    let (removed, event) = match passkey {
        Some(id) => (remove_passkey(context, who, &user, id).await?, Event::Passkey(PasskeyNews::Removed)),
        None => (remove_app(context, who, &user).await?, Event::FactorRemoved),
    };
    let told = tell(context, removal, &user, event).await.context("it is removed, and the user was not told")?;
    if json {
        say!("{}", json!({"id": user.id.to_string(), "removed": [removed], "told": told}))?;
    } else if passkey.is_some() {
        say!("{} of {} signs in without that passkey", user.id, who.app)?;
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

async fn remove_app(context: &OperatorContext, who: &Who, user: &User) -> Result<&'static str> {
    ensure!(user.second_factor, "{} of {} has no authenticator app", user.id, who.app);
    let (nonce, now) = (Nonce::draw(&context.random), context.clock.now());
    match context.store.remove_factor(&who.app, user, &nonce, now).await {
        Ok(()) => Ok("totp"),
        Err(FactorNotChanged::Changed | FactorNotChanged::MovedOn) => anyhow::bail!(CHANGED),
        Err(FactorNotChanged::Store(error)) => Err(error.into()),
    }
}

async fn remove_passkey(context: &OperatorContext, who: &Who, user: &User, id: &PasskeyId) -> Result<&'static str> {
    let removed = context.store.remove_passkey(&who.app, user.id, id).await?;
    ensure!(removed, "{} of {} has no such passkey: `list` names them", user.id, who.app);
    Ok("passkey")
}

/// Writes to the user. `false`: there is nobody to write to, or nothing to write from.
async fn tell(context: &OperatorContext, removal: &Removal, user: &User, event: Event<'_>) -> Result<bool> {
    let (Some(from), Some(email)) = (&removal.mail_from, &user.email) else { return Ok(false) };
    let app = context.store.app(&removal.who.app).await?.context("the app is gone by now")?;
    let language = user.locale.or(app.policy.language).unwrap_or_default();
    let letter = letter::told(&app, event, context.clock.now(), &Device::default(), language);
    Mailer::new(&context.aws, from.clone(), None).send(Recipient::Person(email), letter).await?;
    Ok(true)
}
