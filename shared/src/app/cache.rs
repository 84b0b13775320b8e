//! Apps in memory: every request names one, few change.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::app::credential::StoredSecret;
use crate::app::{App, AppId};
use crate::clock::{Seconds, Timestamp};
use crate::store::{Store, StoreError};

/// How long an app is used without looking: so long does a rotated secret or a disabled app live on.
pub const FRESH: Seconds = Seconds(60);

/// How long an app that cannot be looked up again is used while the store is down.
const STALE: Seconds = Seconds::minutes(10);

/// More apps than a warm environment meets in a minute; beyond that, the oldest entry makes room.
const ENTRIES: usize = 1000;

/// The apps that this process has met of late.
#[derive(Debug, Default)]
pub struct AppCache(Mutex<HashMap<AppId, (Arc<App>, Timestamp)>>);

impl AppCache {
    /// The app of that id, at most [`FRESH`] old; older only while the store is down.
    ///
    /// The lock is held while the store is asked, so that one request asks and the others wait for its answer. That
    /// an id names no app is not remembered: a new app works at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store is down and the app is not known from before.
    pub async fn find(&self, store: &Store, id: &AppId, now: Timestamp) -> Result<Option<Arc<App>>, StoreError> {
        let mut entries = self.0.lock().await;
        let known = entries.get(id).cloned();
        if let Some((app, read)) = &known
            && now < read.plus(FRESH)
        {
            return Ok(Some(app.clone()));
        }
        match (store.app(id).await, known) {
            (Ok(Some(app)), _) => {
                let app = Arc::new(app);
                make_room(&mut entries);
                entries.insert(id.clone(), (app.clone(), now));
                Ok(Some(app))
            }
            (Ok(None), _) => {
                entries.remove(id);
                Ok(None)
            }
            (Err(StoreError::Unavailable { .. }), Some((app, read))) if now < read.plus(STALE) => Ok(Some(app)),
            (Err(error), _) => Err(error),
        }
    }

    /// Whether this process has not yet noted, of late, that `secret` is in use; from now on it has.
    ///
    /// Until the app is read again, its record still says that the use is news.
    pub async fn first_use(&self, app: &App, secret: &StoredSecret, now: Timestamp) -> bool {
        let mut entries = self.0.lock().await;
        let Some((cached, _)) = entries.get_mut(&app.id) else { return false };
        let mut noted = App::clone(cached);
        let Some(stored) = noted.secrets.iter_mut().find(|stored| stored.id == secret.id) else { return false };
        let first = stored.use_is_news(now);
        stored.last_used = Some(now);
        *cached = Arc::new(noted);
        first
    }
}

fn make_room(entries: &mut HashMap<AppId, (Arc<App>, Timestamp)>) {
    if entries.len() >= ENTRIES
        && let Some(oldest) = entries.iter().min_by_key(|(_, (_, read))| *read).map(|(id, _)| id.clone())
    {
        entries.remove(&oldest);
    }
}
