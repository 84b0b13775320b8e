//! OAuth clients, from memory.

use std::sync::Arc;

use crate::app::credential::AppSecret;
use crate::id::ClientId;
use crate::oauth::client::{Client, Registered};
use crate::service::Moment;
use crate::service::notice::{Notice, UnfinishedStep};
use crate::service::take_back::Spent;
use crate::store::{Nonce, StoreError};
use crate::token::assertion;
use crate::token::client_keys::ClientKeys;

impl Moment {
    /// The client of that id, unless it is disabled: registered, or described by a document at its id.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        if id.document_host().is_some() {
            return self.described_client(id).await;
        }
        let found = self.clients.find(id, self.now, self.store.client(id)).await?;
        Ok(found.filter(|client| !client.disabled && client.is_known(self.now)))
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

    /// The client of that id, if it proves itself by an assertion that it signed with one of its keys for its issuer or for
    /// `endpoint`, and that it has not used before.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn client_with_assertion(
        &self,
        id: &ClientId,
        assertion: &str,
        endpoint: &str,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let Some(client) = self.client(id).await? else { return Ok(None) };
        let (issuer, with_slash) = (self.config.issuer(&client.app), format!("{endpoint}/"));
        let audiences = [issuer.as_str(), endpoint, &with_slash];
        let verify = |keys: &ClientKeys| assertion::verify(assertion, id, keys, &audiences, self.now).ok();
        let assertion = match (&client.policy.keys, &client.policy.jwks_uri) {
            (Some(keys), _) => verify(keys),
            (None, Some(address)) => match self.keys_at(address, false).await.and_then(|keys| verify(&keys)) {
                Some(assertion) => Some(assertion),
                None => self.keys_at(address, true).await.and_then(|keys| verify(&keys)),
            },
            (None, None) => None,
        };
        let Some(assertion) = assertion else { return Ok(None) };
        let nonce = Nonce::draw(&self.random);
        self.give_back_if_we_fail(Spent { client: id.clone(), assertion: assertion.clone(), nonce: nonce.clone() });
        let is_first = self.store.spend_assertion(id, &assertion, &nonce, self.now).await?;
        Ok(is_first.then_some(client))
    }

    /// Keeps a client that registered itself, at its first use. That it could not be kept is no reason to refuse: it will be at
    /// the next.
    pub async fn note_client_use(&self, client: &Client) {
        if let Registered::Itself { unused_until: Some(_) } = client.policy.registered
            && let Err(error) = self.store.keep_client(&client.id).await
        {
            self.report(&Notice::Unfinished { step: UnfinishedStep::NoteClientUse, cause: &error });
        }
    }
}
