//! What an operator can do about one user.

use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use local::engine::Engine;
use ops::deployment::{OperatorContext, local_aws};
use serde_json::{Value, json};
use shared::config::Tables;
use shared::id::AppId;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::session::{Opening, Session, Transport};
use shared::store::{Nonce, PasswordTry, Registration};
use shared::user::User;
use shared::user::identity::{Handle, Identity, Login};
use shared::user::password::{CanonicalPassword, Hasher};

const KEK: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const EMAIL: &str = "grace@example.com";

struct World {
    _engine: Engine,
    folder: tempfile::TempDir,
    context: OperatorContext,
    app: AppId,
}

impl World {
    /// A deployment with one user, who has a living session.
    async fn new() -> Result<Self> {
        let (engine, folder) = (Engine::for_test()?, tempfile::tempdir()?);
        let tables = json!({"core": "core", "live": "live", "rate": "rate"});
        let info = json!({"url": "http://127.0.0.1:9", "dynamodb": engine.endpoint(), "tables": tables, "kek": KEK});
        std::fs::write(folder.path().join("info.json"), info.to_string())?;
        let [core, live, rate] = ["core", "live", "rate"].map(str::to_owned);
        let context = OperatorContext::new(
            local_aws(engine.endpoint()),
            Tables { core, live, rate },
            &Secret::new(KEK.to_owned()),
        );
        let world = Self { _engine: engine, folder, context, app: "shop".parse()? };
        let (random, now) = (&world.context.random, world.context.clock.now());
        let user = User { email: Some(EMAIL.parse()?), username: Some("grace".parse()?), ..User::new(random, now) };
        let session = Session::open(user.id, user.epoch, Transport::App, Device::default(), random, now);
        let password =
            Some(Hasher::new().hash(&CanonicalPassword::from_plain(&Secret::new("secret123".to_owned())), random));
        let opening = Some(Opening { session, refresh: None });
        let registration = Registration { user, password, challenge: None, opening, source: String::new() };
        world.context.store.register(&world.app, &registration, &Nonce::draw(random), now).await?;
        Ok(world)
    }

    fn run(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
        command.arg("user").args(arguments).args(["--app", "shop", "--json", "--info"]);
        command.arg(self.folder.path().join("info.json")).output().context("cannot start cargo ops")
    }

    fn user(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.run(arguments)?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// What a sign-in reads, where the address is somebody's.
    async fn identity(&self) -> Result<Option<Identity>> {
        Ok(self.context.store.identity(&self.app, &Handle::Email(EMAIL.parse()?), self.context.clock.now()).await?)
    }
}

#[tokio::test]
async fn who_is_disabled_has_no_session_and_a_sign_in_sees_it() -> Result<()> {
    let world = World::new().await?;
    let shown = world.user(&["show", "--email", EMAIL])?;
    assert_eq!((&shown["disabled"], shown["sessions"].as_array().map(Vec::len)), (&json!(false), Some(1)));

    assert_eq!(world.user(&["disable", "--username", "grace"])?["disabled"], json!(true));
    assert!(world.identity().await?.context("somebody")?.disabled);
    assert_eq!(world.user(&["show", "--email", EMAIL])?["sessions"], json!([]));

    assert_eq!(world.user(&["enable", "--email", EMAIL])?["disabled"], json!(false));
    assert!(!world.identity().await?.context("somebody")?.disabled);
    assert_eq!(world.user(&["show", "--email", EMAIL])?["sessions"], json!([]), "what ended stays so");
    Ok(())
}

#[tokio::test]
async fn who_is_signed_out_has_no_session_and_who_is_unlocked_has_no_failure() -> Result<()> {
    let world = World::new().await?;
    world.user(&["sign-out", "--email", EMAIL])?;
    assert_eq!(world.user(&["show", "--email", EMAIL])?["sessions"], json!([]));
    let (login, now) = (Login::read(EMAIL), world.context.clock.now());
    let tried = PasswordTry { app: &world.app, login: &login, source: "203.0.113.1", cap: 10, now };
    let reserved = world.context.store.reserve_try(&tried).await?;
    world.context.store.end_wrong_try(&tried, &reserved).await?;
    assert_eq!(world.identity().await?.context("somebody")?.tries.failed.len(), 1);
    world.user(&["unlock", "--email", EMAIL])?;
    assert_eq!(world.identity().await?.context("somebody")?.tries.failed, []);
    Ok(())
}

#[tokio::test]
async fn nobody_is_removed_by_a_slip() -> Result<()> {
    let world = World::new().await?;
    let id = world.user(&["find", "--email", EMAIL])?["id"].as_str().context("a number")?.to_owned();
    let output = world.run(&["delete", "--id", &id])?;
    assert!(!output.status.success() && String::from_utf8(output.stderr)?.contains("add --yes"));
    assert_eq!(world.user(&["find", "--id", &id])?["email"], json!(EMAIL));
    assert_eq!(world.user(&["delete", "--id", &id, "--yes"])?["deleted"], json!(true));
    for by in [["--id", &id], ["--email", EMAIL], ["--username", "grace"]] {
        let output = world.run(&[&["find"], &by[..]].concat())?;
        assert!(String::from_utf8(output.stderr)?.contains("the app shop has no such user"), "{by:?}");
    }
    assert!(world.identity().await?.is_none());
    Ok(())
}
