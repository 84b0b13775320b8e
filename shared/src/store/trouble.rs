//! When this process last saw the store fail.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::{Seconds, Timestamp};
use crate::store::client::Store;

/// How long a process is careful after that.
const CAREFUL: Seconds = Seconds::minutes(2);

/// The last failure, in seconds since 1970; 0 before the first.
#[derive(Debug, Default)]
pub(super) struct Trouble(AtomicI64);

impl Trouble {
    pub(super) fn is_recent(&self, now: Timestamp) -> bool {
        now < Timestamp::from_unix(self.0.load(Ordering::Relaxed)).plus(CAREFUL)
    }
}

impl Store {
    /// The store failed a request of `now`: for a while, [`Store::rotate_session`] takes two writes instead of one, and a token whose exchange
    /// nobody heard of stays good.
    pub fn note_trouble(&self, now: Timestamp) {
        self.trouble.0.fetch_max(now.unix(), Ordering::Relaxed);
    }
}
