//! A second factor is taken away: `remove_factor`.

use crate::clock::Timestamp;
use crate::id::AppId;
use crate::store::authors::BY;
use crate::store::client::{Nonce, Store, update_item};
use crate::store::factors::{Copied, FactorNotChanged, STAYED, if_handles_are};
use crate::store::item::{number, text};
use crate::store::keys::Key;
use crate::user::User;

/// Why a factor is removed.
#[derive(Clone, Copy)]
pub(super) enum Removal {
    /// Its user, or an operator, asked for it.
    Asked,
    /// This very request set it up, and could not show the recovery codes.
    Undone,
}

impl Store {
    /// Takes a user's second factor away, with the recovery codes. Where each answer got lost it is looked whether it is gone.
    ///
    /// # Errors
    /// [`FactorNotChanged`]: also where there is none.
    pub async fn remove_factor(
        &self,
        app: &AppId,
        user: &User,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), FactorNotChanged> {
        let removed = self.remove_factor_if(Removal::Asked, app, user, nonce, now).await;
        let is_unknown = matches!(removed, Err(FactorNotChanged::Store(_)));
        if is_unknown && matches!(self.factor(app, user.id).await, Ok(None)) { Ok(()) } else { removed }
    }

    pub(super) async fn remove_factor_if(
        &self,
        why: Removal,
        app: &AppId,
        user: &User,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), FactorNotChanged> {
        let remove = self
            .transact_signed(self.transact_update(&Key::user(app, user.id)))
            .update_expression(format!(
                "SET factor_by = :nonce, {BY} REMOVE totp, totp_step, factor_since, recovery, recovery_seed"
            ))
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        let remove = match why {
            Removal::Asked => if_handles_are(remove, user, &format!("attribute_exists(totp) AND {STAYED}"))
                .expression_attribute_values(":epoch", number(user.epoch.0)),
            Removal::Undone => if_handles_are(remove, user, "attribute_exists(totp) AND factor_by = :nonce"),
        };
        let mut items = vec![update_item(remove)?];
        items.extend(self.copies(app, user, Copied::No, now).await?);
        self.change_factor(items, user, nonce).await
    }
}
