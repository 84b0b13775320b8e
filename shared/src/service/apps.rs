//! Apps, from memory: the one that a request names, the one that an API is bound to.

use std::sync::Arc;

use crate::app::App;
use crate::app::credential::{AppSecret, StoredSecret, note_use};
use crate::cache::Cache;
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::service::Moment;
use crate::store::{AppConflict, Store, StoreError};

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

impl Moment {
    /// The app of that id, disabled or not.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn app(&self, id: &AppId) -> Result<Option<Arc<App>>, StoreError> {
        self.apps.find(&self.store, id, self.now).await
    }

    /// The app of that id, unless it is disabled.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn enabled_app(&self, id: &AppId) -> Result<Option<Arc<App>>, StoreError> {
        Ok(self.app(id).await?.filter(|app| !app.disabled))
    }

    /// The app of that id, if the secret is one of its living ones. Once a day and secret, the use is noted.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn app_with_secret(&self, id: &AppId, secret: &AppSecret) -> Result<Option<Arc<App>>, StoreError> {
        let Some(app) = self.app(id).await? else { return Ok(None) };
        let Some(used) = app.matching_secret(secret, self.now) else { return Ok(None) };
        if used.use_is_news(self.now) && self.apps.first_use(&app, used, self.now).await {
            // That it could not be noted is no reason to refuse the app.
            let _ = self.store.note_secret_use(&app.id, used, self.now).await;
        }
        Ok(Some(app))
    }

    /// The app that a dialect is bound to by the deployment. The one of the default id is made when it is first asked
    /// for; `None` for another that nobody made, or that is disabled.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn bound_app(&self, id: &AppId) -> Result<Option<Arc<App>>, StoreError> {
        let found = self.app(id).await?;
        if found.is_some() || id.as_str() != AppId::DEFAULT {
            return Ok(found.filter(|app| !app.disabled));
        }
        match self.store.create_app(&App::of_default_id(id.clone(), &self.random, self.now)).await {
            // Another request made it in this moment: read that one.
            Ok(()) | Err(AppConflict::Exists | AppConflict::Changed) => self.app(id).await,
            Err(AppConflict::Store(error)) => Err(error),
        }
    }
}
