//! `cargo dev test --clients`: OAuth clients that others wrote, unmodified, against the service as it runs here.

use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use ops::out::say;

const SCRIPTS: &str = "tests/clients";
const INFO: &str = "target/clients-info.json";

/// Half an hour: on a fresh clone `up` first compiles the functions.
const LOOKS: u32 = 9000;
const PAUSE: Duration = Duration::from_millis(200);

/// The service, which ends with this.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Installs the libraries where they are not there yet, starts the service and runs every library against it.
pub(super) fn run() -> Result<()> {
    in_scripts("npm", &["install", "--no-audit", "--no-fund"])?;
    in_scripts("python3", &["-m", "venv", "venv"])?;
    in_scripts("venv/bin/pip", &["install", "--quiet", "--requirement", "requirements.txt"])?;
    let info = std::env::current_dir()?.join(INFO);
    let _service = start(&info)?;
    let info = info.display().to_string();
    in_scripts("node", &["run.mjs", &info])?;
    in_scripts("venv/bin/python", &["run.py", &info])
}

fn start(info: &Path) -> Result<Service> {
    if info.exists() {
        std::fs::remove_file(info)?;
    }
    let binary = std::env::current_exe()?;
    let up = Command::new(binary).args(["up", "--memory", "--port", "0", "--info"]).arg(info).spawn()?;
    let mut service = Service(up);
    for _ in 0..LOOKS {
        if info.exists() {
            return Ok(service);
        }
        if let Some(status) = service.0.try_wait()? {
            bail!("cargo dev up ended ({status}) before the service answered");
        }
        std::thread::sleep(PAUSE);
    }
    bail!("the service did not start in time")
}

fn in_scripts(program: &str, arguments: &[&str]) -> Result<()> {
    say!("{SCRIPTS}: {program} {}", arguments.join(" "))?;
    let status = Command::new(program).args(arguments).current_dir(SCRIPTS).status();
    let status = status.with_context(|| format!("{program} does not start: Node 20 and Python 3 are needed"))?;
    ensure!(status.success(), "{program} failed: see above");
    Ok(())
}
