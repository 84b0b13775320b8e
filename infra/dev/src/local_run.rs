//! `cargo dev up` as a process, for what is run against it.

use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Result, bail};

/// Half an hour: on a fresh clone `up` first compiles the functions.
const LOOKS: u32 = 9000;
const PAUSE: Duration = Duration::from_millis(200);

/// The service, which ends with this.
pub(crate) struct LocalRun(Child);

impl Drop for LocalRun {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl LocalRun {
    /// Starts it on free ports, keeping nothing, and waits until it answers and has written `info`.
    ///
    /// # Errors
    /// That it ended before, or takes too long.
    pub(crate) fn start(info: &Path, options: &[&str]) -> Result<Self> {
        if info.exists() {
            std::fs::remove_file(info)?;
        }
        let mut up = Command::new(std::env::current_exe()?);
        let up = up.args(["up", "--memory", "--port", "0"]).args(options).arg("--info").arg(info);
        let mut service = Self(up.spawn()?);
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
}
