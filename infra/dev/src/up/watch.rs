//! Waiting for a change of the functions' sources.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What the functions are built of.
const WATCHED: [&str; 3] = ["functions", "shared", "Cargo.lock"];
const POLL: Duration = Duration::from_millis(300);

/// The sources as they were when they were last looked at.
pub(super) struct Sources(Seen);

/// How many files there are, and when the newest was changed: enough to tell a change, a new file and a removed one.
type Seen = (usize, Option<SystemTime>);

impl Sources {
    /// The sources as they are.
    pub(super) fn new() -> Self {
        Self(look())
    }

    /// Waits until they differ from the last look, and no longer change.
    pub(super) async fn changed(&mut self) {
        let before = self.0;
        loop {
            tokio::time::sleep(POLL).await;
            let now = look();
            let still = now == self.0;
            self.0 = now;
            if still && now != before {
                return;
            }
        }
    }
}

fn look() -> Seen {
    WATCHED.iter().fold((0, None), |seen, path| add(seen, path.as_ref()))
}

/// What cannot be read is being written or removed: the next look sees more.
fn add(seen: Seen, path: &Path) -> Seen {
    let Ok(metadata) = fs::metadata(path) else { return seen };
    let (files, newest) = seen;
    if metadata.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        return entries.fold(seen, |seen, entry| add(seen, &entry.path()));
    }
    (files + 1, newest.max(metadata.modified().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_and_a_changed_file_are_seen() {
        let directory = tempfile::tempdir().unwrap();
        let look = || add((0, None), directory.path());
        let empty = look();
        let file = directory.path().join("a.rs");
        fs::write(&file, "").unwrap();
        let written = look();
        assert_ne!(empty, written);
        let later = fs::metadata(&file).unwrap().modified().unwrap() + Duration::from_secs(1);
        fs::File::open(&file).unwrap().set_modified(later).unwrap();
        assert_ne!(written, look());
    }
}
