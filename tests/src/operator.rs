use crate::Info;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// The operator of a running stack: `cargo ops`, as `cargo build --workspace --bins` left it beside the tests.
pub struct Operator {
    folder: tempfile::TempDir,
}

impl Operator {
    pub(crate) fn new(info: &Info) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let tables = &info.tables;
        let tables = json!({"core": tables.core, "live": tables.live, "rate": tables.rate, "audit": tables.audit});
        let info = json!({"url": info.url, "dynamodb": info.dynamodb, "tables": tables, "kek": info.kek});
        let operator = Self { folder };
        std::fs::write(operator.info(), info.to_string()).expect("a file can be written");
        operator
    }

    /// What a command prints that goes well and prints one line.
    #[must_use]
    pub fn ops(&self, arguments: &[&str]) -> Value {
        let tests = std::env::current_exe().expect("the test has a path");
        let folder = tests.parent().and_then(|deps| deps.parent()).expect("it is in target/debug/deps");
        let run =
            Command::new(folder.join("ops")).args(arguments).arg("--json").arg("--info").arg(self.info()).output();
        let output = run.expect("cargo build --workspace --bins was run before");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    fn info(&self) -> PathBuf {
        self.folder.path().join("info.json")
    }
}
