//! Waiting for a change of the functions' sources.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What the functions are built of.
const WATCHED: [&str; 6] = ["functions", "https", "shared", "vendor", "Cargo.toml", "Cargo.lock"];
/// What routes, tables and environment come from.
const TEMPLATE: &str = "template.yaml";
const POLL: Duration = Duration::from_millis(300);

/// What differs from before.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The functions have to be built.
    Functions,
    /// Everything has to start again.
    Template,
}

/// The sources as they were when they were last looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Sources {
    functions: Seen,
    template: Seen,
}

/// How many files there are, and when the newest was changed: enough to tell a change, a new file and a removed one.
type Seen = (usize, Option<SystemTime>);

impl Sources {
    /// The sources as they are.
    pub(super) fn new() -> Self {
        Self { functions: look(), template: add((0, None), TEMPLATE.as_ref()) }
    }

    /// Waits until they differ from the last look, and no longer change.
    pub(super) async fn changed(&mut self) -> Change {
        let before = *self;
        loop {
            tokio::time::sleep(POLL).await;
            let now = Self::new();
            let still = now == *self;
            *self = now;
            if still && now != before {
                return before.change_to(now);
            }
        }
    }

    fn change_to(self, now: Self) -> Change {
        if self.template == now.template { Change::Functions } else { Change::Template }
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

    /// The workspace's manifest says where each of its crates is, and a function's which of them it is built of.
    #[test]
    fn all_that_functions_are_built_of_is_watched() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        let crates: Vec<_> = workspace
            .lines()
            .filter_map(|line| line.split_once(" = { path = \""))
            .filter_map(|(name, rest)| Some((name, rest.split_once('"')?.0)))
            .collect();
        let mut left: Vec<_> = crates.iter().filter(|(_, path)| path.starts_with("functions/")).copied().collect();
        assert!(left.len() > 5, "{left:?}");
        let mut seen = vec!["Cargo.toml", "Cargo.lock"];
        while let Some((_, path)) = left.pop() {
            seen.push(path);
            let Ok(manifest) = fs::read_to_string(root.join(path).join("Cargo.toml")) else { continue };
            let linked = manifest.split("[dev-dependencies]").next().unwrap_or_default();
            let names = linked.lines().filter_map(|line| line.split(['.', ' ']).next());
            let found = names.filter_map(|name| crates.iter().find(|(one, _)| *one == name));
            left.extend(found.filter(|(_, path)| !seen.contains(path)));
            left.dedup();
        }
        for path in seen {
            assert!(WATCHED.iter().any(|watched| Path::new(path).starts_with(watched)), "{path} is not watched");
        }
    }

    #[test]
    fn a_changed_template_is_told_from_changed_functions() {
        let before = Sources { functions: (3, None), template: (1, None) };
        let later = Some(SystemTime::UNIX_EPOCH);
        assert_eq!(before.change_to(Sources { functions: (4, None), ..before }), Change::Functions);
        assert_eq!(before.change_to(Sources { functions: (4, None), template: (1, later) }), Change::Template);
    }
}
