//! An app's resource servers are registered, changed and deleted, and what cannot work is refused with what to write.

#[path = "support/empty.rs"]
mod empty;

use anyhow::Result;
use serde_json::{Value, json};

/// The app `shop`.
struct World(empty::World);

impl World {
    fn new() -> Result<Self> {
        let world = empty::World::new()?;
        world.done(&["app", "create", "shop"])?;
        Ok(Self(world))
    }

    /// `resource`, its verb, and what follows the app.
    fn resource(&self, verb: &str, arguments: &[&str]) -> Result<String> {
        self.0.done(&[&["resource", verb, "--app", "shop"], arguments].concat())
    }

    fn refused(&self, verb: &str, arguments: &[&str]) -> Result<String> {
        self.0.refused(&[&["resource", verb, "--app", "shop"], arguments].concat())
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
    world.0.done(&["app", "update", "shop", "--name", "Shop"])?;
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
