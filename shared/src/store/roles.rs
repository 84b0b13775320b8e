//! Roles of a user: `give_role`, `take_role`.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::id::{AppId, UserId};
use crate::store::authors::BY;
use crate::store::client::{FailedCondition, Store};
use crate::store::error::StoreError;
use crate::store::item::number;
use crate::store::keys::Key;
use crate::user::role::{Role, Roles};

/// Why a user was not given a role.
#[derive(Debug, thiserror::Error)]
pub enum NotGiven {
    /// There is no such user.
    #[error("there is no such user")]
    NoUser,
    /// They hold [`Role::MOST`] others.
    #[error("a user holds at most {} roles", Role::MOST)]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Gives a user a role. Who holds it already keeps it.
    ///
    /// # Errors
    /// [`NotGiven`]
    pub async fn give_role(&self, app: &AppId, user: UserId, role: &Role) -> Result<(), NotGiven> {
        let give = self
            .update(&Key::user(app, user))
            .update_expression(format!("SET {BY} ADD #roles :given"))
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(#roles) OR size(#roles) < :most OR contains(#roles, :role))",
            )
            // A reserved word.
            .expression_attribute_names("#roles", "roles")
            .expression_attribute_values(":given", one(role))
            .expression_attribute_values(":role", AttributeValue::S(role.to_string()))
            .expression_attribute_values(":most", number(Role::MOST));
        match self.send_update(self.signed(give)).await? {
            Ok(_) => Ok(()),
            Err(FailedCondition(Some(_))) => Err(NotGiven::TooMany),
            Err(FailedCondition(None)) => Err(NotGiven::NoUser),
        }
    }

    /// Takes a role from a user, who need not hold it. `false`: there is no such user.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn take_role(&self, app: &AppId, user: UserId, role: &Role) -> Result<bool, StoreError> {
        let take = self
            .update(&Key::user(app, user))
            .update_expression(format!("SET {BY} DELETE #roles :taken"))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#roles", "roles")
            .expression_attribute_values(":taken", one(role));
        Ok(self.send_update(self.signed(take)).await?.is_ok())
    }
}

fn one(role: &Role) -> AttributeValue {
    AttributeValue::Ss(vec![role.to_string()])
}

/// `None` where there are none: DynamoDB has no empty sets.
pub(super) fn write_roles(roles: &Roles) -> Option<AttributeValue> {
    (!roles.is_empty()).then(|| AttributeValue::Ss(roles.iter().map(Role::to_string).collect()))
}
