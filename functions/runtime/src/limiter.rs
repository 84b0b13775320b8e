//! The rate limiter, as a request meets it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use shared::clock::Timestamp;
use shared::limit::{Quota, Standing, Subject};
use shared::store::{Store, StoreError};

/// Clients that are refused, until when. A client that hammers costs no write while this process remembers it.
#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<HashMap<Subject, (Standing, Timestamp)>>);

/// More refused clients than one process meets in a window; beyond that, they are counted in the store again.
const REMEMBERED: usize = 1000;

impl Limiter {
    /// The standing of a client that is known to be refused.
    pub(crate) fn refused(&self, subject: &Subject, now: Timestamp) -> Option<Standing> {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (standing, until) = *refused.get(subject)?;
        if now >= until {
            refused.remove(subject);
            return None;
        }
        Some(Standing { retry_after: Some(until.since(now)), ..standing })
    }

    /// Counts a request, and says how the client stands with it.
    pub(crate) async fn admit(
        &self,
        store: &Store,
        subject: Subject,
        quota: Quota,
        now: Timestamp,
    ) -> Result<Standing, StoreError> {
        let standing = quota.judge_all(store.count_request(&subject, quota, now).await?, now);
        if let Some(wait) = standing.retry_after {
            let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            refused.retain(|_, (_, until)| now < *until);
            if refused.len() < REMEMBERED {
                refused.insert(subject, (standing, now.plus(wait)));
            }
        }
        Ok(standing)
    }
}
