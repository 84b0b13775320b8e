//! `cargo ops app import`.

use anyhow::{Context as _, Result, ensure};
use futures_util::StreamExt as _;
use futures_util::stream;
use shared::app::claims::OwnClaims;
use shared::app::{App, Policy};
use shared::id::AppId;
use shared::store::{AppConflict, DepartingUser, Imported, NotImported};

use super::lines::{Lines, Numbered};
use super::report::{Place, Report};
use super::{AT_ONCE, Line, Source};
use crate::app::change;
use crate::deployment::OperatorContext;
use crate::patience::{TRIES, patiently};

/// How many bytes of lines are in memory before users are written, though they are fewer than are written at once.
const BYTES_AT_ONCE: usize = 32 << 20;

/// Users who were read and not written.
#[derive(Default)]
struct Batch {
    users: Vec<(u64, DepartingUser)>,
    bytes: usize,
}

/// Brings all of a file into an app. Users who are there from the same place are passed over, so it can be given again.
pub(in crate::app) async fn import(context: &OperatorContext, app: &AppId, source: &Source, json: bool) -> Result<()> {
    context.store.app(app).await?.with_context(|| format!("there is no app {app}"))?;
    let (mut lines, mut report) = (Lines::open(source)?, Report::new(json));
    let (mut batch, mut webhooks) = (Batch::default(), Vec::new());
    while let Some(Numbered { number, bytes, line }) = lines.next_line()? {
        match line {
            Ok(Line::User(user)) => {
                batch.users.push((number, user));
                batch.bytes += bytes;
            }
            Ok(Line::Client(client)) => {
                let came = settled(context, async || context.store.arrive_client(app, &client).await).await;
                report.take(&Place::of(number, &client), came)?;
            }
            // They come after the users, of whom they need not be told.
            Ok(Line::Webhook(webhook)) => webhooks.push((number, webhook)),
            Ok(Line::App { claims, .. }) if !claims.is_empty() => lack_none(context, app, &claims).await?,
            Ok(Line::App { .. } | Line::End(_)) => {}
            Err(why) => {
                // Lines are told in their order.
                bring(context, app, std::mem::take(&mut batch), &mut report).await?;
                report.pass_over(number, why)?;
            }
        }
        if batch.users.len() == AT_ONCE || batch.bytes >= BYTES_AT_ONCE {
            bring(context, app, std::mem::take(&mut batch), &mut report).await?;
        }
    }
    bring(context, app, batch, &mut report).await?;
    for (number, webhook) in &webhooks {
        let now = context.clock.now();
        let came = settled(context, async || context.store.arrive_webhook(app, webhook, now).await).await;
        report.take(&Place::of(*number, webhook), came)?;
    }
    let (sums, unreadable) = report.sums();
    let refused = report.end()?;
    lines.end(&sums, unreadable)?;
    ensure!(refused == 0, "lines refused: {refused}, for the reasons above; the others are done");
    Ok(())
}

/// Brings users in, all at once.
async fn bring(context: &OperatorContext, app: &AppId, batch: Batch, report: &mut Report) -> Result<()> {
    let work = batch.users.into_iter().map(async |(number, user)| {
        let now = context.clock.now();
        let came = settled(context, async || context.store.arrive(app, &user, now).await).await;
        (Place::of(number, &user), came)
    });
    let mut done = stream::iter(work).buffered(AT_ONCE);
    while let Some((place, came)) = done.next().await {
        report.take(&place, came)?;
    }
    Ok(())
}

/// What becomes of a line, also where the store is too busy at first.
async fn settled(
    context: &OperatorContext,
    work: impl AsyncFn() -> Result<Imported, NotImported>,
) -> Result<Imported, NotImported> {
    patiently(TRIES, &context.random, NotImported::is_passing, work).await
}

/// Gives an app the claims that it lacks. Those that it has keep their values.
async fn lack_none(context: &OperatorContext, app: &AppId, claims: &OwnClaims) -> Result<()> {
    let is_passing = |error: &anyhow::Error| match error.downcast_ref() {
        Some(AppConflict::Store(error)) => error.is_passing(),
        Some(AppConflict::Changed) => true,
        Some(AppConflict::Exists) | None => false,
    };
    let give = async || {
        let lacking = |app: App| {
            let claims = app.policy.claims.and(claims.clone())?;
            Ok(App { policy: Policy { claims, ..app.policy }, ..app })
        };
        change(context, app, lacking).await.map(drop)
    };
    let given = patiently(TRIES, &context.random, is_passing, give).await;
    given.context("the app was not given its claims, and nobody was imported: give the command again")
}
