//! `cargo dev test`: everything that tests, with nothing but cargo.

mod clients;
mod deploy;

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::second_engine::SecondEngine;
use crate::tools;
use ops::out::say;

/// Which tests.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    /// Run the store's tests against a second DynamoDB engine, ministack from PyPI, instead of the embedded one
    #[arg(long)]
    second_engine: bool,
    /// Run other people's client libraries and JWT verifiers, from npm and PyPI, against the service
    #[arg(long, conflicts_with = "second_engine")]
    clients: bool,
    /// Run the slow tests: each race two hundred times, with three processes per function
    #[arg(long, conflicts_with_all = ["second_engine", "clients"])]
    races: bool,
    /// Deploy the template by SAM into ministack, an AWS emulator from PyPI: create, call, update, roll back, delete
    #[arg(long, conflicts_with_all = ["second_engine", "clients", "races"])]
    deploy: bool,
    /// Parse this many random gateway events, valid and broken: 100,000 unless you give a number
    #[arg(long, value_name = "EVENTS", num_args = 0..=1, default_missing_value = "100000",
        conflicts_with_all = ["second_engine", "clients", "races", "deploy"])]
    fuzz: Option<u32>,
    /// Take pictures of every page, in both languages, three widths and both themes, into target/screenshots/pages, and look at each
    /// with axe-core, from npm
    #[arg(long, conflicts_with_all = ["second_engine", "clients", "races", "deploy", "fuzz"])]
    pages: bool,
    /// Move ten thousand users in from another product's export, out encrypted and in again, and say how many a second came in: at
    /// least 500, on a machine that does nothing else
    #[arg(long, conflicts_with_all = ["second_engine", "clients", "races", "deploy", "fuzz", "pages"])]
    moves: bool,
}

/// Runs what the options say.
///
/// # Errors
/// What does not build, or that a test failed, after all of them ran.
pub(crate) fn run(options: &Options) -> Result<()> {
    tools::enter_root()?;
    if options.clients {
        return clients::run();
    }
    if options.races {
        return races();
    }
    if options.deploy {
        return deploy::run();
    }
    if options.pages {
        return pages();
    }
    if options.moves {
        return moves();
    }
    if let Some(events) = options.fuzz {
        return fuzz(events);
    }
    if options.second_engine { on_second_engine() } else { everything() }
}

/// The tests of the journeys that are marked as slow.
fn races() -> Result<()> {
    ensure!(succeeds(&["build", "--locked", "--workspace", "--bins"])?, "the workspace does not build");
    let slow = ["test", "--locked", "--workspace", "--test", "journeys", "--", "--ignored", "--nocapture"];
    ensure!(succeeds(&slow)?, "a race was lost: see above");
    Ok(())
}

/// Ten thousand users through `cargo ops`, on the embedded engine.
fn moves() -> Result<()> {
    let many =
        ["test", "--locked", "--profile", "moves", "--workspace", "--test", "moving", "--", "--ignored", "--nocapture"];
    ensure!(succeeds(&many)?, "users were lost, or came too slowly: see above");
    Ok(())
}

/// What finds the mistakes of a page that a machine can find.
const AXE: &str = "axe-core@4.14.1";

/// The contact sheet of `tests/tests/browser`.
fn pages() -> Result<()> {
    say!("installing {AXE} from npm into .dev/pages, where it is not there yet")?;
    let arguments = ["install", "--no-audit", "--no-fund", "--save-exact", "--prefix", ".dev/pages", AXE];
    std::fs::create_dir_all(".dev/pages")?;
    let installed = Command::new("npm").args(arguments).status().context("npm does not start: Node 20 is needed")?;
    ensure!(installed.success(), "npm failed: see above");
    ensure!(succeeds(&["build", "--locked", "--workspace", "--bins"])?, "the workspace does not build");
    let sheet = ["test", "--locked", "--workspace", "--test", "browser", "--", "--ignored", "--nocapture"];
    ensure!(succeeds(&sheet)?, "a page is not as it should be: see above");
    Ok(())
}

/// The properties of `functions/runtime/tests/events.rs`, each with so many events.
fn fuzz(events: u32) -> Result<()> {
    // Of the workspace, which has one test of that name.
    let mut tests = tools::cargo(&["test", "--locked", "--workspace", "--test", "events"]);
    ensure!(tests.env("PROPTEST_CASES", events.to_string()).status()?.success(), "an event was misread: see above");
    say!("{events} events of each kind: as a client sends them, broken, and cut off")?;
    Ok(())
}

/// The embedded engine could be wrong as we are: another one, written by others, must see the same guarantees hold.
fn on_second_engine() -> Result<()> {
    let engine = SecondEngine::start()?;
    say!("the store's tests on {}", engine.endpoint)?;
    // Of the workspace, which has one test of that name: for a package alone cargo resolves other features, and builds
    // everything again. The tests of the audit trail read the embedded engine's streams.
    let skipped = ["--skip", "audit::", "--skip", "audit_trail::"];
    let mut tests = tools::cargo(&["test", "--locked", "--workspace", "--test", "store", "--"]);
    tests.args(skipped).env("TEST_DYNAMODB_ENDPOINT", &engine.endpoint);
    ensure!(tests.status()?.success(), "a test failed: see above");
    Ok(())
}

/// Builds the functions, then runs every test of the workspace; the closing lines of each run stay in sight.
fn everything() -> Result<()> {
    // The journeys start the real binaries, which `cargo test` builds only for a package's own tests.
    ensure!(succeeds(&["build", "--locked", "--workspace", "--bins"])?, "the workspace does not build");
    // Without `--all-targets`: that would build an example as a test of itself, and the tests of `infra/local` run
    // examples as programs.
    ensure!(succeeds(&["test", "--locked", "--workspace", "--no-fail-fast"])?, "a test failed: see above");
    Ok(())
}

fn succeeds(arguments: &[&str]) -> Result<bool> {
    say!("cargo {}", arguments.join(" "))?;
    Ok(tools::cargo(arguments).status()?.success())
}
