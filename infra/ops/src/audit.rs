//! `cargo ops audit`: what was done to whom, by whom, from where and when.

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};
use shared::audit::{Author, Entry};
use shared::clock::{Clock, Seconds};
use shared::id::{AppId, UserId};

use crate::deployment::Deployment;
use crate::out::say;

/// Which entries.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    deployment: Deployment,
    /// The app; without it, what was done to the deployment's own keys
    #[arg(long)]
    app: Option<AppId>,
    /// A user of the app, by number, with their sessions
    #[arg(long, value_name = "NUMBER", requires = "app")]
    user: Option<UserId>,
    /// How far back, in minutes, hours or days: 90m, 12h, 7d
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = span)]
    since: Seconds,
    /// How many at most, the newest
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    limit: usize,
}

pub(crate) fn span(text: &str) -> Result<Seconds, String> {
    let of = |unit| text.strip_suffix(unit)?.parse().ok().filter(|number| (1..=100_000).contains(number));
    let span =
        of("m").map(Seconds::minutes).or_else(|| of("h").map(Seconds::hours)).or_else(|| of("d").map(Seconds::days));
    span.ok_or_else(|| "write 90m, 12h or 7d".to_owned())
}

impl Command {
    pub(crate) async fn run(self) -> Result<()> {
        let trail = self.deployment.trail()?;
        let now = Clock::System.now();
        let since = now.minus(self.since);
        let entries = match (&self.app, self.user) {
            (Some(app), Some(user)) => trail.of_user(app, user, since, self.limit).await,
            (app, _) => trail.of_app(app.as_ref(), since, now, self.limit).await,
        };
        let mut entries = entries.context("the audit trail cannot be read")?;
        entries.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        for entry in &entries {
            if self.deployment.json {
                say!("{}", describe(entry))?;
            } else {
                say!("{}", line(entry))?;
            }
        }
        Ok(())
    }
}

fn line(entry: &Entry) -> String {
    let Entry { at, user, act, outcome, author, details, .. } = entry;
    let user = user.map(|user| format!("  {user}")).unwrap_or_default();
    let who = match author {
        Some(Author { operator: Some(operator), .. }) => format!("  by {operator}"),
        Some(Author { from, .. }) if !from.is_empty() => format!("  from {from}"),
        _ => String::new(),
    };
    let details: Vec<_> = details.iter().map(|(name, value)| format!("  {name}={value}")).collect();
    let details = details.concat();
    let outcome = if outcome == "done" { String::new() } else { format!("  {outcome}") };
    format!("{}{user}  {act}{outcome}{who}{details}", at.rfc3339())
}

fn describe(entry: &Entry) -> Value {
    let Entry { id, at, app, user, act, outcome, author, details } = entry;
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    json!({
        "id": id,
        "time": at.rfc3339(),
        "app": app.as_ref().map(AppId::as_str),
        "user": user.map(|user| user.to_string()),
        "act": act,
        "outcome": outcome,
        "who": match author {
            None => "unknown",
            Some(author) if author.operator.is_some() => "operator",
            Some(_) => "user",
        },
        "operator": author.as_ref().and_then(|author| author.operator.clone()),
        "from": author.as_ref().and_then(|author| some(&author.from)),
        "request": author.as_ref().and_then(|author| some(&author.request)),
        "details": details,
    })
}
