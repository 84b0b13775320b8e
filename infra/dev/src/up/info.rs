//! What a script needs to know of the running service: `--info FILE`.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use local::template::Template;
use serde::Serialize;

use super::Servers;
use super::seed::DemoApp;
use super::users::DemoUser;
use ops::client::Issued;

/// The content of the file.
#[derive(Serialize)]
pub(super) struct Info {
    pub(super) url: String,
    /// The file of the authority that clients have to trust, where the service speaks https.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ca: Option<PathBuf>,
    pub(super) outbox: String,
    pub(super) siteverify: String,
    pub(super) dynamodb: String,
    pub(super) tables: BTreeMap<String, String>,
    /// What wraps the key ring: for `cargo ops keys`, and for functions that are started elsewhere.
    pub(super) kek: String,
    pub(super) apps: Vec<DemoApp>,
    pub(super) clients: Vec<Issued>,
    pub(super) users: Vec<DemoUser>,
}

/// What was made before the functions started.
pub(super) struct Seeded {
    pub(super) apps: Vec<DemoApp>,
    pub(super) clients: Vec<Issued>,
    pub(super) users: Vec<DemoUser>,
}

impl Info {
    pub(super) fn new(
        servers: &Servers,
        template: &Template,
        kek: &str,
        ca: Option<PathBuf>,
        Seeded { apps, clients, users }: Seeded,
    ) -> Self {
        Self {
            url: servers.gateway.url(),
            ca,
            outbox: servers.outbox.page(),
            siteverify: servers.outbox.siteverify(),
            dynamodb: servers.engine.endpoint(),
            tables: template.tables.iter().map(|table| (table.key.clone(), table.name.clone())).collect(),
            kek: kek.to_owned(),
            apps,
            clients,
            users,
        }
    }

    /// Writes the file at once, whole, and for nobody else's eyes: it holds secrets.
    pub(super) fn write(&self, file: &Path) -> Result<()> {
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(".new");
        remove(unfinished.as_ref())?;
        let write = || -> Result<()> {
            let mut output = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
            serde_json::to_writer_pretty(&mut output, self)?;
            output.write_all(b"\n")?;
            Ok(fs::rename(&unfinished, file)?)
        };
        write().with_context(|| format!("cannot write {}: choose another --info FILE", file.display()))
    }
}

/// Removes what an earlier run left, so that nobody takes it for this one's, and sees that the file can be written: before
/// anything is built.
pub(super) fn prepare(file: &Path) -> Result<()> {
    remove(file)?;
    let writable = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map(drop);
    writable.with_context(|| format!("cannot write {}: choose another --info FILE", file.display()))?;
    remove(file)
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot replace {}: choose another --info FILE", file.display()))
        }
        _ => Ok(()),
    }
}
