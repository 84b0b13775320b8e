//! A user's next phone: `change_phone`.

use crate::clock::Timestamp;
use crate::id::AppId;
use crate::store::client::{Nonce, Store, update_item};
use crate::store::new_handles::{Asker, HandleNotChanged, NewHandle};
use crate::store::sms_guesses::SmsProof;
use crate::user::identity::Handle;

impl Store {
    /// Spends a code that was right: gives the user the phone and moves them on, or nothing of it.
    ///
    /// # Errors
    /// [`HandleNotChanged`]: `Dead` for every caller but the first.
    pub async fn change_phone(
        &self,
        app: &AppId,
        Asker { user, session }: Asker<'_>,
        proof: &SmsProof,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), HandleNotChanged> {
        let to = Handle::Phone(proof.phone.clone());
        let handle = NewHandle { user, session, to: &to, reserved_until: None, undoable: None, nonce, now };
        let spend = self.spending(app, proof, nonce, now, &*self.ring(now).await?);
        let keep = self.keep_session(app, &handle);
        self.give_handle(app, &handle, keep, vec![update_item(spend)?]).await
    }
}
