//! Assertions of clients, each good once: `spend_assertion`, `give_assertion_back`.

use crate::clock::Timestamp;
use crate::id::ClientId;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::item::{text, time};
use crate::store::keys::Key;
use crate::token::assertion::Assertion;

impl Store {
    /// Remembers an assertion for as long as it could be used. `false`: it was used before. `nonce` tells the request its
    /// own work, where the answer to it was lost.
    ///
    /// # Errors
    /// [`StoreError`]: it may have been remembered.
    pub async fn spend_assertion(
        &self,
        client: &ClientId,
        assertion: &Assertion,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let spend = self
            .update(&Key::assertion(client, assertion))
            .update_expression("SET expires = :expires, nonce = :nonce, #ttl = :expires")
            .condition_expression("attribute_not_exists(pk) OR expires <= :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":expires", time(assertion.expires))
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":now", time(now));
        match self.send_update(spend).await? {
            Ok(_) => Ok(true),
            Err(FailedCondition(Some(item))) => Ok(nonce.marks(&item, "nonce")),
            Err(FailedCondition(None)) => Ok(false),
        }
    }

    /// Forgets an assertion that a request spent which failed on our side: the client may send it again.
    ///
    /// # Errors
    /// [`StoreError`]: it stays spent.
    pub async fn give_assertion_back(
        &self,
        client: &ClientId,
        assertion: &Assertion,
        nonce: &Nonce,
    ) -> Result<(), StoreError> {
        let give = self
            .removal(&Key::assertion(client, assertion))
            .condition_expression("nonce = :nonce")
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        self.send_removal(give).await.map(drop)
    }
}
