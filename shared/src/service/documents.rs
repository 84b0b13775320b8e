//! Clients and keys that are described elsewhere: by a document at the client's id, and by a set at an address that its owner gave.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Seconds, Timestamp};
use crate::id::ClientId;
use crate::oauth::client::Client;
use crate::oauth::document;
use crate::outbound::Outage;
use crate::service::Moment;
use crate::store::StoreError;
use crate::token::client_keys::ClientKeys;

/// How long it is remembered that there was no usable document. Without it, each request would wait for a server that does not answer.
const FAILED: Seconds = Seconds::minutes(1);

/// How long after one call the next may be made, where no key of the set that is known fits.
const YOUNG: Seconds = Seconds::minutes(1);

/// More documents than a warm process meets in an hour; beyond that, the oldest makes room.
const ENTRIES: usize = 500;

/// What this process has fetched.
#[derive(Debug)]
pub(super) struct Documents<K, V>(Mutex<HashMap<K, Kept<V>>>);

#[derive(Debug)]
struct Kept<V> {
    found: Option<Arc<V>>,
    /// When it was asked for last, whether or not that succeeded.
    asked: Timestamp,
    until: Timestamp,
}

impl<K, V> Default for Documents<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V> Documents<K, V> {
    /// What is known of the key, and when it was asked for last.
    fn known(&self, key: &K, now: Timestamp) -> Option<(Option<Arc<V>>, Timestamp)> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|kept| now < kept.until).map(|kept| (kept.found.clone(), kept.asked))
    }

    /// Keeps what was found, or that nothing was. Something that is known stays for as long as its server said, also where asking for it again
    /// failed: otherwise a stranger, whose assertion fits no key, could have good keys forgotten while their server is down.
    fn keep(&self, key: &K, found: Option<(V, Seconds)>, now: Timestamp) -> Option<Arc<V>> {
        let until = now.plus(found.as_ref().map_or(FAILED, |(_, keep)| *keep));
        let found = found.map(|(value, _)| Arc::new(value));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, kept| now < kept.until);
        if found.is_none()
            && let Some(Kept { found: Some(known), asked, .. }) = kept.get_mut(key)
        {
            *asked = now;
            return Some(known.clone());
        }
        // Otherwise strangers with many documents could have every other fetched at each request.
        if kept.len() >= ENTRIES
            && let Some(oldest) = kept.iter().min_by_key(|(_, kept)| kept.asked).map(|(key, _)| key.clone())
        {
            kept.remove(&oldest);
        }
        kept.insert(key.clone(), Kept { found: found.clone(), asked: now, until });
        found
    }
}

impl Moment {
    /// Whether to know the client takes a call to the server that its id names.
    #[must_use]
    pub fn would_fetch(&self, id: &ClientId) -> bool {
        id.document_host().is_some() && self.described.known(id, self.now).is_none()
    }

    /// The client that the document at its id describes, where the app that the pages are bound to takes such clients. They belong to
    /// that app, as no document says of which app of a deployment its client is.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(super) async fn described_client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        let app = self.enabled_app(&self.config.browser.app).await?.filter(|app| app.policy.client_documents);
        let Some(app) = app else { return Ok(None) };
        if let Some((found, _)) = self.described.known(id, self.now) {
            return Ok(found);
        }
        let fetched = self.foreign().json(id.as_str(), document::LONGEST).await;
        let read = fetched.and_then(|fetched| {
            let client = document::read(&fetched.body, id, &app.id, self.now).map_err(|_| Outage::Unreadable)?;
            Ok((client, fetched.keep))
        });
        Ok(self.described.keep(id, read.ok(), self.now))
    }

    /// The keys at that address. `again`: those that are known did not fit, and the client may have new ones.
    pub(super) async fn keys_at(&self, address: &str, again: bool) -> Option<Arc<ClientKeys>> {
        let key = address.to_owned();
        if let Some((found, asked)) = self.keys.known(&key, self.now)
            && !(again && asked.plus(YOUNG) <= self.now)
        {
            return found;
        }
        let fetched = self.foreign().json(address, ClientKeys::LONGEST).await;
        let read = fetched.ok().and_then(|fetched| Some((ClientKeys::read(&fetched.body).ok()?, fetched.keep)));
        self.keys.keep(&key, read, self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::{Documents, ENTRIES, FAILED};
    use crate::clock::{Seconds, Timestamp};

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    #[test]
    fn documents_of_strangers_do_not_keep_a_new_one_from_being_kept() {
        let documents = Documents::default();
        for key in 0..ENTRIES {
            let at = NOW.plus(Seconds(i64::try_from(key).expect("a number")));
            documents.keep(&key, Some(("a stranger's", Seconds::hours(24))), at);
        }
        let later = NOW.plus(Seconds::hours(1));
        documents.keep(&ENTRIES, Some(("another", Seconds::hours(1))), later);
        let known = |key: usize| documents.known(&key, later).is_some();
        assert!(known(ENTRIES) && known(1) && !known(0), "the oldest makes room");
        documents.keep(&(ENTRIES + 1), None, later);
        assert!(known(ENTRIES + 1), "and a failure is kept, too");
        assert!(documents.known(&(ENTRIES + 1), later.plus(FAILED)).is_none());
    }

    #[test]
    fn a_failure_takes_nothing_away_that_is_known() {
        let documents = Documents::default();
        documents.keep(&1, Some(("keys", Seconds::hours(1))), NOW);
        let later = NOW.plus(Seconds::minutes(59));
        assert_eq!(documents.keep(&1, None, later).as_deref(), Some(&"keys"));
        let known = documents.known(&1, later).map(|(found, asked)| (found.as_deref().copied(), asked));
        assert_eq!(known, Some((Some("keys"), later)), "and it is known when it was asked for last");
        assert!(documents.known(&1, NOW.plus(Seconds::hours(1))).is_none(), "it is kept no longer than before");
    }
}
