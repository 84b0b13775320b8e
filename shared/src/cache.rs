//! Records in memory: every request names one, few change.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::clock::{Seconds, Timestamp};
use crate::store::StoreError;

/// How long a record is used without looking: so long does a rotated secret or a disabled app live on.
pub const FRESH: Seconds = Seconds(60);

/// How long a record that cannot be looked up again is used while the store is down.
const STALE: Seconds = Seconds::minutes(10);

/// More records than a warm environment meets in a minute; beyond that, the oldest entry makes room.
const ENTRIES: usize = 1000;

/// The records that this process has met of late.
#[derive(Debug)]
pub struct Cache<K, V>(Mutex<HashMap<K, (Arc<V>, Timestamp)>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V> Cache<K, V> {
    /// The record of that key, at most [`FRESH`] old; older only while the store is down.
    ///
    /// The lock is held while the store is asked, so that one request asks and the others wait for its answer. That
    /// a key names no record is not remembered: a new one works at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store is down and the record is not known from before.
    pub async fn find(
        &self,
        key: &K,
        now: Timestamp,
        look_up: impl Future<Output = Result<Option<V>, StoreError>>,
    ) -> Result<Option<Arc<V>>, StoreError> {
        let mut entries = self.0.lock().await;
        let known = entries.get(key).cloned();
        if let Some((record, read)) = &known
            && now < read.plus(FRESH)
        {
            return Ok(Some(record.clone()));
        }
        match (look_up.await, known) {
            (Ok(Some(record)), _) => {
                let record = Arc::new(record);
                make_room(&mut entries);
                entries.insert(key.clone(), (record.clone(), now));
                Ok(Some(record))
            }
            (Ok(None), _) => {
                entries.remove(key);
                Ok(None)
            }
            (Err(StoreError::Unavailable { .. }), Some((record, read))) if now < read.plus(STALE) => Ok(Some(record)),
            (Err(error), _) => Err(error),
        }
    }

    /// Replaces a record that is known by what `revise` makes of it, if it makes anything.
    pub async fn revise<T>(&self, key: &K, revise: impl FnOnce(&V) -> Option<(V, T)>) -> Option<T> {
        let mut entries = self.0.lock().await;
        let (cached, _) = entries.get_mut(key)?;
        let (record, found) = revise(cached)?;
        *cached = Arc::new(record);
        Some(found)
    }
}

fn make_room<K: Clone + Eq + Hash, V>(entries: &mut HashMap<K, (Arc<V>, Timestamp)>) {
    if entries.len() >= ENTRIES
        && let Some(oldest) = entries.iter().min_by_key(|(_, (_, read))| *read).map(|(key, _)| key.clone())
    {
        entries.remove(&oldest);
    }
}
