//! The table, for people and for programs.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::instructions::Instructions;
use super::measure::{Plan, Row};

/// All rows of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Report {
    /// Sizes are compared between builds for one processor only.
    pub(super) architecture: String,
    /// The processor and how many cores, and the day; reports from before 2026-11-29 do not say.
    #[serde(default)]
    pub(super) machine: Option<String>,
    #[serde(default)]
    pub(super) day: Option<String>,
    /// The compiler and the processor that the instructions were counted with: others give other counts.
    #[serde(default)]
    pub(super) counted: Option<String>,
    pub(super) plan: Plan,
    pub(super) rows: Vec<Row>,
}

const COUNTS: &str = "\
| row | calls | depth | write units | read units | bytes sent | bytes received | binary MB | zip MB | glibc | command |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|
";

const TIMES: &str = "\
| row | INIT CPU ms | exec → ready ms (wall) | first invoke CPU ms beyond the hash | warm invoke CPU ms | bare argon2id CPU ms | ratio | CPU ms beyond the hash | peak RSS MiB |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
";

const INSTRUCTIONS: &str = "\
| row | INIT | warm request | command |
|---|--:|--:|---|
";

impl Report {
    pub(super) fn new(plan: Plan) -> Self {
        let architecture = std::env::consts::ARCH.to_owned();
        Self { architecture, machine: machine(), day: day(), counted: None, plan, rows: Vec::new() }
    }

    /// Where and when, as a line of the page; nothing where the report does not say.
    pub(super) fn measured(&self) -> String {
        match (&self.machine, &self.day) {
            (Some(machine), Some(day)) => format!("\nMeasured on {day}: {machine}.\n"),
            _ => String::new(),
        }
    }

    /// Writes `bench/result.json` and `bench/result.md`, which git ignores.
    pub(super) fn write(&self) -> Result<()> {
        fs::create_dir_all("bench")?;
        fs::write("bench/result.json", self.json()?).context("bench/result.json cannot be written")?;
        fs::write("bench/result.md", self.markdown()).context("bench/result.md cannot be written")
    }

    pub(super) fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    pub(super) fn markdown(&self) -> String {
        let counts: String = self.rows.iter().map(counts).collect();
        let times: String = self.rows.iter().map(times).collect();
        let Plan { requests, starts } = self.plan;
        format!(
            "These counts are the same on every machine: the calls of a warm request, and its depth, which is how many calls wait for \
             another. The sizes are for {}.\n\n{COUNTS}{counts}\n\
             These times differ between machines. They are medians of {requests} requests and {starts} starts over TLS, with the bare \
             hashes measured in between. The requests of health come without a pause. Peak RSS is after {requests} \
             requests.\n\n{TIMES}{times}{}",
            self.architecture,
            self.instructions()
        )
    }

    /// The table of the rows whose instructions were counted.
    fn instructions(&self) -> String {
        let rows: String = self.rows.iter().filter_map(instructions).collect();
        if rows.is_empty() {
            return rows;
        }
        format!(
            "\nThousands of instructions, as callgrind counts them. They differ by a few thousandths from run to run, and more with another \
             compiler or processor; these are of {}. `--heaviest` shows the functions.\n\n{INSTRUCTIONS}{rows}",
            self.counted.as_deref().unwrap_or("an unknown machine")
        )
    }
}

fn machine() -> Option<String> {
    let cores = std::thread::available_parallelism().ok()?;
    Some(format!("{}, {cores} cores", processor()?))
}

/// As Linux names it.
fn processor() -> Option<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo").ok()?;
    Some(cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "))?.1.trim().to_owned())
}

/// What a count of instructions depends on beside the code.
pub(super) fn counted_with() -> Option<String> {
    let compiler = Command::new("rustc").arg("--version").output().ok()?;
    Some(format!("{}, {}", String::from_utf8(compiler.stdout).ok()?.trim(), processor()?))
}

/// Of UTC.
fn day() -> Option<String> {
    let printed = Command::new("date").args(["-u", "+%F"]).output().ok()?;
    Some(String::from_utf8(printed.stdout).ok()?.trim().to_owned())
}

fn instructions(row: &Row) -> Option<String> {
    let (case, Instructions { init, request }) = (row.case, row.instructions?);
    let (init, request) = (init / 1000, request / 1000);
    Some(format!("| {case} | {init} | {request} | `cargo dev bench --instructions --only {case}` |\n"))
}

fn counts(Row { case, held, .. }: &Row) -> String {
    let calls = held.calls.iter().map(|(operation, count)| format!("{count} {operation}")).collect::<Vec<_>>();
    let calls = if calls.is_empty() { "none".to_owned() } else { calls.join(", ") };
    let (major, minor) = held.binary.glibc;
    format!(
        "| {case} | {calls} | {} | {} | {} | {} | {} | {:.2} | {:.2} | {major}.{minor} | `cargo dev bench --only {case}` |\n",
        held.depth,
        held.write_units,
        held.read_units,
        held.sent_bytes,
        held.received_bytes,
        megabytes(held.binary.bytes),
        megabytes(held.binary.zip_bytes),
    )
}

fn times(Row { case, shown, .. }: &Row) -> String {
    let (bare, ratio) = match shown.bare_hash {
        Some(bare) => (format!("{bare:.2}"), format!("{:.3}", shown.invoke / bare)),
        None => ("–".to_owned(), "–".to_owned()),
    };
    format!(
        "| {case} | {:.2} | {:.1} | {:.2} | {:.3} | {bare} | {ratio} | {:.3} | {:.1} |\n",
        shown.init,
        shown.exec_to_ready_wall,
        shown.first_beyond_hash(),
        shown.invoke,
        shown.beyond_hash(),
        shown.peak_rss_mib,
    )
}

#[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
const fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
