//! `cargo ops app export`, `verify-export` and `import`: all of an app's users, clients and endpoints of webhooks, encrypted, and back.

use std::io::BufRead as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::claims::OwnClaims;
use shared::app::{App, Policy};
use shared::audit::Act;
use shared::clock::Timestamp;
use shared::id::{AppId, UserId};
use shared::store::{DepartingClient, DepartingUser, DepartingWebhook, NotImported, StoreError};

use super::change;
use crate::age::{Decrypting, Encrypting};
use crate::deployment::OperatorContext;
use crate::out::{aside, say};
use crate::patience::{TRIES, patiently};

/// What this release writes and reads.
const FORMAT: u32 = 1;

/// The same, of an app that has webhooks: a release of before says that it does not read it.
const FORMAT_WITH_WEBHOOKS: u32 = 2;

/// How many users are read or written at once.
const AT_ONCE: usize = 32;

/// How many users the list gives at once.
const PAGE: u16 = 100;

/// How many users pass between two lines that say how far the work is.
const STEP: u64 = 1000;

/// Which app, and to whom.
#[derive(Args, Debug)]
pub(super) struct Export {
    /// The app
    id: AppId,
    /// The recipient, a public key of age: age1…
    #[arg(long, value_name = "RECIPIENT")]
    to: String,
    /// The file to write
    file: PathBuf,
}

/// Which file, and by which key.
#[derive(Args, Debug)]
pub(super) struct Source {
    /// The file with the recipient's key, as age-keygen writes it
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The file that an export wrote
    file: PathBuf,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    App {
        app: String,
        format: u32,
        #[serde(default, skip_serializing_if = "OwnClaims::is_empty")]
        claims: OwnClaims,
    },
    Client(DepartingClient),
    User(DepartingUser),
    Webhook(DepartingWebhook),
    End(Sums),
}

/// How many there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    clients: u64,
    users: u64,
    /// Files of releases that left them behind do not say.
    #[serde(default)]
    webhooks: u64,
}

/// Writes all of an app: clients, users, the oldest first, and endpoints. Users who register meanwhile may be in it.
pub(super) async fn export(context: &OperatorContext, options: &Export, json: bool) -> Result<()> {
    let Export { id, to, file } = options;
    let app = context.store.app(id).await?.with_context(|| format!("there is no app {id}"))?;
    let mut out = Encrypting::to(to, file)?;
    let (now, mut sums) = (context.clock.now(), Sums::default());
    context.store.note_act(Act::AppExported, Some(id), None, &[("to", to.as_str())], now).await?;
    let webhooks = read(context, async || context.store.departing_webhooks(id, now).await).await?;
    let format = if webhooks.is_empty() { FORMAT } else { FORMAT_WITH_WEBHOOKS };
    write(&mut out, &Line::App { app: id.as_str().to_owned(), format, claims: app.policy.claims })?;
    for client in read(context, async || context.store.clients().await).await? {
        if let Some(client) = read(context, async || context.store.departing_client(id, &client).await).await? {
            write(&mut out, &Line::Client(client))?;
            sums.clients += 1;
        }
    }
    let mut after = None;
    // Of one second: they are written in the order of their numbers, so that the same users are the same file.
    let mut second: Vec<(Timestamp, UserId)> = Vec::new();
    loop {
        let page =
            read(context, async || context.store.users_by_creation(id, after.as_ref(), PAGE, false).await).await?;
        for user in &page.users {
            if second.first().is_some_and(|(created, _)| *created != user.created) {
                write_users(context, id, std::mem::take(&mut second), &mut out, &mut sums).await?;
            }
            second.push((user.created, user.id));
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    write_users(context, id, second, &mut out, &mut sums).await?;
    // They come after the users, of whom they need not be told where they arrive.
    for webhook in webhooks {
        write(&mut out, &Line::Webhook(webhook))?;
        sums.webhooks += 1;
    }
    write(&mut out, &Line::End(sums))?;
    out.end()?;
    tell(&sums, "exported", json)
}

/// What is read, also from a store that is too busy at first.
async fn read<T>(context: &OperatorContext, work: impl AsyncFn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    patiently(TRIES, &context.random, StoreError::is_passing, work).await
}

async fn write_users(
    context: &OperatorContext,
    app: &AppId,
    mut second: Vec<(Timestamp, UserId)>,
    out: &mut Encrypting,
    sums: &mut Sums,
) -> Result<()> {
    second.sort_unstable();
    let now = context.clock.now();
    let users =
        second.into_iter().map(|(_, id)| read(context, async move || context.store.departing_user(app, id, now).await));
    let mut users = stream::iter(users).buffered(AT_ONCE);
    while let Some(user) = users.next().await {
        let Some(user) = user? else { continue };
        write(out, &Line::User(user))?;
        sums.users += 1;
        if sums.users.is_multiple_of(STEP) {
            aside(format_args!("{} users", sums.users));
        }
    }
    Ok(())
}

/// Reads a file to its end, and says what is in it.
pub(super) fn verify(source: &Source, json: bool) -> Result<()> {
    let (mut lines, mut sums) = (Lines::open(source)?, Sums::default());
    while let Some(line) = lines.next_line()? {
        count(&line, &mut sums);
    }
    lines.end(&sums)?;
    tell(&sums, "are in the file, which is whole", json)
}

/// Brings all of a file into an app. Users who are there from the same place are passed over, so it can be given again.
pub(super) async fn import(context: &OperatorContext, app: &AppId, source: &Source, json: bool) -> Result<()> {
    context.store.app(app).await?.with_context(|| format!("there is no app {app}"))?;
    let (mut lines, mut sums, mut refused) = (Lines::open(source)?, Sums::default(), 0_u64);
    let (mut batch, mut webhooks) = (Vec::new(), Vec::new());
    loop {
        let line = lines.next_line()?;
        let is_last = line.is_none();
        match line {
            Some(Line::User(user)) => batch.push(user),
            Some(Line::Client(client)) => {
                sums.clients += 1;
                refused += told(arrive_client(context, app, &client).await?);
            }
            Some(Line::Webhook(webhook)) => webhooks.push(webhook),
            Some(Line::App { claims, .. }) if !claims.is_empty() => lack_none(context, app, claims).await?,
            Some(Line::App { .. } | Line::End(_)) | None => {}
        }
        if batch.len() == AT_ONCE || is_last {
            let came = batch.drain(..).map(|user| arrive(context, app, user));
            let mut came = stream::iter(came).buffered(AT_ONCE);
            while let Some(came) = came.next().await {
                sums.users += 1;
                refused += told(came?);
            }
        }
        if is_last {
            break;
        }
    }
    for webhook in &webhooks {
        arrive_webhook(context, app, webhook).await?;
        sums.webhooks += 1;
    }
    lines.end(&sums)?;
    tell(&sums, "are here", json)?;
    ensure!(refused == 0, "{refused} of the users and clients are not here, for the reasons above");
    Ok(())
}

async fn arrive_webhook(context: &OperatorContext, app: &AppId, webhook: &DepartingWebhook) -> Result<()> {
    let arrived = context.store.arrive_webhook(app, webhook, context.clock.now()).await;
    // The id is as the file has it, and could draw on the terminal.
    arrived.with_context(|| format!("the endpoint {:?} of the webhooks is not here; it can be given again", webhook.id))
}

/// Gives an app the claims that it lacks. Those that it has keep their values.
async fn lack_none(context: &OperatorContext, app: &AppId, claims: OwnClaims) -> Result<()> {
    let give = |app: App| {
        let claims = app.policy.claims.and(claims)?;
        Ok(App { policy: Policy { claims, ..app.policy }, ..app })
    };
    change(context, app, give).await.map(drop)
}

/// What a client is refused for, where it is.
async fn arrive_client(context: &OperatorContext, app: &AppId, client: &DepartingClient) -> Result<Result<(), String>> {
    let work = async || context.store.arrive_client(app, client).await;
    settled(patiently(TRIES, &context.random, NotImported::is_passing, work).await, &client.id)
}

/// What a user is refused for, where they are.
async fn arrive(context: &OperatorContext, app: &AppId, user: DepartingUser) -> Result<Result<(), String>> {
    let now = context.clock.now();
    let work = async || context.store.arrive(app, &user, now).await;
    settled(patiently(TRIES, &context.random, NotImported::is_passing, work).await, &user.id)
}

/// What somebody is refused for; an error where the run has to be given again.
fn settled<T>(arrived: Result<T, NotImported>, id: &str) -> Result<Result<(), String>> {
    match arrived {
        Ok(_) => Ok(Ok(())),
        Err(NotImported::Store(error)) => Err(error).context("it can be given again"),
        Err(taken) => Ok(Err(format!("{id}: {taken}"))),
    }
}

/// Tells a refusal, and counts it.
fn told(came: Result<(), String>) -> u64 {
    let Err(why) = came else { return 0 };
    aside(format_args!("{why}"));
    1
}

fn write(out: &mut Encrypting, line: &Line) -> Result<()> {
    out.line(&serde_json::to_string(line)?)
}

const fn count(line: &Line, sums: &mut Sums) {
    match line {
        Line::Client(_) => sums.clients += 1,
        Line::User(_) => sums.users += 1,
        Line::Webhook(_) => sums.webhooks += 1,
        Line::App { .. } | Line::End(_) => {}
    }
}

fn tell(sums: &Sums, what: &str, json: bool) -> Result<()> {
    let Sums { clients, users, webhooks } = sums;
    if json {
        say!("{}", json!({"clients": clients, "users": users, "webhooks": webhooks}))?;
    } else {
        say!("{users} users, {clients} clients and {webhooks} endpoints of webhooks {what}")?;
    }
    Ok(())
}

/// The lines of a file, and whether its last one was among them.
struct Lines {
    file: Decrypting,
    end: Option<Sums>,
}

impl Lines {
    fn open(Source { identity, file }: &Source) -> Result<Self> {
        Ok(Self { file: Decrypting::by(identity, file)?, end: None })
    }

    fn next_line(&mut self) -> Result<Option<Line>> {
        let mut text = String::new();
        if self.file.text.read_line(&mut text)? == 0 {
            return Ok(None);
        }
        let line = serde_json::from_str(&text).context("the file has a line that no export writes")?;
        match &line {
            Line::App { format, .. } if ![FORMAT, FORMAT_WITH_WEBHOOKS].contains(format) => {
                bail!("the file is of format {format}, which this release does not read");
            }
            Line::End(sums) => self.end = Some(*sums),
            _ => {}
        }
        Ok(Some(line))
    }

    fn end(self, sums: &Sums) -> Result<()> {
        self.file.end()?;
        let end = self.end.context("the file ends early: its last line is missing")?;
        ensure!(end == *sums, "the file lacks some of its {} users, clients and endpoints", end.users);
        Ok(())
    }
}
