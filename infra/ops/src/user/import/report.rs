//! What became of each line, and of all of them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::person::{LeftOut, Refusal};
use crate::out::{aside, say};

/// How many lines pass between two that say how far the work is.
const STEP: u64 = 1000;

/// What became of a line.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) outcome: Result<Outcome>,
}

/// What became of a user.
pub(super) enum Outcome {
    Brought { left_out: Vec<LeftOut> },
    HereBefore,
    Refused(Refusal),
}

/// Counts, and prints what an operator has to look at.
pub(super) struct Report {
    json: bool,
    dry_run: bool,
    done_to: u64,
    read: u64,
    brought: u64,
    here_before: u64,
    refused: u64,
    left_out: BTreeMap<LeftOut, u64>,
}

impl Report {
    pub(super) fn new(json: bool, dry_run: bool, after: u64) -> Self {
        let left_out = BTreeMap::new();
        Self { json, dry_run, done_to: after, read: 0, brought: 0, here_before: 0, refused: 0, left_out }
    }

    /// Notes a line. They come in the order of the file: all before it are done.
    pub(super) fn take(&mut self, line: Line) -> Result<()> {
        let done_to = self.done_to;
        let go_on = || format!("the lines to {done_to} are done: give the command again, with --after {done_to}");
        let outcome = line.outcome.with_context(go_on)?;
        self.read += 1;
        match outcome {
            Outcome::Brought { left_out } => {
                self.brought += 1;
                for what in left_out {
                    *self.left_out.entry(what).or_default() += 1;
                    self.say(line.number, "without", &what.to_string())?;
                }
            }
            Outcome::HereBefore => self.here_before += 1,
            Outcome::Refused(why) => {
                self.refused += 1;
                self.say(line.number, "refused", &why.to_string())?;
            }
        }
        self.done_to = line.number;
        if self.read.is_multiple_of(STEP) {
            aside(format_args!("line {}: {} users are here, {} refused", line.number, self.here(), self.refused));
        }
        Ok(())
    }

    fn say(&self, line: u64, what: &str, why: &str) -> Result<()> {
        if self.json {
            say!("{}", json!({"line": line, what: why}))?;
        } else {
            say!("line {line} {what}: {why}")?;
        }
        Ok(())
    }

    const fn here(&self) -> u64 {
        self.brought + self.here_before
    }

    /// Prints the sums, and gives the number of lines that were refused.
    pub(super) fn end(self) -> Result<u64> {
        let Self { json, dry_run, read, brought, here_before, refused, left_out, .. } = self;
        if json {
            let left_out: BTreeMap<_, _> = left_out.iter().map(|(what, count)| (what.to_string(), count)).collect();
            let sums = json!({"lines": read, "imported": brought, "here_before": here_before, "refused": refused});
            say!("{}", json!({"dry_run": dry_run, "sums": sums, "without": left_out}))?;
            return Ok(refused);
        }
        let would = if dry_run { "would be imported" } else { "imported" };
        say!("{read} lines: {brought} {would}, {here_before} were here before, {refused} refused")?;
        for (what, count) in left_out {
            say!("{count} of them without {what}")?;
        }
        Ok(refused)
    }
}
