//! `cargo dev bench --peers`: the same work by servers of others, by the scripts in `bench/peers`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::local_run::LocalRun;
use ops::out::say;

const SCRIPTS: &str = "bench/peers";
const INFO: &str = "target/peers-info.json";
const RESULT: &str = "result.md";

/// Installs the others from npm where they are not there yet, starts our release build, and has each do the work in turn.
///
/// # Errors
/// What does not start, or answers otherwise than it should.
pub(super) fn run() -> Result<()> {
    in_scripts("npm", &["install", "--no-audit", "--no-fund"])?;
    let info = std::env::current_dir()?.join(INFO);
    let limits = ["RATE_LIMIT_DEFAULT=1000000", "RATE_LIMIT_APP=1000000"];
    let _service = LocalRun::start(&info, &["--release", "--env", limits[0], "--env", limits[1]])?;
    in_scripts("node", &["run.mjs", &info.display().to_string(), RESULT])?;
    Ok(say!("{}", Path::new(SCRIPTS).join(RESULT).display())?)
}

fn in_scripts(program: &str, arguments: &[&str]) -> Result<()> {
    let status = Command::new(program).args(arguments).current_dir(SCRIPTS).status();
    let status = status.with_context(|| format!("{program} does not start: Node 20 is needed"))?;
    ensure!(status.success(), "{program} failed: see above");
    Ok(())
}
