//! Apps in memory.

use std::sync::Arc;

use crate::app::App;
use crate::app::credential::{StoredSecret, note_use};
use crate::cache::Cache;
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::store::{Store, StoreError};

pub use crate::cache::FRESH;

/// The apps that this process has met of late.
#[derive(Debug, Default)]
pub struct AppCache(Cache<AppId, App>);

impl AppCache {
    /// The app of that id: [`Cache::find`].
    ///
    /// # Errors
    /// [`StoreError`] when the store is down and the app is not known from before.
    pub async fn find(&self, store: &Store, id: &AppId, now: Timestamp) -> Result<Option<Arc<App>>, StoreError> {
        self.0.find(id, now, store.app(id)).await
    }

    /// Whether this process has not yet noted, of late, that `secret` is in use; from now on it has.
    ///
    /// Until the app is read again, its record still says that the use is news.
    pub async fn first_use(&self, app: &App, secret: &StoredSecret, now: Timestamp) -> bool {
        let noted = |known: &App| {
            let mut app = known.clone();
            let first = note_use(&mut app.secrets, secret, now)?;
            Some((app, first))
        };
        self.0.revise(&app.id, noted).await.unwrap_or(false)
    }
}
