//! `cargo ops user list`: the users of an app in the order of their creation, a page at a time.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use shared::id::AppId;
use shared::store::UserMark;

use super::describe;
use crate::deployment::OperatorContext;
use crate::out::{aside, say};

/// Which users.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The app whose users they are
    #[arg(long)]
    app: AppId,
    /// The oldest first. By default the newest come first
    #[arg(long)]
    oldest_first: bool,
    /// How many
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
    /// Continue after this place, which the previous page prints
    #[arg(long, value_name = "PLACE")]
    after: Option<UserMark>,
}

pub(super) async fn run(context: &OperatorContext, options: &Options, json: bool) -> Result<()> {
    let Options { app, oldest_first, limit, after } = options;
    let page = context.store.users_by_creation(app, after.as_ref(), *limit, !oldest_first).await?;
    let next = page.next.map(|mark| mark.to_string());
    if json {
        let users: Vec<_> = page.users.iter().map(describe).collect();
        say!("{}", json!({"users": users, "next": next}))?;
        return Ok(());
    }
    for user in &page.users {
        let names: Vec<_> = user.handles().iter().map(|handle| handle.value().to_owned()).collect();
        let state = if user.disabled { "  disabled" } else { "" };
        say!("{}  {}  {}{state}", user.created.rfc3339(), user.id, names.join("  "))?;
    }
    if let Some(next) = next {
        aside(format_args!("there are more: --after {next}"));
    }
    Ok(())
}

/// Lists the users whom releases before the list wrote: once, after the upgrade.
pub(super) async fn index(context: &OperatorContext, json: bool) -> Result<()> {
    let listed = context.store.list_older_users().await?;
    if json {
        say!("{}", json!({"listed": listed}))?;
    } else {
        say!("{listed} users were not listed yet, and are now")?;
    }
    Ok(())
}
