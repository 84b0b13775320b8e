//! What an operator's command does to a deployment that has no key ring, or has one under another key.

use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use local::engine::Engine;
use ops::deployment::{OperatorContext, local_aws};
use serde_json::json;
use shared::config::Tables;
use shared::secret::Secret;

const KEK: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const MISTYPED: &str = "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct World {
    engine: Engine,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Result<Self> {
        let world = Self { engine: Engine::for_test()?, folder: tempfile::tempdir()? };
        let tables = json!({"core": "core", "live": "live", "rate": "rate"});
        let info = json!({"url": "http://127.0.0.1:9", "dynamodb": world.engine.endpoint(), "tables": tables});
        std::fs::write(world.info(), info.to_string())?;
        std::fs::write(world.folder.path().join("secret"), "0x4AAAA\n")?;
        Ok(world)
    }

    fn info(&self) -> PathBuf {
        self.folder.path().join("info.json")
    }

    fn ops(&self, kek: &str, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
        command.args(arguments).arg("--info").arg(self.info()).env("KEY_RING_KEK", kek);
        command.current_dir(self.folder.path()).output().context("cannot start cargo ops")
    }

    fn context(&self, kek: &str) -> OperatorContext {
        let [core, live, rate] = ["core", "live", "rate"].map(str::to_owned);
        OperatorContext::new(
            local_aws(self.engine.endpoint()),
            Tables { core, live, rate },
            &Secret::new(kek.to_owned()),
        )
    }
}

/// Every command that opens the ring.
const OPEN: [&[&str]; 9] = [
    &["app", "export", "shop", "--to", "age1recipient", "shop.age"],
    &["app", "import", "shop", "--identity", "key.txt", "shop.age"],
    &["keys", "list"],
    &["keys", "rotate"],
    &["keys", "revoke"],
    &["keys", "rewrap", "--new-kek", MISTYPED],
    &["limits", "show", "--app", "shop", "--phone", "+8613800138000"],
    &["limits", "reset", "--app", "shop", "--phone", "+8613800138000"],
    &[
        "app",
        "update",
        "shop",
        "--captcha-url",
        "https://captcha.example",
        "--captcha-site-key",
        "key",
        "--captcha-secret-file",
        "secret",
    ],
];

#[tokio::test]
async fn no_command_makes_a_key_ring() -> Result<()> {
    let world = World::new()?;
    assert!(world.ops(KEK, &["app", "create", "shop"])?.status.success());
    for arguments in OPEN {
        let output = world.ops(MISTYPED, arguments)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said.contains("this deployment has no key ring yet"), "{arguments:?}: {said}");
        assert!(world.context(KEK).store.stored_ring().await?.is_none(), "{arguments:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mistyped_key_changes_nothing_and_is_named() -> Result<()> {
    let world = World::new()?;
    assert!(world.ops(KEK, &["app", "create", "shop"])?.status.success());
    let context = world.context(KEK);
    context.store.ring(context.clock.now()).await?;
    let before = context.store.stored_ring().await?.context("made above")?.version;
    // Listing needs no key, and wrapping has a message of its own.
    for arguments in OPEN.into_iter().filter(|arguments| !["list", "rewrap"].contains(&arguments[1])) {
        let output = world.ops(MISTYPED, arguments)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said.contains("does not open the key ring"), "{arguments:?}: {said}");
    }
    assert_eq!(context.store.stored_ring().await?.context("made above")?.version, before);
    assert!(world.ops(KEK, &["keys", "rotate"])?.status.success());
    assert_eq!(context.store.stored_ring().await?.context("made above")?.version, before + 1);
    Ok(())
}

/// `KEY_RING_KEK=$(aws …)` is empty where that command fails.
#[tokio::test]
async fn an_empty_key_is_refused_by_what_uses_it_and_by_nothing_else() -> Result<()> {
    let world = World::new()?;
    for arguments in [&["app", "create", "shop"][..], &["app", "list"], &["webhook", "list", "shop"]] {
        assert!(world.ops("", arguments)?.status.success(), "{arguments:?}");
    }
    for arguments in OPEN.into_iter().chain([&["doctor"][..], &["user", "list", "--app", "shop"]]) {
        for empty in ["", " "] {
            let output = world.ops(empty, arguments)?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() == Some(1) && said.contains("the key is empty"), "{arguments:?}: {said}");
        }
    }
    let context = world.context(KEK);
    assert!(context.store.stored_ring().await?.is_none());
    context.store.ring(context.clock.now()).await?;
    let rewrapped = world.ops(KEK, &["keys", "rewrap", "--new-kek", ""])?;
    let said = String::from_utf8_lossy(&rewrapped.stderr).into_owned();
    assert!(rewrapped.status.code() == Some(1) && said.contains("NEW_KEY_RING_KEK is set from"), "{said}");
    Ok(())
}
