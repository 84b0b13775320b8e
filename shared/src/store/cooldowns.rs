//! The minute between two reset mails: `begin_reset_cooldown`, `end_reset_cooldown`.

use crate::clock::{Seconds, Timestamp};
use crate::code::reset::COOLDOWN;
use crate::id::AppId;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::item::{Reader, text, time};
use crate::store::keys::Key;
use crate::user::email::Email;

impl Store {
    /// Has an address wait, whether or not an account exists for it, for [`COOLDOWN`]. Of many requests at once one may mail; `false`:
    /// it is another.
    ///
    /// # Errors
    /// [`StoreError`]: nothing may then be sent.
    pub async fn begin_reset_cooldown(
        &self,
        app: &AppId,
        email: &Email,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let begin = self
            .update(&Key::reset_mail(app, email, &*self.ring(now).await?))
            .update_expression("SET mailed = :now, mailed_by = :nonce, #ttl = :ttl")
            .condition_expression("attribute_not_exists(mailed) OR mailed <= :cooled")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":cooled", time(now.minus(COOLDOWN)))
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":ttl", time(now.plus(Seconds::hours(1))));
        match self.send_update(begin).await? {
            Ok(_) => Ok(true),
            // Our own work: its answer got lost, and this was a repetition.
            Err(FailedCondition(Some(item))) => {
                Ok(Reader::new("reset mail", &item).maybe_text("mailed_by")? == Some(nonce.as_str()))
            }
            Err(FailedCondition(None)) => Ok(false),
        }
    }

    /// The mail of this request was not sent: the next one need not wait.
    ///
    /// # Errors
    /// [`StoreError`]: it waits for the rest of the minute.
    pub async fn end_reset_cooldown(
        &self,
        app: &AppId,
        email: &Email,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let end = self
            .update(&Key::reset_mail(app, email, &*self.ring(now).await?))
            .update_expression("REMOVE mailed")
            .condition_expression("mailed_by = :nonce")
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        self.send_update(end).await.map(drop)
    }
}
