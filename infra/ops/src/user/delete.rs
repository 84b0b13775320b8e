//! `cargo ops user delete`: one user, or all users of an app that is retired.

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::json;
use shared::id::AppId;
use shared::store::StoreError;
use shared::user::User;

use super::{GONE, Who};
use crate::deployment::OperatorContext;
use crate::out::{aside, say};
use crate::patience::store_call;

/// How many users are deleted at once.
const AT_ONCE: usize = 16;

/// How many users the list gives at once.
const PAGE: u16 = 100;

/// How many users pass between two lines that say how far the work is.
const STEP: u64 = 1000;

/// Who is deleted.
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    who: Who,
    /// Delete every user of the app, which has to be disabled
    #[arg(long)]
    all: bool,
    /// Confirm the deletion
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(context: &OperatorContext, options: &Options, json: bool) -> Result<()> {
    let Options { who, all, yes } = options;
    if *all { delete_all(context, &who.app, *yes, json).await } else { delete_one(context, who, *yes, json).await }
}

async fn delete_one(context: &OperatorContext, who: &Who, yes: bool, json: bool) -> Result<()> {
    let user = who.user(context).await?;
    ensure!(
        yes,
        "{} of {} would be removed with all that they own, which cannot be undone: add --yes",
        user.id,
        who.app
    );
    ensure!(delete(context, &who.app, &user).await?, GONE);
    if json {
        say!("{}", json!({"id": user.id.to_string(), "deleted": true}))?;
    } else {
        say!("{} of {} is removed", user.id, who.app)?;
    }
    Ok(())
}

/// Deletes the users of an app page by page, the oldest first. A run that ended can be given again: it begins with those who are left.
async fn delete_all(context: &OperatorContext, app: &AppId, yes: bool, json: bool) -> Result<()> {
    let found = context.store.app(app).await?.with_context(|| format!("there is no app {app}"))?;
    ensure!(
        found.disabled,
        "{app} is not disabled, and its users can still sign in: run cargo ops app disable {app} first"
    );
    ensure!(yes, "all users of {app} would be removed with all that they own, which cannot be undone: add --yes");
    let (mut deleted, mut after) = (0_u64, None);
    loop {
        let page =
            store_call(context, async || context.store.users_by_creation(app, after.as_ref(), PAGE, false).await);
        let page = page.await.with_context(|| unfinished(app, deleted))?;
        let work = page.users.iter().map(|user| delete(context, app, user));
        let mut done = stream::iter(work).buffer_unordered(AT_ONCE);
        while let Some(gone) = done.next().await {
            // Somebody else deleted the user.
            if !gone.with_context(|| unfinished(app, deleted))? {
                continue;
            }
            deleted += 1;
            if deleted.is_multiple_of(STEP) {
                aside(format_args!("{deleted} users are removed"));
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let left = store_call(context, async || context.store.users_by_creation(app, None, PAGE, false).await);
    let left = left.await.with_context(|| unfinished(app, deleted))?;
    if json {
        say!("{}", json!({"app": app.as_str(), "deleted": deleted}))?;
    } else {
        say!("{deleted} users of {app} are removed")?;
    }
    ensure!(left.users.is_empty(), "{app} still has users, who came or changed while this command ran: give it again");
    Ok(())
}

fn unfinished(app: &AppId, deleted: u64) -> String {
    format!("{deleted} users of {app} are removed, and others are left: give the command again")
}

/// Deletes a user; `false`: somebody else did.
async fn delete(context: &OperatorContext, app: &AppId, user: &User) -> Result<bool, StoreError> {
    store_call(context, async || context.store.delete_user_as_operator(app, user, context.clock.now()).await).await
}
