//! `withhold_rotation`: an exchange of a refresh token that was answered to nobody.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::ReturnValue;

use crate::id::{AppId, SessionId, UserId};
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, number, text};
use crate::store::keys::Key;
use crate::store::rotations::{HOLDERS, one};
use crate::token::opaque::TokenDigest;

/// The exchange of a refresh token by one request, in what undoes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// In which app.
    pub app: AppId,
    /// Whose session.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
    /// The token that was presented.
    pub presented: TokenDigest,
    /// The one that it was to be exchanged for.
    pub successor: TokenDigest,
    /// What the session knows this request by.
    pub holder: Nonce,
}

/// How often an exchange is looked at that was carried out while it was found undone.
const LOOKS: u32 = 3;

/// The most requests that are fenced off at once. So many are not on their way to a store that answers the next one.
const MOST_FENCED: u64 = 32;

impl Store {
    /// Leaves a token good whose successor this request gave to nobody, because it was not answered with success: for as long as
    /// the session lives, or until the successor is used after all. One that another request was given meanwhile was not
    /// withheld, and keeps its minute.
    ///
    /// An exchange that was not carried out is not carried out any more, should it still be on its way.
    ///
    /// # Errors
    /// [`StoreError`]: it stays good for [`crate::session::refresh::GRACE`].
    pub async fn withhold_rotation(&self, exchanged: &Exchanged) -> Result<(), StoreError> {
        for _ in 0..LOOKS {
            // One write where nobody else was given it: while the store fails, the answer of each may be lost.
            let alone = self.withhold(exchanged, "(attribute_not_exists(holders) OR holders = :me)");
            match self.send_update(alone).await? {
                Ok(_) | Err(FailedCondition(None)) => return Ok(()),
                Err(FailedCondition(Some(found))) if !exchanged.is_to_come(&found) => {
                    return self.leave(exchanged).await;
                }
                Err(FailedCondition(Some(_))) => {}
            }
            if self.fence_off(exchanged).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The request is no holder any more; where it was the last, the successor was withheld from all.
    async fn leave(&self, exchanged: &Exchanged) -> Result<(), StoreError> {
        let leave = self
            .update_exchanged(exchanged, "DELETE holders :me", "attribute_exists(holders)")
            .return_values(ReturnValue::AllNew);
        let Ok(item) = self.send_update(leave).await? else { return Ok(()) };
        if item.contains_key(HOLDERS) {
            return Ok(());
        }
        // A request that came between the two writes is a holder again.
        self.send_update(self.withhold(exchanged, "attribute_not_exists(holders)")).await.map(drop)
    }

    /// The token that was presented is the newest: whatever of this request comes later is refused. `false`: it came just now.
    async fn fence_off(&self, exchanged: &Exchanged) -> Result<bool, StoreError> {
        let fence = self
            .update(&exchanged.key())
            .update_expression("ADD undone :me")
            .condition_expression("refresh = :presented AND (attribute_not_exists(undone) OR size(undone) < :most)")
            .expression_attribute_values(":me", one(&exchanged.holder))
            .expression_attribute_values(":presented", text(exchanged.presented.as_str()))
            .expression_attribute_values(":most", number(MOST_FENCED));
        Ok(match self.send_update(fence).await? {
            Ok(_) | Err(FailedCondition(None)) => true,
            Err(FailedCondition(Some(found))) => exchanged.is_to_come(&found),
        })
    }

    fn withhold(&self, exchanged: &Exchanged, condition: &str) -> UpdateItemInputBuilder {
        self.update_exchanged(exchanged, "SET grace = #until, undone = :me REMOVE holders", condition)
            // A reserved word.
            .expression_attribute_names("#until", "until")
    }

    fn update_exchanged(&self, exchanged: &Exchanged, expression: &str, condition: &str) -> UpdateItemInputBuilder {
        self.update(&exchanged.key())
            .update_expression(expression)
            .condition_expression(format!("refresh = :refresh AND {condition}"))
            .expression_attribute_values(":refresh", text(exchanged.successor.as_str()))
            .expression_attribute_values(":me", one(&exchanged.holder))
    }
}

impl Exchanged {
    fn key(&self) -> Key {
        Key::session(&self.app, self.user, &self.session)
    }

    /// Whether the item knows nothing of the exchange yet.
    fn is_to_come(&self, item: &Attributes) -> bool {
        item.get("refresh").and_then(|refresh| refresh.as_s().ok()).is_some_and(|it| it == self.presented.as_str())
    }
}
