//! Name and language of a user: `change_profile`.

use crate::clock::Timestamp;
use crate::id::{AppId, UserId};
use crate::language::Language;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{text, time};
use crate::store::keys::Key;
use crate::user::profile::ProfileChange;

impl Store {
    /// Changes the members that are given. `false`: the user is gone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn change_profile(
        &self,
        app: &AppId,
        user: UserId,
        change: &ProfileChange,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (mut sets, mut removes) = (vec!["profile_since = :now"], Vec::new());
        let update = self.update(&Key::user(app, user)).condition_expression("attribute_exists(pk)");
        let mut update = update.expression_attribute_values(":now", time(now));
        if let Some(name) = &change.name {
            update = update.expression_attribute_names("#name", "name");
            // A user who has no name has no such attribute.
            if name.as_str().is_empty() {
                removes.push("#name");
            } else {
                sets.push("#name = :name");
                update = update.expression_attribute_values(":name", text(name.as_str()));
            }
        }
        match change.locale.map(|locale| locale.map(Language::tag)) {
            Some(Some(tag)) => {
                sets.push("locale = :locale");
                update = update.expression_attribute_values(":locale", text(tag));
            }
            Some(None) => removes.push("locale"),
            None => {}
        }
        let parts = [("SET", sets), ("REMOVE", removes)].into_iter().filter(|(_, names)| !names.is_empty());
        let expression: Vec<_> = parts.map(|(verb, names)| format!("{verb} {}", names.join(", "))).collect();
        Ok(self.send_update(update.update_expression(expression.join(" "))).await?.is_ok())
    }
}
