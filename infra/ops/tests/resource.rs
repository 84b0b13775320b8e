//! An app's resource servers are registered, changed and deleted, and what cannot work is refused with what to write.

use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use local::engine::Engine;
use serde_json::{Value, json};

struct World {
    _engine: Engine,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Result<Self> {
        let (engine, folder) = (Engine::for_test()?, tempfile::tempdir()?);
        let tables = json!({"core": "core", "live": "live", "rate": "rate"});
        let info = json!({"url": "http://127.0.0.1:9", "dynamodb": engine.endpoint(), "tables": tables});
        std::fs::write(folder.path().join("info.json"), info.to_string())?;
        let world = Self { _engine: engine, folder };
        world.ops(&["app", "create", "shop"])?;
        Ok(world)
    }

    fn run(&self, arguments: &[&str]) -> Result<Output> {
        let info = self.folder.path().join("info.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
        command.args(arguments).args(["--json", "--info"]).arg(info).output().context("cannot start cargo ops")
    }

    fn ops(&self, arguments: &[&str]) -> Result<String> {
        let output = self.run(arguments)?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(String::from_utf8(output.stdout)?)
    }

    /// `resource`, its verb, and what follows the app.
    fn resource(&self, verb: &str, arguments: &[&str]) -> Result<String> {
        self.ops(&[&["resource", verb, "--app", "shop"], arguments].concat())
    }

    fn refused(&self, verb: &str, arguments: &[&str]) -> Result<String> {
        let output = self.run(&[&["resource", verb, "--app", "shop"], arguments].concat())?;
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        Ok(String::from_utf8(output.stderr)?)
    }

    fn list(&self) -> Result<Vec<Value>> {
        self.resource("list", &[])?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }
}

const API: &str = "https://api.example";

#[test]
fn a_resource_server_is_registered_changed_and_deleted() -> Result<()> {
    let world = World::new()?;
    world.resource("create", &["--identifier", API, "--scope", "read write", "--scope", "admin"])?;
    let made = json!({"identifier": API, "algorithm": "RS256", "scopes": ["admin", "read", "write"]});
    assert_eq!(world.list()?, [made]);
    world.resource("update", &["--identifier", API, "--algorithm", "EdDSA"])?;
    world.resource("update", &["--identifier", "https://api.example/", "--scope", "read"])?;
    assert_eq!(world.list()?, [json!({"identifier": API, "algorithm": "EdDSA", "scopes": ["read"]})]);
    // A change of the app leaves it.
    world.ops(&["app", "update", "shop", "--name", "Shop"])?;
    assert_eq!(world.list()?.len(), 1);
    world.resource("delete", &["--identifier", API])?;
    assert_eq!(world.list()?, [Value::Null; 0]);
    Ok(())
}

#[test]
fn what_cannot_work_is_refused_with_the_reason() -> Result<()> {
    let world = World::new()?;
    let create = |arguments: &[&str]| world.refused("create", arguments);
    world.resource("create", &["--identifier", API, "--scope", "read"])?;
    for (arguments, said) in [
        (&["--identifier", "https://api.example/", "--scope", "read"][..], "cargo ops resource update"),
        (&["--identifier", "http://b.example", "--scope", "read"], "an identifier is an https address"),
        (&["--identifier", "https://b.example/#x", "--scope", "read"], "an identifier is an https address"),
        (&["--identifier", "https://b.example", "--scope", ""], "the scope is a list of words"),
        (&["--identifier", "https://b.example", "--scope", "read", "--algorithm", "HS256"], "RS256, ES256 or EdDSA"),
    ] {
        let refused = create(arguments)?;
        assert!(refused.contains(said), "{arguments:?}: {refused}");
    }
    for number in 1..20 {
        world.resource("create", &["--identifier", &format!("https://{number}.example"), "--scope", "read"])?;
    }
    assert!(create(&["--identifier", "https://b.example", "--scope", "read"])?.contains("at most 20"));
    for verb in ["update", "delete"] {
        let refused = world.refused(verb, &["--identifier", "https://b.example"])?;
        assert!(refused.contains("shop has no resource server https://b.example"), "{refused}");
    }
    Ok(())
}
