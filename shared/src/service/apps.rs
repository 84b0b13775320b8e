//! Apps, from memory: the one that a request names, the one that an API is bound to.

use std::sync::Arc;

use crate::app::App;
use crate::app::credential::AppSecret;
use crate::id::AppId;
use crate::service::Moment;
use crate::store::{AppConflict, StoreError};

impl Moment {
    /// The app of that id, disabled or not.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn app(&self, id: &AppId) -> Result<Option<Arc<App>>, StoreError> {
        self.apps.find(id, self.now, self.store.app(id)).await
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
        Ok(self.has_secret(&self.apps, &app, secret).await.then_some(app))
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
