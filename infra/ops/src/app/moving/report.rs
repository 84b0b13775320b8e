//! What became of each line of a file, and of all of them.

use std::fmt;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::json;
use shared::id::{ClientId, UserId};
use shared::store::{DepartingClient, DepartingUser, DepartingWebhook, Imported, NotImported};
use shared::webhook::endpoint::EndpointId;

use super::lines::NotALine;
use super::{STEP, Sums};
use crate::out::{aside, say};

/// Whose a line is. The id is as this release reads it: one that it cannot read could draw on the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    kind: Kind,
    id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    User,
    Client,
    Webhook,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Client => "client",
            Self::Webhook => "endpoint",
        }
    }
}

impl From<&DepartingUser> for Owner {
    fn from(user: &DepartingUser) -> Self {
        Self { kind: Kind::User, id: user.id.parse::<UserId>().ok().map(|id| id.to_string()) }
    }
}

impl From<&DepartingClient> for Owner {
    fn from(client: &DepartingClient) -> Self {
        Self { kind: Kind::Client, id: client.id.parse::<ClientId>().ok().map(|id| id.to_string()) }
    }
}

impl From<&DepartingWebhook> for Owner {
    fn from(webhook: &DepartingWebhook) -> Self {
        Self { kind: Kind::Webhook, id: webhook.id.parse::<EndpointId>().ok().map(|id| id.to_string()) }
    }
}

/// A line by its number, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) owner: Option<Owner>,
}

impl Place {
    pub(super) fn of<'a, T>(number: u64, owner: &'a T) -> Self
    where
        Owner: From<&'a T>,
    {
        Self { number, owner: Some(owner.into()) }
    }

    /// Says that the line is refused, and why.
    pub(super) fn refuse(&self, why: &dyn fmt::Display, json: bool) -> Result<()> {
        if !json {
            say!("{self} refused: {why}")?;
            return Ok(());
        }
        let mut said = json!({"line": self.number, "refused": why.to_string()});
        if let Some(Owner { kind, id }) = &self.owner {
            said[kind.name()] = json!(id);
        }
        say!("{said}")?;
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.number)?;
        let Some(Owner { kind, id }) = &self.owner else { return Ok(()) };
        match id {
            Some(id) => write!(f, ", {} {id}", kind.name()),
            None => write!(f, ", {} without a readable id", kind.name()),
        }
    }
}

/// How many were brought in, and how many were not.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Tally {
    imported: u64,
    here_before: u64,
    refused: u64,
}

impl Tally {
    const fn all(self) -> u64 {
        self.imported + self.here_before + self.refused
    }
}

/// Counts, and prints what an operator has to look at.
pub(super) struct Report {
    json: bool,
    users: Tally,
    clients: Tally,
    webhooks: Tally,
    /// Lines of which nobody knows what they were.
    unreadable: u64,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        let [users, clients, webhooks] = [Tally::default(); 3];
        Self { json, users, clients, webhooks, unreadable: 0 }
    }

    /// Notes what became of a line.
    ///
    /// # Errors
    /// Where the next line would meet the same.
    pub(super) fn take(&mut self, place: &Place, came: Result<Imported, NotImported>) -> Result<()> {
        let tally = match place.owner.as_ref().map(|owner| owner.kind) {
            Some(Kind::Client) => &mut self.clients,
            Some(Kind::Webhook) => &mut self.webhooks,
            Some(Kind::User) | None => &mut self.users,
        };
        match came {
            Ok(Imported::Now) => tally.imported += 1,
            Ok(Imported::Before) => tally.here_before += 1,
            Err(error) if error.ends_the_run() => {
                let advice = if error.is_passing() {
                    "the store was too busy: give the command again, which skips what is here"
                } else {
                    "the next lines would meet the same: correct the cause, and give the command again"
                };
                return Err(error).with_context(|| format!("the import ended at {place}; {advice}"));
            }
            Err(NotImported::Store(error)) => {
                tally.refused += 1;
                place.refuse(&format_args!("the store refuses it, and may have a part of it: {error}"), self.json)?;
            }
            Err(why) => {
                tally.refused += 1;
                place.refuse(&why, self.json)?;
            }
        }
        let Tally { imported, here_before, refused } = self.users;
        let is_user = place.owner.as_ref().is_some_and(|owner| owner.kind == Kind::User);
        if is_user && self.users.all().is_multiple_of(STEP) {
            aside(format_args!("line {}: {} users are here, {refused} refused", place.number, imported + here_before));
        }
        Ok(())
    }

    /// Notes a line that cannot be read.
    pub(super) fn pass_over(&mut self, number: u64, why: NotALine) -> Result<()> {
        self.unreadable += 1;
        Place { number, owner: None }.refuse(&why, self.json)
    }

    /// How many lines there were, and how many could not be read.
    pub(super) const fn sums(&self) -> (Sums, u64) {
        let Self { users, clients, webhooks, unreadable, .. } = self;
        (Sums { clients: clients.all(), users: users.all(), webhooks: webhooks.all() }, *unreadable)
    }

    /// Prints the sums, and gives the number of lines that were refused.
    pub(super) fn end(self) -> Result<u64> {
        let Self { json, users, clients, webhooks, unreadable } = self;
        let refused = users.refused + clients.refused + webhooks.refused + unreadable;
        if json {
            let sums =
                json!({"users": users, "clients": clients, "webhooks": webhooks, "unreadable_lines": unreadable});
            say!("{sums}")?;
            return Ok(refused);
        }
        for (tally, what) in [(users, "users"), (clients, "clients"), (webhooks, "endpoints of webhooks")] {
            let Tally { imported, here_before, refused } = tally;
            say!("{} {what}: {imported} imported, {here_before} were here before, {refused} refused", tally.all())?;
        }
        if unreadable > 0 {
            say!("{unreadable} lines could not be read")?;
        }
        Ok(refused)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::store::{DepartingUser, Imported, NotImported, StoreError};

    use super::{Place, Report};

    fn user(id: &str) -> DepartingUser {
        serde_json::from_value(json!({"id": id, "user": {}})).expect("a user")
    }

    #[test]
    fn what_is_of_one_user_is_counted_and_what_is_of_all_ends_the_run_with_the_line() {
        let failed = |cause: &str| {
            let error = StoreError::Unavailable { operation: "PutItem", cause: cause.to_owned() };
            let mut report = Report::new(true);
            report.take(&Place::of(6, &user("41")), Ok(Imported::Now)).expect("goes on");
            let ended = report.take(&Place::of(7, &user("42")), Err(NotImported::Store(error)));
            (report.end().expect("prints"), ended.err().map(|error| format!("{error:#}")))
        };
        assert_eq!(failed("ValidationException"), (1, None));
        for (cause, advice) in [("AccessDeniedException", "correct the cause"), ("ThrottlingException", "too busy")] {
            let (refused, said) = failed(cause);
            let said = said.expect("the run ends");
            assert!(said.contains("line 7, user 42") && said.contains(advice) && said.contains(cause), "{said}");
            assert_eq!(refused, 0);
        }
    }

    #[test]
    fn an_id_that_cannot_be_read_is_not_printed() {
        assert_eq!(Place::of(3, &user("\u{1b}[2J")).to_string(), "line 3, user without a readable id");
    }
}
