//! Exchanges of refresh tokens that were answered to nobody, and that the store could not be told of yet.
//!
//! A store that is down takes no undo either. So the process keeps what it could not undo, and undoes it at its next requests:
//! that of the session at hand before anything is judged by it, and some of the others beside. A process that ends leaves a journal, which the next one in
//! the same place takes over: `docs/decisions/0289-what-was-not-answered-retires-nothing.md`.

mod journal;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;

use crate::service::unanswered::journal::Journal;
use crate::service::{Moment, Service};
use crate::session::refresh::RefreshToken;
use crate::store::{Exchanged, Nonce, StoreError};

/// The most that are kept: more than a process meets in an outage, for each of its requests waits for seconds then.
const MOST: usize = 10_000;

/// How many of other sessions are undone beside one request.
const AT_ONCE: usize = 16;

/// How long one request waits for them.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a process has not undone yet.
#[derive(Debug, Default)]
pub(super) struct Unanswered(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    left: Vec<Exchanged>,
    journal: Journal,
    /// Where the journal will be, before the first exchange.
    directory: Option<PathBuf>,
}

impl Unanswered {
    /// An exchange begins, which must be undone unless it is answered.
    pub(super) fn open(&self, exchanged: &Exchanged) {
        self.kept().journal.open(exchanged);
    }

    /// It was answered with success, or undone, or gave nothing away.
    pub(super) fn close(&self, holder: &Nonce) {
        let mut kept = self.kept();
        kept.left.retain(|left| left.holder != *holder);
        kept.journal.close(holder);
    }

    /// It was not answered with success.
    pub(super) fn leave(&self, exchanged: &Exchanged) {
        let mut kept = self.kept();
        if kept.left.len() < MOST {
            kept.left.push(exchanged.clone());
        }
    }

    fn of(&self, token: &RefreshToken) -> Vec<Exchanged> {
        let is_of = |left: &&Exchanged| left.user == token.user && left.session == token.session;
        self.kept().left.iter().filter(is_of).cloned().collect()
    }

    fn some(&self) -> Vec<Exchanged> {
        self.kept().left.iter().take(AT_ONCE).cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Keeps a journal under `directory`, from the first exchange on.
    pub fn keep_journal(&self, directory: impl Into<PathBuf>) {
        self.unanswered.kept().directory = Some(directory.into());
    }

    /// Begins the journal, and takes over what processes left there that were killed. A process that exchanges nothing could not
    /// undo that, and leaves it to others.
    fn begin_journal(&self) {
        let mut kept = self.unanswered.kept();
        let Some(directory) = kept.directory.take() else { return };
        let (journal, found) =
            Journal::under(&directory, &format!("{}-unanswered-", self.config.tables.live), &self.random);
        kept.journal = journal;
        for exchanged in found {
            kept.journal.open(&exchanged);
            kept.left.push(exchanged);
        }
    }
}

impl Moment {
    /// Undoes what was not answered of the session that `token` names: what it says is judged after that.
    pub(super) async fn undo_unanswered_of(&self, token: &RefreshToken) -> Result<(), StoreError> {
        self.begin_journal();
        for exchanged in self.unanswered.of(token) {
            // Boxed: hardly any request has one.
            Box::pin(self.undo_rotation(&exchanged)).await?;
        }
        Ok(())
    }

    /// Undoes what was not answered of some other sessions. It is tried again by later requests.
    pub(super) async fn undo_some_unanswered(&self) {
        let some = self.unanswered.some();
        if some.is_empty() {
            return;
        }
        let undone = join_all(some.iter().map(|exchanged| self.undo_rotation(exchanged)));
        let _ = tokio::time::timeout(PATIENCE, Box::pin(undone)).await;
    }

    pub(super) async fn undo_rotation(&self, exchanged: &Exchanged) -> Result<(), StoreError> {
        self.store.withhold_rotation(exchanged).await?;
        self.unanswered.close(&exchanged.holder);
        Ok(())
    }
}
