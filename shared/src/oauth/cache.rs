//! Clients in memory.

use std::sync::Arc;

use crate::app::credential::{StoredSecret, note_use};
use crate::cache::Cache;
use crate::clock::Timestamp;
use crate::id::ClientId;
use crate::oauth::client::Client;
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
