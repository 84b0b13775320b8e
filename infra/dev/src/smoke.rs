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
    /// The app; without one, what needs none is tried
    #[arg(long, env = "SMOKE_APP_ID", requires = "secret")]
    app: Option<String>,
    /// Its secret
    #[arg(long, env = "SMOKE_APP_SECRET", hide_env_values = true, requires = "app")]
    secret: Option<String>,
}

/// Runs them one after the other.
///
/// # Errors
/// When one fails; what it printed says why.
pub(crate) fn run(options: &Options) -> Result<()> {
    tools::enter_root()?;
    let which = if options.app.is_some() { "smoke::" } else { "smoke::anybody::" };
    let mut tests = tools::cargo(&["test", "--locked", "--package", "tests", "--test", "journeys", which]);
    tests.args(["--", "--test-threads", "1"]).env("SMOKE_URL", &options.url);
    for (name, value) in [("SMOKE_APP_ID", &options.app), ("SMOKE_APP_SECRET", &options.secret)] {
        tests.env(name, value.as_deref().unwrap_or_default());
    }
    ensure!(tests.status()?.success(), "{} does not work as it should: see above", options.url);
    Ok(())
}
