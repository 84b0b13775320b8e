//! The second DynamoDB engine, started for the time of a test run.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::tools;

/// A running engine; it ends when dropped.
pub(crate) struct SecondEngine {
    child: Child,
    programs: PathBuf,
    pub(crate) endpoint: String,
}

/// How often, and with which pause, a start is looked after: half a minute in all.
const LOOKS: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

const LOG: &str = ".dev/second-engine.log";

impl SecondEngine {
    /// Installs the engine if it is not there, and waits until it answers.
    pub(crate) fn start() -> Result<Self> {
        let programs = tools::python_tools(".dev/venv-engine", "infra/requirements-engine.txt")?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let log = File::create(LOG)?;
        let child = Command::new(programs.join("ministack"))
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            // Functions run as processes of its own, not in containers.
            .env("LAMBDA_EXECUTOR", "local")
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start ministack")?;
        let mut engine = Self { child, programs, endpoint: format!("http://127.0.0.1:{port}") };
        for _ in 0..LOOKS {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(engine);
            }
            if let Some(status) = engine.child.try_wait()? {
                bail!("ministack ended with {status}: see {LOG}");
            }
            thread::sleep(PAUSE);
        }
        bail!("ministack does not answer: see {LOG}")
    }

    /// The folder with the programs that are installed with it.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }
}

impl Drop for SecondEngine {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
