//! `cargo dev smoke`: the journeys that need no more than HTTP, against a deployment.

use anyhow::{Result, ensure};
use clap::Args;

use crate::tools;

/// Which deployment, and an app of it to try things with.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Where the service answers
    #[arg(long, value_name = "URL")]
    url: String,
    /// The app
    #[arg(long, env = "SMOKE_APP_ID")]
    app: String,
    /// Its secret
    #[arg(long, env = "SMOKE_APP_SECRET", hide_env_values = true)]
    secret: String,
}

/// Runs them one after the other.
///
/// # Errors
/// When one fails; what it printed says why.
pub(crate) fn run(options: &Options) -> Result<()> {
    tools::enter_root()?;
    let mut tests = tools::cargo(&["test", "--locked", "--package", "tests", "--test", "journeys", "smoke::"]);
    tests.args(["--", "--test-threads", "1"]);
    tests.env("SMOKE_URL", &options.url).env("SMOKE_APP_ID", &options.app).env("SMOKE_APP_SECRET", &options.secret);
    ensure!(tests.status()?.success(), "{} does not work as it should: see above", options.url);
    Ok(())
}
