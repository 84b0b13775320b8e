//! `cargo dev bench`: what each function costs, measured on the binaries that are shipped.
//!
//! Counts, units, bytes and sizes are held to the baseline in the repository. Times depend on the machine and on who
//! else uses it: they are CPU times and ratios of one interleaved run, they are shown, and nothing fails on them.

mod baseline;
mod case;
mod factors;
mod instructions;
mod measure;
mod oauth;
mod parties;
mod peers;
mod plot;
mod process;
mod report;
mod statistics;
mod world;

use anyhow::{Context as _, Result, ensure};

use self::baseline::Findings;
use self::case::Case;
use self::measure::Plan;
use self::report::Report;
use self::world::World;
use crate::tools;
use ops::out::{self, say};

/// What the command line says.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    /// Measure what `target/release` has, without building it first
    #[arg(long)]
    no_build: bool,
    /// Fail when a count, a depth, a unit or a size is worse than in the baseline
    #[arg(long, conflicts_with = "write_baseline")]
    check: bool,
    /// Write the baseline: what was measured now is what is held from now on
    #[arg(long)]
    write_baseline: bool,
    /// Have OpenAuth, better-auth and oidc-provider, from npm, do the same work, and compare their CPU time
    #[arg(long, conflicts_with_all = ["no_build", "check", "write_baseline", "only"])]
    peers: bool,
    /// Count instructions instead, of INIT and of a warm request, under callgrind; takes some minutes and wants valgrind
    #[arg(long)]
    instructions: bool,
    /// Print the functions in and below which most of a warm request happens
    #[arg(long, requires = "instructions")]
    heaviest: bool,
    /// One row alone; may be repeated
    #[arg(long, value_name = "ROW")]
    only: Vec<Case>,
    /// Requests per row
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..))]
    requests: u32,
    /// Starts of each function
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,
}

impl Options {
    fn cases(&self) -> impl Iterator<Item = Case> {
        Case::ALL.into_iter().filter(|case| self.only.is_empty() || self.only.contains(case))
    }
}

/// Builds, measures, prints the table, writes it to `bench/`, and compares it with the baseline.
///
/// # Errors
/// What could not be measured; with `--check`, what is worse.
pub(crate) async fn run(options: Options) -> Result<()> {
    tools::enter_root()?;
    if options.peers {
        return peers::run();
    }
    if options.instructions {
        return instructions::run(&options).await;
    }
    ensure!(options.only.is_empty() || !options.write_baseline, "the baseline has every row: leave out --only");
    if !options.no_build {
        build("release", &PACKAGES)?;
    }
    let world = World::start().await?;
    let plan = Plan { requests: options.requests, starts: options.starts };
    let mut report = Report::new(plan);
    for case in options.cases() {
        out::aside(format_args!("measuring {case} …"));
        report.rows.push(measure::row(case, &world, plan).await.with_context(|| format!("{case} was not measured"))?);
    }
    report.write()?;
    say!("{}", report.markdown())?;
    if options.write_baseline {
        return baseline::write(&report);
    }
    finish(&baseline::compare(&report)?, options.check)
}

/// Says what differs from the baseline.
///
/// # Errors
/// With `check`, when something is worse.
fn finish(findings: &Findings, check: bool) -> Result<()> {
    for finding in &findings.better {
        say!("better: {finding}")?;
    }
    for finding in &findings.worse {
        say!("WORSE: {finding}")?;
    }
    ensure!(!check || findings.worse.is_empty(), "{} figures are worse than the baseline", findings.worse.len());
    Ok(())
}

/// The text of `bench/README.md`.
///
/// # Errors
/// When there is no baseline.
pub(crate) fn page() -> Result<String> {
    baseline::page()
}

/// The text of `docs/diagrams/cold-starts.txt`, which `docs/diagrams/draw.py` draws.
///
/// # Errors
/// When there is no baseline.
pub(crate) fn cold_starts() -> Result<String> {
    plot::cold_starts(&baseline::read()?)
}

/// Whose programs are measured, and the yardstick.
const PACKAGES: [&str; 7] = ["app", "browser", "account", "oauth", "pages", "preflight", "yardstick"];

/// The functions as they are deployed, and the yardstick beside them: each by itself, since one build would unify features.
fn build(profile: &str, packages: &[&str]) -> Result<()> {
    for package in packages {
        let built =
            tools::cargo(&["build", "--profile", profile, "--locked", "--package", package, "--bins"]).status()?;
        ensure!(built.success(), "{package} does not build");
    }
    Ok(())
}
