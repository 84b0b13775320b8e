//! What an operator sees of a client, and how a client is removed.

#[expect(dead_code, reason = "each test uses its part of it")]
mod support;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use support::World;

const CREATE: [&str; 10] = [
    "client",
    "create",
    "--app",
    "shop",
    "--id",
    "reader",
    "--name",
    "Reader",
    "--redirect-uri",
    "https://reader.example/cb",
];

impl World {
    /// What a command prints that goes well, line by line.
    fn lines(&self, arguments: &[&str]) -> Result<Vec<Value>> {
        let output = self.ops(arguments)?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// What a command says that is refused.
    fn refused(&self, arguments: &[&str]) -> Result<String> {
        let output = self.ops(arguments)?;
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        Ok(String::from_utf8(output.stderr)?)
    }
}

#[tokio::test]
async fn a_client_is_shown_with_all_its_settings_and_without_its_secret() -> Result<()> {
    let world = World::new().await?;
    let issued = world.lines(&[&CREATE[..], &["--origin", "https://reader.example", "--require-pkce"]].concat())?;
    let secret = issued[0]["secret"].as_str().context("a secret")?;
    let shown = world.lines(&["client", "show", "reader"])?;
    assert_eq!(shown.len(), 1);
    let shown = &shown[0];
    assert_eq!((&shown["app"], &shown["name"]), (&json!("shop"), &json!("Reader")));
    assert_eq!(shown["redirect_uris"], json!(["https://reader.example/cb"]));
    assert_eq!((&shown["origins"], &shown["requires_pkce"]), (&json!(["https://reader.example"]), &json!(true)));
    assert_eq!((&shown["registered_itself"], &shown["unused_until"]), (&json!(false), &Value::Null));
    assert!(shown["created"].is_i64() && shown["secrets"][0]["last_used"].is_null(), "{shown}");
    assert!(!shown.to_string().contains(secret));
    assert_eq!(world.lines(&["client", "list"])?, std::slice::from_ref(shown));
    assert!(world.refused(&["client", "show", "nobody"])?.contains("there is no client nobody"));
    Ok(())
}

#[tokio::test]
async fn no_client_is_removed_by_a_slip_and_who_removed_one_is_written_down() -> Result<()> {
    let world = World::new().await?;
    world.lines(&CREATE)?;
    let said = world.refused(&["client", "delete", "reader"])?;
    assert!(said.contains("Add --yes") && said.contains("cargo ops client disable"), "{said}");
    assert_eq!(world.lines(&["client", "show", "reader"])?[0]["disabled"], json!(false));

    let deleted = world.lines(&["client", "delete", "reader", "--yes"])?;
    assert_eq!(deleted, [json!({"id": "reader", "deleted": true})]);
    for again in [&["client", "show", "reader"][..], &["client", "delete", "reader", "--yes"]] {
        assert!(world.refused(again)?.contains("there is no client reader"), "{again:?}");
    }
    assert_eq!(world.lines(&["client", "list"])?, [] as [Value; 0]);
    assert!(world.refused(&["client", "enable", "reader"])?.contains("there is no client reader"));
    assert!(world.refused(&CREATE)?.contains("choose another id"), "its users' grants are under this id");

    world.write_trail().await?;
    let entries = world.lines(&["audit", "--app", "shop"])?;
    let entry = entries.iter().find(|entry| entry["act"] == "client_deleted").context("an entry")?;
    assert_eq!((&entry["who"], &entry["details"]), (&json!("operator"), &json!({"client": "reader"})));
    let of_client = entries.iter().filter(|entry| entry["details"]["client"] == "reader").count();
    assert_eq!(of_client, 2, "it was made and deleted: {entries:?}");
    Ok(())
}
