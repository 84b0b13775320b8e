//! `cargo ops app export`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use futures_util::StreamExt as _;
use futures_util::stream;
use shared::audit::Act;
use shared::clock::Timestamp;
use shared::id::{AppId, UserId};

use super::{AT_ONCE, FORMAT, FORMAT_WITH_WEBHOOKS, Line, STEP, Sums};
use crate::age::Encrypting;
use crate::deployment::OperatorContext;
use crate::out::aside;
use crate::patience::store_call;

/// How many users the list gives at once.
const PAGE: u16 = 100;

/// Which app, and to whom.
#[derive(Args, Debug)]
pub(in crate::app) struct Export {
    /// The app
    id: AppId,
    /// The recipient, a public key of age: age1…
    #[arg(long, value_name = "RECIPIENT")]
    to: String,
    /// The file to write
    file: PathBuf,
}

/// Writes all of an app: clients, users, the oldest first, and endpoints. Users who register meanwhile may be in it.
pub(in crate::app) async fn export(context: &OperatorContext, options: &Export, json: bool) -> Result<()> {
    let Export { id, to, file } = options;
    let app = context.store.app(id).await?.with_context(|| format!("there is no app {id}"))?;
    let mut out = Encrypting::to(to, file)?;
    let (now, mut sums) = (context.clock.now(), Sums::default());
    context.store.note_act(Act::AppExported, Some(id), None, &[("to", to.as_str())], now).await?;
    let webhooks = store_call(context, async || context.store.departing_webhooks(id, now).await).await?;
    let format = if webhooks.is_empty() { FORMAT } else { FORMAT_WITH_WEBHOOKS };
    write(&mut out, &Line::App { app: id.as_str().to_owned(), format, claims: app.policy.claims })?;
    for client in store_call(context, async || context.store.clients().await).await? {
        if let Some(client) = store_call(context, async || context.store.departing_client(id, &client).await).await? {
            write(&mut out, &Line::Client(client))?;
            sums.clients += 1;
        }
    }
    let mut after = None;
    // Of one second: they are written in the order of their numbers, so that the same users are the same file.
    let mut second: Vec<(Timestamp, UserId)> = Vec::new();
    loop {
        let page = store_call(context, async || context.store.users_by_creation(id, after.as_ref(), PAGE, false).await)
            .await?;
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
    sums.tell("exported", json)
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
    let users = second
        .into_iter()
        .map(|(_, id)| store_call(context, async move || context.store.departing_user(app, id, now).await));
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

fn write(out: &mut Encrypting, line: &Line) -> Result<()> {
    out.line(&serde_json::to_string(line)?)
}
