//! Users who are shut out: `set_disabled`.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;

use crate::clock::Timestamp;
use crate::id::AppId;
use crate::store::authors::BY;
use crate::store::client::{Cancelled, Store, update_item};
use crate::store::error::StoreError;
use crate::store::item::{number, text};
use crate::store::keys::Key;
use crate::user::User;

impl Store {
    /// Shuts a user out, or lets them in again. Either way they move on to the next epoch: every session and every link ends at
    /// once, and a sign-in that read the identity before opens a session of the former epoch, which is dead.
    ///
    /// `false`: the user has moved on in the meantime, or is gone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn set_disabled(
        &self,
        app: &AppId,
        user: &User,
        disabled: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ring = self.ring(now).await?;
        let set = |update: UpdateBuilder, also: &str| {
            let update = if disabled {
                update
                    .update_expression(format!("SET epoch = :next, disabled = :yes{also}"))
                    .expression_attribute_values(":yes", aws_sdk_dynamodb::types::AttributeValue::Bool(true))
            } else {
                update.update_expression(format!("SET epoch = :next{also} REMOVE disabled"))
            };
            update
                .expression_attribute_values(":epoch", number(user.epoch.0))
                .expression_attribute_values(":next", number(user.epoch.next().0))
        };
        let itself = self.transact_update(&Key::user(app, user.id)).condition_expression("epoch = :epoch");
        let itself = self.transact_signed(set(itself, &format!(", {BY}")));
        let identities = user.handles().into_iter().map(|handle| {
            let identity = self
                .transact_update(&Key::identity(app, &handle, &ring))
                .condition_expression("#user = :user AND epoch = :epoch")
                .expression_attribute_names("#user", "user")
                .expression_attribute_values(":user", text(user.id.to_string()));
            set(identity, "")
        });
        let items = std::iter::once(itself).chain(identities).map(update_item).collect::<Result<_, _>>()?;
        match self.transact(items).await {
            Ok(()) => Ok(true),
            Err(Cancelled::Conditions(_)) => Ok(false),
            Err(Cancelled::Store(error)) => Err(error),
        }
    }
}
