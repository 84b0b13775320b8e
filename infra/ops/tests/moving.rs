//! An app's users leave in an encrypted file and come back. The program `age` has to be there; CI installs it.

#[expect(dead_code, reason = "each test uses its part of it")]
mod support;

use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use shared::secret::Secret;
use shared::user::email::Email;
use shared::user::password::{CanonicalPassword, Hasher, Verdict};
use support::World;

/// The file of a key, and its public half.
fn key(world: &World) -> Result<(String, String)> {
    let file = world.path("key.txt")?;
    let made = Command::new("age-keygen").args(["-o", &file]).output();
    let said = String::from_utf8(made.context("age is not installed: .ci/setup installs it")?.stderr)?;
    let public = said.split_whitespace().last().context("a public key")?.to_owned();
    Ok((file, public))
}

impl World {
    fn app(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.ops(&[&["app"], arguments].concat())?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn webhook(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.ops(&[&["webhook"], arguments].concat())?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn path(&self, name: &str) -> Result<String> {
        Ok(self.folder.path().join(name).to_str().context("UTF-8")?.to_owned())
    }

    fn opened(identity: &str, file: &str) -> Result<String> {
        let opened = Command::new("age").args(["--decrypt", "--identity", identity, file]).output()?;
        assert!(opened.status.success(), "{opened:?}");
        Ok(String::from_utf8(opened.stdout)?)
    }
}

const USERS: u32 = 250;

#[tokio::test]
async fn all_users_leave_and_come_back_with_their_passwords_and_leave_the_same() -> Result<()> {
    let world = World::new().await?;
    let (identity, recipient) = key(&world)?;
    let users = world.path("users.jsonl")?;
    // The MD5 of `correct horse 17`; several register in one second.
    let line = |id: u32| {
        json!({
            "id": id, "email": format!("user{id}@example.com"), "username": format!("user{id}"),
            "created": 1_700_000_000 + id / 7, "password_hash": "$salted-md5$$$hxzeUhtqB92G1I9wx3mloQ",
            "totp": "JBSWY3DPEHPK3PXP",
        })
    };
    std::fs::write(&users, (0..USERS).map(|id| line(id).to_string()).collect::<Vec<_>>().join("\n"))?;
    assert!(world.run(&["import", "--from", "latchet", &users])?.status.success());
    world.user(&["role", "add", "editor", "--email", "user7@example.com"])?;
    world.app(&["update", "shop", "--claim", "plan=gold"])?;
    let endpoint = world.webhook(&["add", "shop", "https://shop.example/hooks", "--events", "user.deleted"])?;
    let id = endpoint["endpoint"].as_str().context("an id")?;
    let secret = world.webhook(&["rotate", "shop", id])?["secret"].clone();
    let (first, second) = (world.path("first.age")?, world.path("second.age")?);
    let sums = json!({"clients": 0, "users": USERS, "webhooks": 1});
    assert_eq!(world.app(&["export", "shop", "--to", &recipient, &first])?, sums);
    assert_eq!(world.app(&["verify-export", "--identity", &identity, &first])?, sums);
    assert!(!std::fs::read(&first)?.windows(12).any(|window| window == b"@example.com"), "it is encrypted");

    let other = World::new().await?;
    assert_eq!(other.app(&["import", "shop", "--identity", &identity, &first])?, sums);
    assert_eq!(other.app(&["import", "shop", "--identity", &identity, &first])?, sums, "it can be given again");
    assert_eq!(other.app(&["export", "shop", "--to", &recipient, &second])?, sums);
    let opened = World::opened(&identity, &first)?;
    assert_eq!(opened, World::opened(&identity, &second)?);
    let last_but_one = opened.lines().rev().nth(1).context("a line")?;
    let webhook: Value = serde_json::from_str(last_but_one)?;
    assert_eq!((&webhook["kind"], &webhook["secret"]), (&json!("webhook"), &secret), "the users come before");
    assert_eq!(other.webhook(&["list", "shop"])?, world.webhook(&["list", "shop"])?);
    assert_eq!(other.user(&["role", "list", "--email", "user7@example.com"])?, json!(["editor"]));
    assert_eq!(other.app(&["list"])?["claims"], json!({"plan": "gold"}));
    for id in [0, 77, USERS - 1] {
        let address: Email = format!("user{id}@example.com").parse()?;
        let stored = other.identity(address).await?.context("somebody")?.password;
        let typed = CanonicalPassword::from_plain(&Secret::new("correct horse 17".to_owned()));
        assert_eq!(Hasher::new().verify(&typed, stored.as_ref()), Verdict::RightButStale);
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_was_cut_is_not_whole() -> Result<()> {
    let world = World::new().await?;
    let (identity, recipient) = key(&world)?;
    let (whole, cut) = (world.path("whole.age")?, world.path("cut.age")?);
    world.app(&["export", "shop", "--to", &recipient, &whole])?;
    let text = World::opened(&identity, &whole)?;
    let (first, _) = text.split_once('\n').context("a line")?;
    assert!(first.contains("\"format\":1") && !text.contains("\"kind\":\"webhook\""), "{text}");
    let plain = world.path("plain")?;
    std::fs::write(&plain, format!("{first}\n"))?;
    assert!(Command::new("age").args(["-r", &recipient, "-o", &cut, &plain]).status()?.success());
    let refused = world.ops(&["app", "verify-export", "--identity", &identity, &cut])?;
    let said = String::from_utf8(refused.stderr)?;
    assert!(!refused.status.success() && said.contains("its last line is missing"), "{said}");
    let over = world.ops(&["app", "export", "shop", "--to", &recipient, &whole])?;
    assert!(!over.status.success() && String::from_utf8(over.stderr)?.contains("is there already"));
    Ok(())
}
