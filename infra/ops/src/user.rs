//! `cargo ops user`: the operator's work on one user, straight to the table. IAM is the authorization.

mod delete;
mod export;
mod factors;
mod import;
mod list;
mod role;
mod set_password_link;
mod verify;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shared::id::{AppId, UserId};
use shared::session::Session;
use shared::user::User;
use shared::user::email::Email;
use shared::user::email_proof::EmailProof;
use shared::user::identity::Handle;
use shared::user::phone::Phone;
use shared::user::role::Role;
use shared::user::username::Username;

use crate::deployment::OperatorContext;
use crate::keyed::KeyedDeployment;
use crate::out::say;

/// What is done, and where.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    at: KeyedDeployment,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the user's number
    Find(Who),
    /// Show the user's data and sessions
    Show(Who),
    /// List the users of an app in the order of their creation, page by page
    List(list::Options),
    /// Put users of a release without `list` on the list. Run it once after that upgrade
    Index,
    /// End every session and every mailed link of the user
    SignOut(Who),
    /// End every session of the user, and refuse sign-ins
    Disable(Who),
    /// Let the user sign in again
    Enable(Who),
    /// Forget wrong passwords and codes, so that the user does not have to wait
    Unlock(Who),
    /// Mark the user's address as verified, because you know that it belongs to the user
    Verify(Who),
    /// Change or list the user's roles, which tokens contain
    Role {
        #[command(subcommand)]
        action: role::Action,
    },
    /// List or remove the authenticator app and the passkeys of a user who lost them
    #[command(subcommand)]
    Factors(factors::Action),
    /// Show a link that sets a password, to give to the user. It is not mailed
    SetPasswordLink(set_password_link::Options),
    /// Write the user's data as JSON, without secrets, for the person who asks for it
    Export(Who),
    /// Import the users of another product, with their passwords
    Import(Box<import::Options>),
    /// Delete the user, or all users of a disabled app, with all data. It cannot be undone
    // `--all` is one more way to say who.
    #[command(mut_group("By", |by| by.arg("all")))]
    Delete(delete::Options),
}

/// Which user.
#[derive(Args, Debug)]
struct Who {
    /// The app whose user it is
    #[arg(long)]
    app: AppId,
    #[command(flatten)]
    by: By,
}

/// By what they are known: one of these.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct By {
    /// The user's number
    #[arg(long, value_name = "NUMBER")]
    id: Option<UserId>,
    /// The user's address
    #[arg(long)]
    email: Option<Email>,
    /// The user's number in E.164, like +8613800138000
    #[arg(long, value_name = "E.164")]
    phone: Option<Phone>,
    /// The user's name in this app
    #[arg(long)]
    username: Option<Username>,
}

impl By {
    fn handle(&self) -> Option<Handle> {
        let Self { id: _, email, phone, username } = self;
        let email = email.clone().map(Handle::Email);
        email.or_else(|| phone.clone().map(Handle::Phone)).or_else(|| username.clone().map(Handle::Username))
    }
}

impl Command {
    pub(crate) async fn run(self) -> Result<()> {
        let context = self.at.open_with_ring().await?;
        let local_url = self.at.deployment.local_url()?;
        let json = self.at.deployment.json;
        match self.action {
            Action::Find(who) => found(&who.user(&context).await?, json),
            Action::Show(who) => show(&context, &who.app, &who.user(&context).await?, json).await,
            Action::List(options) => list::run(&context, &options, json).await,
            Action::Index => list::index(&context, json).await,
            Action::Verify(who) => verify::run(&context, &who, json).await,
            Action::Role { action } => role::run(&context, &action, json).await,
            Action::Factors(action) => action.run(&context, json).await,
            Action::SetPasswordLink(options) => set_password_link::run(&context, &options, local_url, json).await,
            Action::Export(who) => export::run(&context, &who, json).await,
            Action::SignOut(who) => sign_out(&context, &who, json).await,
            Action::Disable(who) => set_disabled(&context, &who, true, json).await,
            Action::Enable(who) => set_disabled(&context, &who, false, json).await,
            Action::Unlock(who) => unlock(&context, &who, json).await,
            Action::Import(options) => import::run(&context, &options, json).await,
            Action::Delete(options) => delete::run(&context, &options, json).await,
        }
    }
}

impl Who {
    async fn user(&self, context: &OperatorContext) -> Result<User> {
        let id = match (self.by.id, self.by.handle()) {
            (Some(id), _) => Some(id),
            (None, Some(handle)) => {
                context.store.identity(&self.app, &handle, context.clock.now()).await?.map(|identity| identity.user)
            }
            (None, None) => bail!("say which user: --id, --email, --phone or --username"),
        };
        let user = match id {
            Some(id) => context.store.user(&self.app, id).await?,
            None => None,
        };
        user.with_context(|| format!("the app {} has no such user", self.app))
    }
}

fn found(user: &User, json: bool) -> Result<()> {
    if json {
        say!("{}", describe(user))?;
    } else {
        say!("{}", user.id)?;
    }
    Ok(())
}

async fn show(context: &OperatorContext, app: &AppId, user: &User, json: bool) -> Result<()> {
    let sessions = context.store.sessions(app, user, context.clock.now()).await?;
    if json {
        let mut shown = describe(user);
        shown["sessions"] = sessions.iter().map(describe_session).collect();
        say!("{shown}")?;
        return Ok(());
    }
    let state = if user.disabled { "disabled" } else { "enabled" };
    say!("user      {} of {app}, {state}", user.id)?;
    say!("created   {}", user.created.rfc3339())?;
    for handle in user.handles() {
        say!("{:<9} {}", handle.kind(), handle.value())?;
    }
    for role in &user.roles {
        say!("role      {role}")?;
    }
    say!("sessions  {}", sessions.len())?;
    for session in &sessions {
        let device = &session.device;
        say!("  {}  {}  {}", session.transport.name(), device.address(), device.agent())?;
    }
    Ok(())
}

/// The user as they are afterwards.
async fn done(context: &OperatorContext, app: &AppId, id: UserId, what: &str, json: bool) -> Result<()> {
    let user = context.store.user(app, id).await?.context("the user is gone by now")?;
    if json {
        say!("{}", describe(&user))?;
    } else {
        say!("{id} of {app} {what}")?;
    }
    Ok(())
}

/// What an operator reads where a write found no user any more.
const GONE: &str = "the user is gone: somebody deleted them in the meantime";
/// What an operator reads where the user changed between the reading and the writing.
const CHANGED: &str = "the user changed in the meantime: give the command again";

async fn sign_out(context: &OperatorContext, who: &Who, json: bool) -> Result<()> {
    let user = who.user(context).await?;
    ensure!(context.store.end_all_sessions(&who.app, &user, context.clock.now()).await?, GONE);
    done(context, &who.app, user.id, "is signed out everywhere", json).await
}

async fn set_disabled(context: &OperatorContext, who: &Who, disabled: bool, json: bool) -> Result<()> {
    let user = who.user(context).await?;
    if user.disabled != disabled {
        ensure!(context.store.set_disabled(&who.app, &user, disabled, context.clock.now()).await?, CHANGED);
    }
    let what = if disabled { "is signed out everywhere and cannot sign in" } else { "may sign in" };
    done(context, &who.app, user.id, what, json).await
}

async fn unlock(context: &OperatorContext, who: &Who, json: bool) -> Result<()> {
    let (user, now) = (who.user(context).await?, context.clock.now());
    for handle in user.handles() {
        context.store.clear_tries(&who.app, &handle, now).await?;
    }
    if let Some(phone) = &user.phone {
        context.store.forget_sms_record(&who.app, phone, now).await?;
    }
    done(context, &who.app, user.id, "need not wait", json).await
}

fn describe(user: &User) -> Value {
    json!({
        "id": user.id.to_string(),
        "name": user.name,
        "username": user.username.as_ref().map(Username::as_typed),
        "email": user.email.as_ref().map(Email::as_str),
        "email_verified": user.email_proof == EmailProof::Proven,
        "phone": user.phone.as_ref().map(Phone::as_e164),
        "roles": user.roles.iter().map(Role::as_str).collect::<Vec<_>>(),
        "disabled": user.disabled,
        "second_factor": user.second_factor,
        "created": user.created.unix(),
    })
}

fn describe_session(session: &Session) -> Value {
    json!({
        "transport": session.transport.name(),
        "address": session.device.address(),
        "agent": session.device.agent(),
        "created": session.created.unix(),
        "used": session.used.unix(),
        "expires": session.end().unix(),
    })
}
