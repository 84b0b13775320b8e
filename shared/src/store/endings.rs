//! A session that its user chose from the list: `end_listed_session`, `note_unanswered`.

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, SessionId, UserId};
use crate::store::authors::BY;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::item::{Reader, text, time};
use crate::store::keys::Key;

/// The end of a session by one request.
#[derive(Clone, Debug)]
pub struct Ended {
    /// In which app.
    pub app: AppId,
    /// Whose session.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
    /// What its item knows the request by.
    pub nonce: Nonce,
}

/// How long the item of a session that was ended from the list stays at least. Repetitions end within a request, and a client
/// that was not answered comes back soon.
const MARKED: Seconds = Seconds::minutes(10);

impl Store {
    /// Ends a session that its user chose from the list, of whatever API. `false`: the list has no such session.
    ///
    /// The item stays for a while with the mark of the request that ended it: when the answer is lost, the SDK repeats the
    /// write, and finds its own work instead of nothing. An OAuth client's is not in the list and stays: its item is the proof that a code was used.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_listed_session(
        &self,
        app: &AppId,
        user: UserId,
        session: &SessionId,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let end = self
            .update(&Key::session(app, user, session))
            .update_expression(format!(
                "SET revoked = :now, ended_by = :nonce, #ttl = :ttl, {BY} REMOVE refresh, previous, grace, holders, undone"
            ))
            .condition_expression(
                "attribute_exists(pk) AND attribute_not_exists(client) AND attribute_not_exists(revoked)",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":ttl", time(now.plus(MARKED)));
        match self.send_update(self.signed(end)).await? {
            Ok(_) => Ok(true),
            // Our own work, whose answer got lost, or that of a request that was not answered.
            Err(FailedCondition(Some(item))) => {
                let item = Reader::new("session", &item);
                Ok(item.has("unanswered") || item.maybe_text("ended_by")? == Some(nonce.as_str()))
            }
            Err(FailedCondition(None)) => Ok(false),
        }
    }

    /// Notes that a session ended and nobody was told of it, so that the next request for it is told. Nothing happens where
    /// another request ended it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn note_unanswered(&self, ended: &Ended) -> Result<(), StoreError> {
        let note = self
            .update(&Key::session(&ended.app, ended.user, &ended.session))
            .update_expression("SET unanswered = :nonce")
            .condition_expression("ended_by = :nonce")
            .expression_attribute_values(":nonce", text(ended.nonce.as_str()));
        self.send_update(note).await.map(drop)
    }
}
