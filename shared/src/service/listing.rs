//! The apps that the portal shows, in memory.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::cache::FRESH;
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::store::Store;

/// Ids and names, in the order of the ids.
pub type Listed = Arc<Vec<(AppId, String)>>;

/// How long a page waits for its list. A page without the list is better than one that comes late.
const PATIENCE: Duration = Duration::from_secs(1);

/// The portal's list, at most [`FRESH`] old; older only while the store is down.
#[derive(Debug, Default)]
pub struct Listing(Mutex<Option<(Listed, Timestamp)>>);

impl Listing {
    /// The list; `None` when the store does not give it and it is not known from before.
    ///
    /// However many ask at once, the store is asked once.
    pub async fn read(&self, store: &Store, now: Timestamp) -> Option<Listed> {
        let mut known = self.0.lock().await;
        if let Some((listed, read)) = &*known
            && now < read.plus(FRESH)
        {
            return Some(listed.clone());
        }
        if let Ok(Ok(listed)) = tokio::time::timeout(PATIENCE, store.listed_apps()).await {
            *known = Some((Arc::new(listed), now));
        }
        known.as_ref().map(|(listed, _)| listed.clone())
    }
}
