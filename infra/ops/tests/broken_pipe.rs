//! `cargo ops … | head -1`.

use std::io::pipe;
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result};
use local::engine::Engine;
use serde_json::json;

/// Runs the command with an output that nobody reads any more.
fn unread(arguments: &[&str]) -> Result<ExitStatus> {
    let (reader, writer) = pipe()?;
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
    command.args(arguments).stdout(writer.try_clone()?).stderr(writer).status().context("cannot start cargo ops")
}

#[test]
fn an_output_that_nobody_reads_any_more_changes_no_outcome() -> Result<()> {
    let engine = Engine::for_test()?;
    let directory = tempfile::tempdir()?;
    let info = directory.path().join("info.json");
    let tables = json!({"core": "core", "live": "live", "rate": "rate"});
    std::fs::write(
        &info,
        json!({"url": "http://127.0.0.1:9", "dynamodb": engine.endpoint(), "tables": tables}).to_string(),
    )?;
    let info = info.to_str().context("a path in UTF-8")?;

    assert_eq!(unread(&["app", "create", "shop", "--info", info])?.code(), Some(0));
    assert_eq!(unread(&["app", "list", "--info", info])?.code(), Some(0));
    assert_eq!(unread(&["app", "create", "shop", "--info", info])?.code(), Some(1), "there is one already");
    Ok(())
}
