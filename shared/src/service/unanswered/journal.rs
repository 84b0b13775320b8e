//! What a process is about to exchange, in a file that outlives it.
//!
//! A line is written before an exchange, and struck out once it was answered or undone. The file is locked for as long as its process lives, so that the
//! next process knows those of the dead. There is nothing secret in it: digests, which the table has too.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::hex::hex;
use crate::random::Random;
use crate::store::{Exchanged, Nonce};
use crate::token::opaque::TokenDigest;

/// The journal of one process. One that cannot be written is none: a request is not refused for it.
#[derive(Debug, Default)]
pub(super) struct Journal {
    path: Option<PathBuf>,
    file: Option<File>,
    open: Vec<Nonce>,
}

impl Journal {
    /// A new one, and what is open in those of the dead, which it replaces.
    pub(super) fn under(directory: &Path, name: &str, random: &Random) -> (Self, Vec<Exchanged>) {
        let found = adopt(directory, name);
        let path = directory.join(format!("{name}{}", hex(&random.bytes::<12>())));
        (Self { path: Some(path), ..Self::default() }, found)
    }

    /// Notes an exchange that begins.
    pub(super) fn open(&mut self, exchanged: &Exchanged) {
        let Some(path) = &self.path else { return };
        if self.file.is_none() {
            self.file = create(path).ok();
        }
        let Some(file) = &mut self.file else { return };
        if file.write_all(line(exchanged).as_bytes()).is_ok() {
            self.open.push(exchanged.holder.clone());
        }
    }

    /// Strikes it out.
    pub(super) fn close(&mut self, holder: &Nonce) {
        let before = self.open.len();
        self.open.retain(|open| open != holder);
        let Some(file) = self.file.as_mut().filter(|_| self.open.len() < before) else { return };
        // Where that fails and the process is killed then, the next one leaves a token good that was answered: until its successor is used.
        let _ = if self.open.is_empty() {
            file.set_len(0)
        } else {
            file.write_all(format!("- {}\n", holder.as_str()).as_bytes())
        };
    }
}

/// Creates the file and locks it. Another process may have taken the one between for a dead process's.
fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
    file.try_lock()?;
    if file.metadata()?.nlink() == 0 { Err(io::ErrorKind::NotFound.into()) } else { Ok(file) }
}

fn adopt(directory: &Path, name: &str) -> Vec<Exchanged> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let ours = entries
        .flatten()
        // On a laptop others write there, too: a pipe would be waited for.
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter(|entry| entry.file_name().to_str().is_some_and(|it| it.starts_with(name)))
        .filter_map(|entry| take_over(&entry.path()).ok());
    ours.flat_map(|text| still_open(&text)).collect()
}

/// The text of a file whose process is dead; the file is gone then.
fn take_over(path: &Path) -> io::Result<String> {
    let mut file = OpenOptions::new().read(true).open(path)?;
    file.try_lock()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    fs::remove_file(path)?;
    Ok(text)
}

fn line(Exchanged { app, user, session, presented, successor, holder }: &Exchanged) -> String {
    let (holder, presented, successor) = (holder.as_str(), presented.as_str(), successor.as_str());
    format!("+ {holder} {app} {user} {session} {presented} {successor}\n")
}

/// What was noted and not struck out. The last line may be half of one.
fn still_open(text: &str) -> Vec<Exchanged> {
    let mut open: Vec<Exchanged> = Vec::new();
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["+", holder, app, user, session, presented, successor] => open.extend(
                app.parse().ok().zip(user.parse().ok()).zip(session.parse().ok()).map(|((app, user), session)| {
                    let stored = |digest: &str| TokenDigest::stored(digest.to_owned());
                    let (presented, successor) = (stored(presented), stored(successor));
                    Exchanged { app, user, session, presented, successor, holder: Nonce::stored(holder.to_owned()) }
                }),
            ),
            ["-", holder] => open.retain(|exchanged| exchanged.holder.as_str() != holder),
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::{Journal, still_open};
    use crate::id::{SessionId, UserId};
    use crate::random::Random;
    use crate::store::{Exchanged, Nonce};
    use crate::token::opaque::TokenDigest;

    const NAME: &str = "live-unanswered-";

    fn exchanged() -> Exchanged {
        let random = Random::system();
        let digest = |text: &str| TokenDigest::of(text.as_bytes());
        Exchanged {
            app: "shop".parse().expect("an app"),
            user: UserId::draw(&random),
            session: SessionId::draw(&random),
            presented: digest("a token"),
            successor: digest("the next"),
            holder: Nonce::draw(&random),
        }
    }

    #[test]
    fn the_next_process_takes_over_what_a_dead_one_left_open_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let under = || Journal::under(directory.path(), NAME, &Random::system());
        let (mut journal, found) = under();
        assert!(found.is_empty());
        let [answered, killed, refused] = [(); 3].map(|()| exchanged());
        for each in [&answered, &killed, &refused] {
            journal.open(each);
        }
        journal.close(&answered.holder);
        journal.close(&refused.holder);
        assert!(under().1.is_empty(), "its process lives");
        drop(journal);
        assert_eq!(under().1, [killed]);
        assert!(under().1.is_empty(), "it was taken over");
    }

    #[test]
    fn nothing_is_left_of_exchanges_that_were_answered() {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut journal, _) = Journal::under(directory.path(), NAME, &Random::system());
        for _ in 0..3 {
            let exchanged = exchanged();
            journal.open(&exchanged);
            journal.close(&exchanged.holder);
        }
        let file = std::fs::read_dir(directory.path()).expect("a directory").next().expect("a file").expect("a file");
        assert_eq!(file.metadata().expect("a file").len(), 0);
        drop(journal);
        assert!(Journal::under(directory.path(), NAME, &Random::system()).1.is_empty());
    }

    #[test]
    fn another_deployments_journal_and_one_that_cannot_be_written_are_left_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut journal, _) = Journal::under(directory.path(), NAME, &Random::system());
        journal.open(&exchanged());
        drop(journal);
        assert!(Journal::under(directory.path(), "other-unanswered-", &Random::system()).1.is_empty());
        let (mut nowhere, found) = Journal::under(&directory.path().join("none"), NAME, &Random::system());
        nowhere.open(&exchanged());
        nowhere.close(&exchanged().holder);
        assert!(found.is_empty());
    }

    #[test]
    fn a_link_with_a_journals_name_is_left_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut journal, _) = Journal::under(directory.path(), "other-", &Random::system());
        journal.open(&exchanged());
        drop(journal);
        let target = std::fs::read_dir(directory.path()).expect("a directory").next().expect("a file").expect("a file");
        std::os::unix::fs::symlink(target.path(), directory.path().join(format!("{NAME}link"))).expect("a link");
        assert!(Journal::under(directory.path(), NAME, &Random::system()).1.is_empty());
        assert!(target.path().exists());
    }

    #[test]
    fn half_a_line_and_nonsense_are_passed_over() {
        let exchanged = exchanged();
        let whole = super::line(&exchanged);
        assert_eq!(still_open(&format!("nonsense\n+ a b\n{whole}{}", &whole[..40])), [exchanged]);
        assert!(still_open(&whole[..whole.len() - 1]).is_empty());
    }
}
