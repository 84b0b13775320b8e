//! `cargo dev test`: everything that tests, with nothing but cargo.

use anyhow::{Result, ensure};

use crate::tools;

/// Builds the functions, then runs every test of the workspace; the closing lines of each run stay in sight.
///
/// # Errors
/// What does not build, or that a test failed, after all of them ran.
pub(crate) fn run() -> Result<()> {
    tools::enter_root()?;
    // The journeys start the real binaries, which `cargo test` builds only for a package's own tests.
    ensure!(succeeds(&["build", "--locked", "--workspace", "--bins"])?, "the workspace does not build");
    let tests = succeeds(&["test", "--locked", "--workspace", "--all-targets", "--no-fail-fast"])?;
    let examples = succeeds(&["test", "--locked", "--workspace", "--doc", "--no-fail-fast"])?;
    ensure!(tests && examples, "a test failed: see above");
    Ok(())
}

fn succeeds(arguments: &[&str]) -> Result<bool> {
    println!("cargo {}", arguments.join(" "));
    Ok(tools::cargo(arguments).status()?.success())
}
