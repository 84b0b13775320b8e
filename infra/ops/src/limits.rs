//! `cargo ops limits`: the operator's look at the budgets of today, and the way to give one back.
//!
//! Point reads only: a deployment with a million prefixes in its rate table answers as fast as an empty one. Which
//! prefix holds messages back is in the log lines that the alarm counts.

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use shared::budget::{Channel, Scope};
use shared::clock::Timestamp;
use shared::id::AppId;
use shared::user::phone::Phone;

use crate::deployment::{Deployment, OperatorContext};
use crate::out::say;

/// What is done, and where.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    deployment: Deployment,
    /// The secret that wraps the key ring, for --phone, the stack's on AWS; the local run's is in its info file
    #[arg(long, env = "KEY_RING_KEK", hide_env_values = true, global = true)]
    kek: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// What is used up today (UTC): by the deployment, by every app, and by what the options name
    Show(Subject),
    /// Give what the options name its whole budget for today again
    Reset(Reset),
}

/// What is looked at.
#[derive(Args, Debug)]
struct Subject {
    /// This app only
    #[arg(long, value_name = "APP")]
    app: Option<AppId>,
    /// A block of numbers as the log names it, like +861381234, or a mail domain
    #[arg(long)]
    prefix: Option<String>,
    /// A number in E.164: its codes and wrong tries in --app
    #[arg(long, value_name = "E.164", requires = "app")]
    phone: Option<Phone>,
}

#[derive(Args, Debug)]
struct Reset {
    /// sms or mail
    #[arg(long, default_value = "sms", value_parser = channel)]
    channel: Channel,
    /// The deployment's budget
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    subject: Subject,
}

fn channel(name: &str) -> Result<Channel, &'static str> {
    let known = [Channel::Sms, Channel::Mail];
    known.into_iter().find(|channel| channel.name() == name).ok_or("a channel is sms or mail")
}

impl Command {
    pub(crate) async fn run(self) -> Result<()> {
        let (Action::Show(subject) | Action::Reset(Reset { subject, .. })) = &self.action;
        let kek = self.deployment.kek(self.kek)?;
        if subject.phone.is_some() && kek.is_none() {
            bail!(
                "a phone is found by the key ring: give the key that wraps it, KEY_RING_KEK in the environment or --kek"
            );
        }
        let context = self.deployment.open(kek)?;
        if subject.phone.is_some() {
            crate::keys::openable(&context).await?;
        }
        match self.action {
            Action::Show(subject) => show(&context, &subject, self.deployment.json).await,
            Action::Reset(reset) => give_back(&context, reset).await,
        }
    }
}

async fn show(context: &OperatorContext, subject: &Subject, json: bool) -> Result<()> {
    let now = context.clock.now();
    let apps = match &subject.app {
        Some(app) => vec![app.clone()],
        None => context.store.directory().await?.into_iter().map(|(app, _)| app).collect(),
    };
    for channel in [Channel::Sms, Channel::Mail] {
        print(context, channel, &Scope::Deployment, json).await?;
        for app in &apps {
            print(context, channel, &Scope::App(app.clone()), json).await?;
        }
        if let Some(prefix) = &subject.prefix {
            print(context, channel, &Scope::Prefix(prefix.clone()), json).await?;
        }
    }
    if let (Some(app), Some(phone)) = (&subject.app, &subject.phone) {
        let record = context.store.sms_record(app, phone, now).await?;
        let rest = record.guesses.rest(now).map_or(0, |rest| rest.0);
        let (codes, tries) = (record.issued.len(), record.guesses.count);
        if json {
            let issued: Vec<_> = record.issued.iter().copied().map(Timestamp::unix).collect();
            say!("{}", json!({"phone": phone.as_e164(), "issued": issued, "tries": tries, "rests_for": rest}))?;
        } else {
            say!("phone {phone:?} in {app}: {codes} codes of late, {tries} tries, rests for {rest} s")?;
        }
    }
    Ok(())
}

async fn print(context: &OperatorContext, channel: Channel, scope: &Scope, json: bool) -> Result<()> {
    let used = context.store.used(channel, scope, context.clock.now()).await?;
    let whose = match scope {
        Scope::App(app) => app.as_str(),
        Scope::Prefix(prefix) => prefix,
        Scope::Address(..) | Scope::Deployment => "",
    };
    let (channel, scope) = (channel.name(), scope.name());
    if json {
        let (sent, open, held) = (used.sent, used.open, used.held);
        say!(
            "{}",
            json!({"channel": channel, "scope": scope, "of": whose, "sent": sent, "open": open, "held_back": held})
        )?;
    } else {
        say!(
            "{channel:<5} {scope:<11} {whose:<16} sent {:>6}  open {:>6}  held back {:>6}",
            used.sent,
            used.open,
            used.held
        )?;
    }
    Ok(())
}

async fn give_back(context: &OperatorContext, reset: Reset) -> Result<()> {
    let now = context.clock.now();
    let Reset { channel, all, subject: Subject { app, prefix, phone } } = reset;
    if let Some(phone) = phone {
        let app = app.context("say in which app: --app")?;
        context.store.forget_sms_record(&app, &phone, now).await?;
        say!("{phone:?} may be sent codes and try them in {app} again")?;
        return Ok(());
    }
    let scopes = [app.map(Scope::App), prefix.map(Scope::Prefix), all.then_some(Scope::Deployment)];
    let mut scopes = scopes.into_iter().flatten().peekable();
    scopes.peek().context("say whose budget: --app, --prefix, --all, or --phone with --app")?;
    for scope in scopes {
        context.store.reset_budget(channel, &scope, now).await?;
        say!("{} of {} starts its day again", channel.name(), scope.name())?;
    }
    Ok(())
}
