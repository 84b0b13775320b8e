//! OAuth clients, from memory.

use std::sync::Arc;

use crate::app::credential::AppSecret;
use crate::id::ClientId;
use crate::oauth::client::Client;
use crate::service::Moment;
use crate::store::StoreError;

impl Moment {
    /// The client of that id, unless it is disabled.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        let found = self.clients.find(id, self.now, self.store.client(id)).await?;
        Ok(found.filter(|client| !client.disabled))
    }

    /// The client of that id, if the secret is one of its living ones; a public client, if there is no secret. Once a day
    /// and secret, the use is noted.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn client_with_secret(
        &self,
        id: &ClientId,
        secret: Option<&AppSecret>,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let Some(client) = self.client(id).await? else { return Ok(None) };
        // A public client has no secret that could be right.
        let Some(secret) = secret else { return Ok(Some(client).filter(|client| client.public)) };
        Ok(self.has_secret(&self.clients, &client, secret).await.then_some(client))
    }
}
