//! OAuth clients, from memory.

use std::sync::Arc;

use crate::app::credential::{AppSecret, StoredSecret, note_use};
use crate::cache::Cache;
use crate::clock::Timestamp;
use crate::id::ClientId;
use crate::oauth::client::Client;
use crate::service::Moment;
use crate::store::{Store, StoreError};

/// The clients that this process has met of late.
#[derive(Debug, Default)]
pub struct ClientCache(Cache<ClientId, Client>);

impl ClientCache {
    /// The client of that id, unless it is disabled: [`Cache::find`].
    ///
    /// # Errors
    /// [`StoreError`] when the store is down and the client is not known from before.
    pub async fn find(&self, store: &Store, id: &ClientId, now: Timestamp) -> Result<Option<Arc<Client>>, StoreError> {
        let found = self.0.find(id, now, store.client(id)).await?;
        Ok(found.filter(|client| !client.disabled))
    }

    /// Whether this process has not yet noted, of late, that `secret` is in use; from now on it has.
    pub async fn first_use(&self, client: &Client, secret: &StoredSecret, now: Timestamp) -> bool {
        let noted = |known: &Client| {
            let mut client = known.clone();
            let first = note_use(&mut client.secrets, secret, now)?;
            Some((client, first))
        };
        self.0.revise(&client.id, noted).await.unwrap_or(false)
    }
}

impl Moment {
    /// The client of that id, unless it is disabled.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        self.clients.find(&self.store, id, self.now).await
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
        let Some(used) = client.matching_secret(secret, self.now) else { return Ok(None) };
        if used.use_is_news(self.now) && self.clients.first_use(&client, used, self.now).await {
            // That it could not be noted is no reason to refuse the client.
            let _ = self.store.note_client_secret_use(&client.id, used, self.now).await;
        }
        Ok(Some(client))
    }
}
