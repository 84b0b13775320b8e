//! What users were told of that the audit trail says: `claim_news`.

use crate::clock::{Seconds, Timestamp};
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::item::{text, time};
use crate::store::keys::Key;

/// Longer than a stream keeps its records, which is a day.
const KEPT: Seconds = Seconds::days(2);

impl Store {
    /// Notes that a user is told of that entry of the trail. `false`: they were already, for a stream may deliver a record again. `nonce`
    /// tells the caller its own work, where the answer to it was lost.
    ///
    /// # Errors
    /// [`StoreError`]: it may have been noted.
    pub async fn claim_news(&self, entry: &str, nonce: &Nonce, now: Timestamp) -> Result<bool, StoreError> {
        let claim = self
            .update(&Key::news(entry))
            .update_expression("SET nonce = :nonce, #ttl = :ttl")
            .condition_expression("attribute_not_exists(pk)")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":ttl", time(now.plus(KEPT)));
        match self.send_update(claim).await? {
            Ok(_) => Ok(true),
            Err(FailedCondition(Some(item))) => Ok(nonce.marks(&item, "nonce")),
            Err(FailedCondition(None)) => Ok(false),
        }
    }
}
