//! `cargo dev smoke`: what can be tried by HTTP alone, against a deployment.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

use crate::tools;

/// Which deployment, and an app of it to try things with.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The address of the service
    #[arg(long, value_name = "URL")]
    url: String,
    /// The app. Without one, only the calls that need no app are tried
    #[arg(long, env = "SMOKE_APP_ID", requires = "secret")]
    app: Option<String>,
    /// The app's secret
    #[arg(long, env = "SMOKE_APP_SECRET", hide_env_values = true, requires = "app")]
    secret: Option<String>,
}

/// Runs them one after the other.
///
/// # Errors
/// When one fails; what it printed says why.
pub(crate) fn run(options: &Options) -> Result<()> {
    tools::enter_root()?;
    is_reached(&options.url)?;
    // Of the whole workspace, so that nothing is compiled a second time: docs/decisions/0320-one-build.md.
    let build = tools::cargo(&["build", "--locked", "--workspace", "--bin", "smoke"]).status()?;
    ensure!(build.success(), "the checks could not be built: correct what cargo says above");
    // Where cargo leaves it: beside this program.
    let mut checks = Command::new(std::env::current_exe()?.with_file_name("smoke"));
    checks.env("SMOKE_URL", &options.url);
    for (name, value) in [("SMOKE_APP_ID", &options.app), ("SMOKE_APP_SECRET", &options.secret)] {
        checks.env(name, value.as_deref().unwrap_or_default());
    }
    ensure!(checks.status()?.success(), "{} does not work as it should: see above", options.url);
    Ok(())
}

/// How long an address may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether anything listens there: said in a sentence, and before the checks are compiled.
fn is_reached(url: &str) -> Result<()> {
    let unreadable = || format!("--url {url} is not an address like https://auth.example.com");
    let parsed = reqwest::Url::parse(url).with_context(unreadable)?;
    let host = parsed.host_str().with_context(unreadable)?;
    let port = parsed.port_or_known_default().with_context(unreadable)?;
    let nothing = || format!("nothing answers at {url}: is it started, and is the address right?");
    let mut refusal = None;
    for address in (host.trim_matches(['[', ']']), port).to_socket_addrs().with_context(nothing)? {
        // An address behind a firewall gives no answer at all, not even a refusal.
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(error) => refusal = Some(error),
        }
    }
    match refusal {
        Some(error) => Err(error).with_context(nothing),
        None => bail!(nothing()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::is_reached;

    #[test]
    fn an_address_where_nothing_listens_is_said_in_a_sentence() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        assert!(is_reached(&url).is_ok());
        drop(listener);
        let error = is_reached(&url).expect_err("nothing listens").to_string();
        assert!(error.starts_with("nothing answers at http://127.0.0.1"), "{error}");
        let error = is_reached("auth.example.com").expect_err("no address").to_string();
        assert!(error.contains("is not an address"), "{error}");
    }
}
