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

/// How long a record that could not be looked up again is used before the next look. Without the pause every request would
/// wait for a store that is down, until its tries run out.
const BACK_OFF: Seconds = Seconds(5);

/// More records than a warm environment meets in a minute; beyond that, the oldest entry makes room.
const ENTRIES: usize = 1000;

/// The records that this process has read recently.
#[derive(Debug)]
pub struct Cache<K, V>(Mutex<HashMap<K, Entry<V>>>);

#[derive(Debug)]
struct Entry<V> {
    record: Arc<V>,
    read: Timestamp,
    /// From when on the store is asked again.
    next_look: Timestamp,
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V> Cache<K, V> {
    /// The record of that key, at most [`FRESH`] old; older only while the store is down, which is then asked every few
    /// seconds only.
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
        if let Some(entry) = entries.get(key)
            && now < entry.next_look
        {
            return Ok(Some(entry.record.clone()));
        }
        match (look_up.await, entries.get_mut(key)) {
            (Ok(Some(record)), _) => {
                let record = Arc::new(record);
                make_room(&mut entries);
                let entry = Entry { record: record.clone(), read: now, next_look: now.plus(FRESH) };
                entries.insert(key.clone(), entry);
                Ok(Some(record))
            }
            (Ok(None), _) => {
                entries.remove(key);
                Ok(None)
            }
            (Err(StoreError::Unavailable { .. }), Some(entry)) if now < entry.read.plus(STALE) => {
                entry.next_look = now.plus(BACK_OFF);
                Ok(Some(entry.record.clone()))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Replaces a record that is known by what `revise` makes of it, if it makes anything.
    pub async fn revise<T>(&self, key: &K, revise: impl FnOnce(&V) -> Option<(V, T)>) -> Option<T> {
        let mut entries = self.0.lock().await;
        let entry = entries.get_mut(key)?;
        let (record, found) = revise(&entry.record)?;
        entry.record = Arc::new(record);
        Some(found)
    }
}

fn make_room<K: Clone + Eq + Hash, V>(entries: &mut HashMap<K, Entry<V>>) {
    if entries.len() >= ENTRIES
        && let Some(oldest) = entries.iter().min_by_key(|(_, entry)| entry.read).map(|(key, _)| key.clone())
    {
        entries.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::{BACK_OFF, Cache, FRESH, STALE};
    use crate::clock::{Seconds, Timestamp};
    use crate::store::StoreError;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn down() -> StoreError {
        StoreError::Unavailable { operation: "GetItem", cause: "timeout".to_owned() }
    }

    #[tokio::test]
    async fn a_store_that_is_down_is_asked_every_few_seconds_only() {
        let cache = Cache::default();
        cache.find(&"a", NOW, async { Ok(Some(1)) }).await.expect("found");
        let mut asked = Vec::new();
        for second in 0..20 {
            let now = NOW.plus(FRESH).plus(Seconds(second));
            let look_up = async {
                asked.push(second);
                Err::<Option<u32>, _>(down())
            };
            assert_eq!(cache.find(&"a", now, look_up).await.expect("known").as_deref(), Some(&1));
        }
        assert_eq!(asked, (0..20).step_by(usize::try_from(BACK_OFF.0).expect("small")).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn the_first_answer_after_an_outage_is_used_and_a_record_of_long_ago_is_not() {
        let cache = Cache::default();
        cache.find(&"a", NOW, async { Ok(Some(1)) }).await.expect("found");
        let out = NOW.plus(FRESH);
        cache.find(&"a", out, async { Err::<Option<u32>, _>(down()) }).await.expect("known");
        let back = cache.find(&"a", out.plus(BACK_OFF), async { Ok(Some(2)) }).await.expect("found");
        assert_eq!(back.as_deref(), Some(&2));
        let late = out.plus(BACK_OFF).plus(STALE);
        assert_eq!(cache.find(&"a", late, async { Err::<Option<u32>, _>(down()) }).await, Err(down()));
    }
}
