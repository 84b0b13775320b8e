//! A deployment with the app `shop`, and the command that works on it.

use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use local::engine::Engine;
use local::faults::FaultProxy;
use local::outbox::Outbox;
use ops::deployment::{OperatorContext, local_aws};
use serde_json::{Value, json};
use shared::audit::KEPT;
use shared::aws::Aws;
use shared::config::Tables;
use shared::id::AppId;
use shared::secret::Secret;
use shared::store::{Change, Trail};
use shared::user::identity::{Handle, Identity};

const KEK: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(crate) struct World {
    pub(crate) context: OperatorContext,
    pub(crate) app: AppId,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) faults: FaultProxy,
    outbox: Outbox,
    engine: Engine,
}

impl World {
    pub(crate) async fn new() -> Result<Self> {
        Self::over(Engine::for_test()?, tempfile::tempdir()?).await
    }

    /// With its database in a file, as the local run has it.
    pub(crate) async fn in_a_file() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        Self::over(Engine::for_test_in(&folder.path().join("dynamodb.sqlite"))?, folder).await
    }

    async fn over(engine: Engine, folder: tempfile::TempDir) -> Result<Self> {
        let faults = FaultProxy::start(&engine.endpoint())?;
        let tables = json!({"core": "core", "live": "live", "rate": "rate", "audit": "audit"});
        let outbox = Outbox::start(0)?;
        let info = json!({
            "url": "http://127.0.0.1:9", "dynamodb": faults.endpoint(), "outbox": outbox.page(), "tables": tables, "kek": KEK,
        });
        std::fs::write(folder.path().join("info.json"), info.to_string())?;
        let [core, live, rate] = ["core", "live", "rate"].map(str::to_owned);
        let tables = Tables { core, live, rate };
        let context = OperatorContext::new(local_aws(engine.endpoint()), tables, &Secret::new(KEK.to_owned()));
        // The first request of a deployment makes its key ring.
        context.store.ring(context.clock.now()).await?;
        let world = Self { context, app: "shop".parse()?, folder, faults, outbox, engine };
        assert!(world.ops(&["app", "create", "shop"])?.status.success());
        Ok(world)
    }

    /// Has the commands reach the engine itself from now on, and not by way of the faults: for what is measured.
    pub(crate) fn past_the_faults(&self) -> Result<()> {
        let file = self.folder.path().join("info.json");
        let mut info: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        info["dynamodb"] = json!(self.engine.endpoint());
        Ok(std::fs::write(&file, info.to_string())?)
    }

    pub(crate) fn ops(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
        command.args(arguments).args(["--json", "--info"]).arg(self.folder.path().join("info.json"));
        command.output().context("cannot start cargo ops")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Output> {
        self.ops(&[&["user"], arguments, &["--app", "shop"]].concat())
    }

    /// What a command prints that goes well.
    pub(crate) fn user(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.run(arguments)?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Has the audit trail written of all that was changed so far, as its function does.
    pub(crate) async fn write_trail(&self) -> Result<()> {
        let trail = Trail::new(&Aws::new(local_aws(self.engine.endpoint())), "audit".to_owned(), "live".to_owned());
        let streams = self.engine.changes().context("the embedded engine")?;
        for table in ["core", "live"] {
            let changes = streams.after(table, None)?.iter().map(Change::read).collect::<Result<Vec<_>, _>>()?;
            trail.note(&changes, KEPT).await?;
        }
        Ok(())
    }

    /// The subjects of the mails to an address, oldest first.
    pub(crate) fn subjects(&self, to: &str) -> Vec<String> {
        let mails = self.outbox.messages().into_iter().filter(|mail| mail.to == to);
        mails.filter_map(|mail| mail.subject).collect()
    }

    /// What a sign-in reads, where the handle is somebody's.
    pub(crate) async fn identity(&self, handle: impl Into<Handle>) -> Result<Option<Identity>> {
        Ok(self.context.store.identity(&self.app, &handle.into(), self.context.clock.now()).await?)
    }
}
