//! `cargo ops limits`: the operator's look at the budgets of today, and the way to give one back.
//!
//! Point reads only: a deployment with a million prefixes in its rate table answers as fast as an empty one. Which
//! prefix holds messages back is in the log lines that the alarm counts.

mod ceilings;

use std::net::IpAddr;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use shared::audit::Act;
use shared::budget::{Channel, Scope};
use shared::clock::Timestamp;
use shared::code::sms::CodeRecord;
use shared::id::AppId;
use shared::network::Source;
use shared::user::email::Email;
use shared::user::phone::Phone;

use self::ceilings::{Ceilings, beside};
use crate::deployment::OperatorContext;
use crate::keyed::KeyedDeployment;
use crate::out::{aside, say};

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
    /// Show what is used up today (UTC): by the deployment, and by the app or block that you name, or else by every app
    Show(Show),
    /// Reset today's budget of what the options name
    Reset(Reset),
}

#[derive(Args, Debug)]
struct Show {
    /// The stack of a deployment on AWS: its parameters are the ceilings, and its outputs name the tables
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    #[command(flatten)]
    subject: Subject,
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
    /// A mail address: its codes to sign in with, and wrong tries, in --app
    #[arg(long, value_name = "ADDRESS", requires = "app", conflicts_with = "phone")]
    email: Option<Email>,
}

#[derive(Args, Debug)]
struct Reset {
    /// sms, mail, or new: mail to those who sign up
    #[arg(long, default_value = "sms", value_parser = channel)]
    channel: Channel,
    /// The deployment's budget
    #[arg(long)]
    all: bool,
    /// A client's address as the log of the gateway has it: its quota of messages in an hour
    #[arg(long, value_name = "ADDRESS")]
    source: Option<IpAddr>,
    #[command(flatten)]
    subject: Subject,
}

/// The books that have ceilings.
const CHANNELS: [Channel; 3] = [Channel::Sms, Channel::Mail, Channel::MailToNew];

fn channel(name: &str) -> Result<Channel, &'static str> {
    CHANNELS.into_iter().find(|channel| channel.name() == name).ok_or("a channel is sms, mail or new")
}

impl Command {
    pub(crate) async fn run(mut self) -> Result<()> {
        let (Action::Show(Show { subject, .. }) | Action::Reset(Reset { subject, .. })) = &self.action;
        let of_source = matches!(&self.action, Action::Reset(Reset { source: Some(_), .. }));
        let by_ring = subject.phone.is_some() || subject.email.is_some() || of_source;
        let ceilings = self.ceilings()?;
        let context = if by_ring { self.at.open_with_ring().await? } else { self.at.open()? };
        match self.action {
            Action::Show(Show { subject, .. }) => show(&context, &subject, ceilings, self.at.deployment.json).await,
            Action::Reset(reset) => give_back(&context, reset).await,
        }
    }

    /// The ceilings that a look needs.
    fn ceilings(&mut self) -> Result<Ceilings> {
        match &self.action {
            Action::Show(Show { stack: Some(stack), .. }) => {
                ensure!(self.at.deployment.local_url()?.is_none(), "a local run has no stack: leave --stack out");
                Ceilings::of_stack(stack, &mut self.at.deployment)
            }
            Action::Show(_) | Action::Reset(_) => Ceilings::of_local_run(&self.at.deployment),
        }
    }
}

async fn show(context: &OperatorContext, subject: &Subject, ceilings: Ceilings, json: bool) -> Result<()> {
    let now = context.clock.now();
    if ceilings == Ceilings::default() && !json {
        aside(format_args!("Name the stack, --stack NAME, to see the ceilings beside the counts."));
    }
    let apps = match &subject.app {
        Some(app) => vec![app.clone()],
        // Who names a block wants that block.
        None if subject.prefix.is_some() => Vec::new(),
        None => context.store.directory().await?.into_iter().map(|(app, _)| app).collect(),
    };
    for channel in CHANNELS {
        let apps = apps.iter().cloned().map(Scope::App);
        let prefix = subject.prefix.iter().cloned().map(Scope::Prefix);
        for scope in std::iter::once(Scope::Deployment).chain(apps).chain(prefix) {
            print(context, channel, &scope, ceilings.of(channel, &scope), json).await?;
        }
    }
    if let (Some(app), Some(phone)) = (&subject.app, &subject.phone) {
        let record = context.store.sms_record(app, phone, now).await?;
        let shown = format!("{phone:?}");
        print_codes(CodeTarget { kind: "phone", value: phone.as_e164(), shown: &shown }, app, &record, now, json)?;
    }
    if let (Some(app), Some(email)) = (&subject.app, &subject.email) {
        let record = context.store.mailed_code_record(app, email, now).await?;
        print_codes(
            CodeTarget { kind: "email", value: email.as_str(), shown: email.as_str() },
            app,
            &record,
            now,
            json,
        )?;
    }
    Ok(())
}

/// Where codes are sent.
#[derive(Clone, Copy, Debug)]
struct CodeTarget<'a> {
    kind: &'static str,
    value: &'a str,
    /// The value as a person is shown it.
    shown: &'a str,
}

/// What is on record of the codes of a phone or an address.
fn print_codes(target: CodeTarget<'_>, app: &AppId, record: &CodeRecord, now: Timestamp, json: bool) -> Result<()> {
    let CodeTarget { kind, value, shown } = target;
    let rest = record.guesses.rest_of_strangers(now).map_or(0, |rest| rest.0);
    let (codes, tries) = (record.issued.len(), record.guesses.taken_in_all(now));
    if json {
        let issued: Vec<_> = record.issued.iter().copied().map(Timestamp::unix).collect();
        say!("{}", json!({kind: value, "issued": issued, "tries": tries, "rests_for": rest}))?;
    } else {
        let locked = if rest == 0 { "may try".to_owned() } else { format!("have to wait {rest} s") };
        say!("{kind} {shown} in {app}: codes sent {codes}, tries {tries}, strangers {locked}")?;
    }
    Ok(())
}

async fn print(
    context: &OperatorContext,
    channel: Channel,
    scope: &Scope,
    ceiling: Option<u32>,
    json: bool,
) -> Result<()> {
    let used = context.store.used(channel, scope, context.clock.now()).await?;
    let (channel, whose, scope) = (channel.name(), whose(scope), scope.name());
    if json {
        let described = json!({
            "channel": channel,
            "scope": scope,
            "of": whose,
            "sent": used.sent,
            "ceiling": ceiling,
            "open": used.open,
            "held_back": used.held,
        });
        say!("{described}")?;
    } else {
        let sent = beside(used.sent, ceiling);
        say!(
            "{channel:<5} {scope:<11} {whose:<16} sent {sent:>14}  open {:>6}  held back {:>6}",
            used.open,
            used.held
        )?;
    }
    Ok(())
}

/// The app or block of a scope; the others have no name to show.
fn whose(scope: &Scope) -> &str {
    match scope {
        Scope::App(app) => app.as_str(),
        Scope::Prefix(prefix) => prefix,
        Scope::Source(_) | Scope::Address(..) | Scope::KnownSource(_) | Scope::KnownAddress(..) | Scope::Deployment => {
            ""
        }
    }
}

async fn give_back(context: &OperatorContext, reset: Reset) -> Result<()> {
    let now = context.clock.now();
    let Reset { channel, all, source, subject: Subject { app, prefix, phone, email } } = reset;
    if let Some(phone) = phone {
        let app = app.context("say in which app: --app")?;
        note(context, Some(&app), "phone", Channel::Sms).await?;
        context.store.forget_sms_record(&app, &phone, now).await?;
        say!("{phone:?} may be sent codes and try them in {app} again")?;
        return Ok(());
    }
    if let Some(email) = email {
        let app = app.context("say in which app: --app")?;
        note(context, Some(&app), "email", Channel::Mail).await?;
        context.store.forget_mailed_code_record(&app, &email, now).await?;
        say!("{} may be sent codes and try them in {app} again", email.as_str())?;
        return Ok(());
    }
    let sources = source.map(|address| Source::of(&address.to_string())).unwrap_or_default();
    let scopes = [app.map(Scope::App), prefix.map(Scope::Prefix), all.then_some(Scope::Deployment)];
    let of_sources = sources.into_iter().flat_map(|source| [Scope::Source(source.clone()), Scope::KnownSource(source)]);
    let mut scopes = of_sources.chain(scopes.into_iter().flatten()).peekable();
    scopes.peek().context("say whose budget: --app, --prefix, --source, --all, or --phone or --email with --app")?;
    for scope in scopes {
        let app = if let Scope::App(app) = &scope { Some(app) } else { None };
        note(context, app, scope.name(), channel).await?;
        context.store.reset_budget(channel, &scope, now).await?;
        let of = format!("{} {}", scope.name(), whose(&scope));
        say!("The {} budget of the {} is full again.", channel.name(), of.trim_end())?;
    }
    Ok(())
}

/// Has the audit trail tell it. Whose phone or address it was is not in it.
async fn note(context: &OperatorContext, app: Option<&AppId>, of: &str, channel: Channel) -> Result<()> {
    let details = [("channel", channel.name()), ("of", of)];
    Ok(context.store.note_act(Act::LimitsReset, app, None, &details, context.clock.now()).await?)
}
