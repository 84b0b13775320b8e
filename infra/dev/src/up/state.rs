//! What a local service keeps between two starts: `.dev/`.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const DIRECTORY: &str = ".dev";

/// The key that wraps the key ring, and where the database is.
pub(super) struct UpState {
    kek: String,
    kept: Option<Kept>,
}

struct Kept {
    directory: PathBuf,
    database: PathBuf,
    /// Held as long as the service runs.
    _lock: File,
}

impl UpState {
    /// Nothing from before, nothing for later.
    pub(super) fn throw_away() -> Result<Self> {
        Ok(Self { kek: local::random::hex(32)?, kept: None })
    }

    /// The state in `.dev/` of the working directory, made if it is not there.
    pub(super) fn open() -> Result<Self> {
        Self::open_in(DIRECTORY.as_ref())
    }

    fn open_in(directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let lock = lock(directory)?;
        let database = directory.join("dynamodb.sqlite");
        let kek = kek(directory, database.exists())?;
        let directory = directory.to_owned();
        Ok(Self { kek, kept: Some(Kept { directory, database, _lock: lock }) })
    }

    /// 64 hexadecimal digits.
    pub(super) fn kek(&self) -> &str {
        &self.kek
    }

    /// The database's file.
    pub(super) fn database(&self) -> Option<&Path> {
        self.kept.as_ref().map(|kept| kept.database.as_path())
    }

    /// The directory that is kept.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.kept.as_ref().map(|kept| kept.directory.as_path())
    }
}

/// Two services on one database would not see each other's locks and caches.
fn lock(directory: &Path) -> Result<File> {
    let file =
        File::create(directory.join("lock")).with_context(|| format!("cannot write in {}", directory.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another cargo dev up uses {}: end it, or start this one with --memory", directory.display())
        }
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock the local state"),
    }
}

fn kek(directory: &Path, database_exists: bool) -> Result<String> {
    let file = directory.join("kek");
    match fs::read_to_string(&file) {
        Ok(kek) => return Ok(kek.trim_end().to_owned()),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot read {}", file.display()));
        }
        Err(_) if database_exists => bail!(
            "{} is gone, and the keys in {}/dynamodb.sqlite cannot be read without it: remove the database too",
            file.display(),
            directory.display()
        ),
        Err(_) => {}
    }
    let kek = local::random::hex(32)?;
    let mut output = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
    writeln!(output, "{kek}").with_context(|| format!("cannot write {}", file.display()))?;
    Ok(kek)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let first = UpState::open_in(directory.path()).unwrap().kek().to_owned();
        assert_eq!(first.len(), 64);
        assert_eq!(UpState::open_in(directory.path()).unwrap().kek(), first);
        let mode = fs::metadata(directory.path().join("kek")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_second_service_on_the_same_state_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let _first = UpState::open_in(directory.path()).unwrap();
        let refusal = UpState::open_in(directory.path()).err().unwrap().to_string();
        assert!(refusal.contains("--memory"), "{refusal}");
    }

    #[test]
    fn a_database_without_its_key_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("dynamodb.sqlite"), "").unwrap();
        let refusal = UpState::open_in(directory.path()).err().unwrap().to_string();
        assert!(refusal.contains("remove the database too"), "{refusal}");
    }
}
