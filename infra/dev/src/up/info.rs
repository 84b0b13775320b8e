//! What a script needs to know of the running service: `--info FILE`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
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
    /// The budgets of mails and texts, by the functions' variables: for `cargo ops limits`.
    pub(super) budgets: BTreeMap<String, String>,
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
        environment: &BTreeMap<String, String>,
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
            budgets: budgets(template, environment),
            apps,
            clients,
            users,
        }
    }

    /// Writes the file at once, whole, and for nobody else's eyes: it holds secrets.
    pub(super) fn write(&self, file: &Path) -> Result<Written> {
        let write = || -> Result<()> {
            let (unfinished, mut output) = begin(file)?;
            serde_json::to_writer_pretty(&mut output, self)?;
            output.write_all(b"\n")?;
            Ok(fs::rename(unfinished, file)?)
        };
        write().with_context(|| unwritable(file))?;
        Ok(Written(file.to_owned()))
    }
}

/// What of the functions' environment is a budget. `environment` is over what the template gives them.
fn budgets(template: &Template, environment: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let of_functions = template.functions.iter().flat_map(|function| &function.environment);
    let all = of_functions.chain(environment).filter(|(name, _)| name.contains("_BUDGET_"));
    all.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The file of a run, which goes with it: its addresses answer nobody afterwards, and it holds secrets.
pub(super) struct Written(PathBuf);

impl Drop for Written {
    fn drop(&mut self) {
        // Somebody else may have removed it.
        let _ = fs::remove_file(&self.0);
    }
}

/// Sees that the file can be written: before anything is built. What is there stays, for it may be that of a run that goes on.
pub(super) fn prepare(file: &Path) -> Result<()> {
    let try_out = || -> Result<()> {
        ensure!(!file.is_dir(), "it is a folder");
        let (unfinished, _) = begin(file)?;
        Ok(fs::remove_file(unfinished)?)
    };
    try_out().with_context(|| unwritable(file))
}

/// Removes what an earlier run left, so that nobody takes it for this one's.
pub(super) fn clear(file: &Path) -> Result<()> {
    remove(file)
}

/// A new file beside the one that it will replace.
fn begin(file: &Path) -> Result<(PathBuf, File)> {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".new");
    let unfinished = PathBuf::from(unfinished);
    remove(&unfinished)?;
    let output = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    Ok((unfinished, output))
}

fn unwritable(file: &Path) -> String {
    format!("cannot write {}: choose another --info FILE", file.display())
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot replace {}: choose another --info FILE", file.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_is_said_and_one_that_can_stays_as_it_is() -> Result<()> {
        let folder = tempfile::tempdir()?;
        for impossible in [folder.path().join("none/info.json"), folder.path().to_owned()] {
            let error = prepare(&impossible).expect_err("it cannot be written").to_string();
            assert!(error.starts_with("cannot write ") && error.ends_with("choose another --info FILE"), "{error}");
        }
        let file = folder.path().join("info.json");
        prepare(&file)?;
        assert!(!file.exists());
        fs::write(&file, "of a run that goes on")?;
        prepare(&file)?;
        assert_eq!(fs::read_to_string(&file)?, "of a run that goes on");
        assert_eq!(fs::read_dir(folder.path())?.count(), 1, "nothing is left beside it");
        Ok(())
    }

    #[test]
    fn the_file_goes_with_its_run() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("info.json");
        fs::write(&file, "")?;
        let written = Written(file.clone());
        assert!(file.exists());
        drop(written);
        assert!(!file.exists());
        Ok(())
    }
}
