//! `cargo ops user import`: users of another product, with the passwords that they have.

mod auth0;
mod cognito;
mod django;
mod firebase;
mod keycloak;
mod latchet;
mod lines;
mod person;
mod record;
mod report;
mod supabase;

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use futures_util::StreamExt as _;
use futures_util::stream;
use shared::clock::Timestamp;
use shared::id::AppId;
use shared::store::{Imported, NotImported};

use self::firebase::Hashing;
use self::lines::Lines;
use self::person::{Admitted, Newcomer, Person, Refusal};
use self::record::Record;
use self::report::{Line, Outcome, Report};
use crate::deployment::OperatorContext;
use crate::patience::{TRIES, patiently};

/// Which file, and whose.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The app whose users they become
    #[arg(long)]
    app: AppId,
    /// The product that the file comes from
    #[arg(long, value_enum)]
    from: Product,
    #[command(flatten)]
    hashing: Hashing,
    /// Show the result for each line, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Begin after this line. A run that failed prints the number
    #[arg(long, value_name = "LINE", default_value_t = 0)]
    after: u64,
    /// How many users are written at once
    #[arg(long, value_name = "NUMBER", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    at_once: u16,
    /// How often to try a user while the store is too busy, before the run ends
    #[arg(long, value_name = "NUMBER", default_value_t = TRIES, value_parser = clap::value_parser!(u8).range(1..))]
    tries: u8,
    /// One user per line: JSON, or CSV if the file's name ends in .csv
    file: PathBuf,
}

/// A product whose users can be moved here.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Product {
    /// Amazon Cognito: `list-users`, or the header of its own import
    Cognito,
    /// Auth0: an export job, or the file with hashes from its support
    Auth0,
    /// Firebase: `auth:export`
    Firebase,
    /// Supabase: the table auth.users
    Supabase,
    /// Keycloak: the users of a realm's export
    Keycloak,
    /// Django: `dumpdata`, or the table of users
    Django,
    /// Any other: the fields that docs/operations.md lists
    Latchet,
}

impl Product {
    /// What a line says of a user.
    fn read(self, record: &Record, hashing: &Hashing, now: Timestamp) -> Result<Person, Refusal> {
        match self {
            Self::Cognito => cognito::read(record),
            Self::Auth0 => auth0::read(record),
            Self::Firebase => firebase::read(record, hashing),
            Self::Supabase => supabase::read(record, now),
            Self::Keycloak => keycloak::read(record),
            Self::Django => django::read(record),
            Self::Latchet => latchet::read(record),
        }
    }

    /// The columns of a CSV file that has no header.
    const fn columns(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Firebase => Some(&firebase::COLUMNS),
            _ => None,
        }
    }
}

/// Brings the users of a file in. Users who are here already are passed over, so it can be run again at any time.
pub(super) async fn run(context: &OperatorContext, options: &Options, json: bool) -> Result<()> {
    let Options { app, from, hashing, dry_run, after, at_once, file, .. } = options;
    context.store.app(app).await?.with_context(|| format!("there is no app {app}"))?;
    hashing.check()?;
    let lines = Lines::open(file, from.columns())?.filter(|(number, _)| number > after);
    let mut report = Report::new(json, *dry_run, *after);
    let mut seen = Seen::default();
    let work = lines.map(|(number, record)| {
        let admitted = record
            .and_then(|record| from.read(&record, hashing, context.clock.now()))
            .and_then(|person| person.admit(context))
            .and_then(|admitted| seen.once(admitted));
        async move { Line { number, outcome: bring(context, options, admitted).await } }
    });
    let mut done = stream::iter(work).buffered(usize::from(*at_once));
    while let Some(line) = done.next().await {
        report.take(line)?;
    }
    let refused = report.end()?;
    ensure!(refused == 0, "lines refused: {refused}, for the reasons above; the others are done");
    Ok(())
}

async fn bring(context: &OperatorContext, options: &Options, admitted: Result<Admitted, Refusal>) -> Result<Outcome> {
    let Options { app, dry_run, tries, .. } = options;
    let Admitted { newcomer, left_out } = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    let now = context.clock.now();
    let import = newcomer.import(context, app, now).await?;
    // The same import each time: it knows its own work by its mark.
    let standing = patiently(*tries, &context.random, NotImported::is_passing, async || {
        if *dry_run {
            context.store.import_standing(app, &import, now).await
        } else {
            context.store.import(app, &import, now).await
        }
    });
    match standing.await {
        Ok(Imported::Now) => Ok(Outcome::Brought { left_out }),
        Ok(Imported::Before) => Ok(Outcome::HereBefore),
        Err(NotImported::Store(error)) => Err(error.into()),
        Err(taken) => Ok(Outcome::Refused(Refusal::Taken(taken.to_string()))),
    }
}

/// The users and handles of the lines so far. Of two lines with the same user or handle the first counts: lines that are written at once
/// can end in either order, and a dry run writes none. They are kept as numbers, so that a million lines take some 50 megabytes.
#[derive(Default)]
struct Seen {
    numbered: RandomState,
    numbers: HashSet<u64>,
}

impl Seen {
    fn once(&mut self, admitted: Admitted) -> Result<Admitted, Refusal> {
        let Newcomer { origin, user, .. } = &admitted.newcomer;
        let handles = user.handles();
        let handles = handles.iter().map(|handle| self.numbered.hash_one(handle));
        let own: Vec<_> = std::iter::once(self.numbered.hash_one(origin)).chain(handles).collect();
        if own.iter().any(|number| self.numbers.contains(number)) {
            return Err(Refusal::Twice);
        }
        self.numbers.extend(own);
        Ok(admitted)
    }
}
