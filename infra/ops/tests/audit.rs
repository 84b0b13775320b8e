//! The audit trail of an operator's acts, as `cargo ops audit` shows it.

#[expect(dead_code, reason = "each test uses its part of it")]
mod support;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use shared::store::{Nonce, Registration};
use shared::user::User;
use support::World;

const EMAIL: &str = "grace@example.com";

/// The user's number.
async fn grace(world: &World) -> Result<String> {
    let (random, now) = (&world.context.random, world.context.clock.now());
    let user = User { email: Some(EMAIL.parse()?), ..User::new(random, now) };
    let id = user.id.to_string();
    let registration = Registration { user, password: None, challenge: None, opening: None, source: String::new() };
    world.context.store.register(&world.app, &registration, &Nonce::draw(random), now).await?;
    Ok(id)
}

fn audit(world: &World, arguments: &[&str]) -> Result<Vec<Value>> {
    let output = world.ops(&[&["audit"], arguments].concat())?;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// They leave no change in what they are done to.
#[tokio::test]
async fn what_an_operator_takes_out_or_forgets_is_written_down_too() -> Result<()> {
    let world = World::new().await?;
    let id = grace(&world).await?;
    world.user(&["export", "--email", EMAIL])?;
    assert!(world.ops(&["limits", "reset", "--app", "shop"])?.status.success());
    assert!(world.ops(&["limits", "reset", "--all", "--channel", "mail"])?.status.success());
    world.write_trail().await?;

    let entries = audit(&world, &["--app", "shop"])?;
    let of = |act: &str| entries.iter().find(|entry| entry["act"] == act).cloned().with_context(|| act.to_owned());
    assert_eq!((&of("user_exported")?["user"], &of("user_exported")?["who"]), (&json!(id), &json!("operator")));
    assert_eq!(of("limits_reset")?["details"], json!({"channel": "sms", "of": "app"}));
    let hers = audit(&world, &["--app", "shop", "--user", &id])?;
    assert!(hers.iter().any(|entry| entry["act"] == "user_exported"), "{hers:?}");
    let of_all = audit(&world, &[])?;
    let reset = of_all.iter().find(|entry| entry["act"] == "limits_reset").context("of the deployment")?;
    assert_eq!((&reset["details"]["channel"], &reset["who"]), (&json!("mail"), &json!("operator")));
    Ok(())
}

#[tokio::test]
async fn what_an_operator_does_is_written_down_by_their_name() -> Result<()> {
    let world = World::new().await?;
    let id = grace(&world).await?;
    world.user(&["disable", "--email", EMAIL])?;
    world.user(&["role", "add", "editor", "--email", EMAIL])?;
    assert!(world.ops(&["app", "update", "shop", "--name", "The Shop"])?.status.success());
    world.user(&["set-password-link", "--email", EMAIL, "--public-url", "https://auth.example"])?;
    world.user(&["delete", "--email", EMAIL, "--yes"])?;
    world.write_trail().await?;
    world.write_trail().await?;

    let entries = audit(&world, &["--app", "shop"])?;
    let mine = |act: &str| entries.iter().find(|entry| entry["act"] == act).cloned().with_context(|| act.to_owned());
    for act in ["user_disabled", "role_given", "app_changed", "password_link_made", "user_deleted"] {
        let entry = mine(act)?;
        assert_eq!(
            (&entry["who"], &entry["outcome"], &entry["app"]),
            (&json!("operator"), &json!("done"), &json!("shop"))
        );
        assert!(entry["operator"].as_str().is_some_and(|name| !name.is_empty()), "{entry}");
    }
    assert_eq!(mine("role_given")?["details"], json!({"role": "editor"}));
    assert_eq!(mine("app_changed")?["details"], json!({"changed": "name"}));
    assert_eq!(mine("user_created")?["who"], json!("user"));
    let ids: BTreeSet<_> = entries.iter().map(|entry| entry["id"].to_string()).collect();
    assert_eq!(ids.len(), entries.len(), "none twice");

    let hers = audit(&world, &["--app", "shop", "--user", &id, "--since", "7d"])?;
    assert!(hers.iter().all(|entry| entry["user"] == json!(id)) && hers.len() == 5, "{hers:?}");
    assert_eq!(audit(&world, &["--app", "other"])?, [] as [Value; 0]);
    assert_eq!(audit(&world, &[])?[0]["act"], json!("keys_created"));
    let text = format!("{entries:?}");
    assert!(!text.contains(EMAIL) && !text.contains("The Shop"), "{text}");
    let refused = world.ops(&["audit", "--app", "shop", "--since", "yesterday"])?;
    assert!(String::from_utf8(refused.stderr)?.contains("write 90m, 12h or 7d"));
    Ok(())
}
