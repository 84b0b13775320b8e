//! A deployment in which nobody registered, and the command that works on it.

use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use local::engine::Engine;
use serde_json::json;

pub(crate) struct World {
    folder: tempfile::TempDir,
    _engine: Engine,
}

impl World {
    pub(crate) fn new() -> Result<Self> {
        let (engine, folder) = (Engine::for_test()?, tempfile::tempdir()?);
        let tables = json!({"core": "core", "live": "live", "rate": "rate"});
        let budgets = json!({
            "SMS_BUDGET_APP": "1000", "SMS_BUDGET_DAY": "2000", "MAIL_BUDGET_APP": "3000", "MAIL_BUDGET_DAY": "5000",
        });
        let info = json!({
            "url": "http://127.0.0.1:9", "dynamodb": engine.endpoint(), "tables": tables, "budgets": budgets,
        });
        std::fs::write(folder.path().join("info.json"), info.to_string())?;
        Ok(Self { folder, _engine: engine })
    }

    fn run(&self, arguments: &[&str]) -> Result<Output> {
        let info = self.folder.path().join("info.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
        command.args(arguments).args(["--json", "--info"]).arg(info).output().context("cannot start cargo ops")
    }

    /// What a command prints that goes well.
    pub(crate) fn done(&self, arguments: &[&str]) -> Result<String> {
        let output = self.run(arguments)?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(String::from_utf8(output.stdout)?)
    }

    /// What a command says that is refused.
    pub(crate) fn refused(&self, arguments: &[&str]) -> Result<String> {
        let output = self.run(arguments)?;
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        Ok(String::from_utf8(output.stderr)?)
    }
}
