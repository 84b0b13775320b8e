//! `cargo dev bench --instructions`: what a start and a warm request take, in instructions, as callgrind counts them.
//!
//! Times of one request differ by a third on a machine that others use. Instructions differ by a few thousandths, so they
//! are held to the baseline. The programs are those that are shipped, with their symbols kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::case::Case;
use super::measure::request;
use super::process::Running;
use super::world::World;
use super::{Options, baseline, finish};
use crate::tools::quietly;
use ops::out::say;

/// The profile of `Cargo.toml` that keeps the symbols, and the folder of what it builds.
const PROFILE: &str = "counted";

/// Where callgrind writes.
const FOLDER: &str = ".dev/bench/callgrind";

/// Starts, of which the quickest counts: on a busy machine, INIT under callgrind repeats calls that took too long.
const STARTS: u32 = 3;
/// Requests before those that are counted: caches fill, connections open.
const WARM_UP: u32 = 5;
/// Requests that are counted together.
const REQUESTS: u32 = 20;
/// Lines of the table of a row's heaviest functions.
const HEAVIEST: usize = 10;

/// How many instructions a row takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Instructions {
    /// From exec to the first request for work.
    pub(super) init: u64,
    /// Of a warm request.
    pub(super) request: u64,
}

/// Builds, counts, prints, and compares with the baseline or writes it.
pub(super) async fn run(options: &Options) -> Result<()> {
    quietly(Command::new("valgrind").arg("--version").as_std_mut()).context(
        "instructions are counted by callgrind, and valgrind is missing; on Debian: apt-get install -y valgrind",
    )?;
    let world = World::start().await?;
    if !options.no_build {
        super::build(PROFILE, &packages(options, &world)?)?;
    }
    if Path::new(FOLDER).exists() {
        fs::remove_dir_all(FOLDER)?;
    }
    fs::create_dir_all(FOLDER)?;
    let mut counted = BTreeMap::new();
    say!("| row | instructions of INIT | of a warm request |\n|---|--:|--:|")?;
    for case in options.cases() {
        let row = count(case, &world).await.with_context(|| format!("{case} was not counted"))?;
        say!("| {case} | {} | {} |", row.init, row.request)?;
        if options.heaviest {
            say!("\n{}", heaviest(&file(case, Phase::Requests))?)?;
        }
        counted.insert(case, row);
    }
    if options.write_baseline {
        return baseline::write_instructions(&counted);
    }
    finish(&baseline::compare_instructions(&counted)?, options.check)
}

/// The packages of the programs whose rows are asked for: the others need not be built.
fn packages(options: &Options, world: &World) -> Result<Vec<&'static str>> {
    let mut packages = Vec::new();
    for package in super::PACKAGES {
        for case in options.cases() {
            let program = format!("{}.rs", world.function(case.function())?.0.program);
            if Path::new("functions").join(package).join("src/bin").join(program).exists() {
                packages.push(package);
                break;
            }
        }
    }
    Ok(packages)
}

/// What of a process's life a file of callgrind's is about: each ends where the next begins.
#[derive(Clone, Copy)]
enum Phase {
    Init = 1,
    WarmUp = 2,
    Requests = 3,
}

async fn count(case: Case, world: &World) -> Result<Instructions> {
    let (mut running, mut init) = start(case, world).await?;
    for _ in 1..STARTS {
        // The one before ends here, and with it its process.
        let (next, counted) = start(case, world).await?;
        (running, init) = (next, init.min(counted));
    }
    for _ in 0..WARM_UP {
        request(case, world, &running).await?;
    }
    end(Phase::WarmUp, case, &running).await?;
    for _ in 0..REQUESTS {
        request(case, world, &running).await?;
    }
    let request = end(Phase::Requests, case, &running).await? / u64::from(REQUESTS);
    Ok(Instructions { init, request })
}

/// A process that waits for work, and the instructions of its INIT.
async fn start(case: Case, world: &World) -> Result<(Running, u64)> {
    let (function, mut launch) = world.function(case.function())?;
    launch.program = std::path::absolute(Path::new("target").join(PROFILE).join(&function.program))?;
    let output = std::path::absolute(Path::new(FOLDER).join(case.to_string()))?;
    let running = Running::start_as(function, &launch, |command| under_callgrind(&command, &output)).await?;
    let init = end(Phase::Init, case, &running).await?;
    Ok((running, init))
}

/// The same program, run by callgrind.
fn under_callgrind(command: &Command, output: &Path) -> Command {
    let program = command.as_std();
    let mut callgrind = Command::new("valgrind");
    callgrind.args(["--tool=callgrind", "--quiet"]).arg(format!("--callgrind-out-file={}", output.display()));
    callgrind.arg(program.get_program()).env_clear();
    if let Some(folder) = program.get_current_dir() {
        callgrind.current_dir(folder);
    }
    callgrind.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    callgrind
}

/// Ends a phase: callgrind writes what it counted since the one before, whose sum this gives, and begins again at zero.
async fn end(phase: Phase, case: Case, running: &Running) -> Result<u64> {
    // Only to wait until the process rests.
    let _ = running.cpu().await?;
    let process = format!("--pid={}", running.id()?);
    quietly(Command::new("vgdb").arg(process).arg("dump").as_std_mut()).context("callgrind cannot be told to write")?;
    total(&file(case, phase))
}

fn file(case: Case, phase: Phase) -> PathBuf {
    Path::new(FOLDER).join(format!("{case}.{}", phase as u8))
}

/// The sum in a file of callgrind's.
fn total(path: &Path) -> Result<u64> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("summary:")).context("callgrind wrote no sum")?;
    Ok(line.trim().parse()?)
}

/// The functions in and below which most of a warm request happens, as a table.
fn heaviest(path: &Path) -> Result<String> {
    let mut annotate = std::process::Command::new("callgrind_annotate");
    let printed = annotate.args(["--inclusive=yes", "--auto=no"]).arg(path).output();
    let printed = printed.context("callgrind_annotate is missing; it comes with valgrind")?;
    Ok(table(&String::from_utf8_lossy(&printed.stdout)))
}

/// `12,345 (67.8%)  file.rs:function [/program]`, line by line, becomes rows of a table.
fn table(annotated: &str) -> String {
    let mut table = "| instructions of a request | share | function |\n|--:|--:|---|\n".to_owned();
    let rows = annotated.lines().filter_map(|line| {
        let (number, rest) = line.trim().split_once(" (")?;
        let (share, function) = rest.split_once("%)")?;
        let number: u64 = number.replace(',', "").parse().ok()?;
        let function = function.trim().rsplit_once(" [").map_or(function, |(function, _)| function).trim();
        let function = function.split_once(':').map_or(function, |(_, function)| function);
        (function != "PROGRAM TOTALS").then_some((number / u64::from(REQUESTS), share, function))
    });
    for (number, share, function) in rows.take(HEAVIEST) {
        // Writing to a string does not fail.
        let _ = writeln!(table, "| {number} | {share} % | `{function}` |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn a_line_of_callgrind_becomes_a_row_of_one_request() {
        let printed = "\
--------------------------------------------------------------------------------
47,080,000 (100.0%)  PROGRAM TOTALS

2,354,000 ( 5.00%)  ./malloc/malloc.c:malloc [/usr/lib/libc.so.6]
40 ( 0.00%)  ???:shared::store::client::Store::get [/src/browser]
";
        let rows: Vec<_> = table(printed).lines().skip(2).map(str::to_owned).collect();
        assert_eq!(rows, ["| 117700 |  5.00 % | `malloc` |", "| 2 |  0.00 % | `shared::store::client::Store::get` |"]);
    }
}
