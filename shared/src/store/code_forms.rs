//! Which form asked for a code, and which used it up, for forms that are sent twice: `is_code_spent_by`, `is_new_phone_asked`.

use crate::clock::Timestamp;
use crate::id::{AppId, SessionId};
use crate::session::attempt::FormDigest;
use crate::store::client::{Nonce, Store};
use crate::store::error::StoreError;
use crate::store::item::Reader;
use crate::store::keys::Key;
use crate::user::identity::Handle;
use crate::user::phone::Phone;

impl Store {
    /// Whether the code that was sent to a phone or an address was used up by that form, and would still be good otherwise.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn is_code_spent_by(
        &self,
        app: &AppId,
        handle: &Handle,
        form: &FormDigest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ring = self.ring(now).await?;
        let key = match handle {
            Handle::Phone(phone) => Key::sms(app, phone, &ring),
            Handle::Email(email) => Key::mailed_code(app, email, &ring),
            Handle::Username(_) => return Ok(false),
        };
        let Some(found) = self.get(&key).await? else { return Ok(false) };
        let item = Reader::new("code record", &found);
        let would_be_good = item.maybe_time("expires")?.is_some_and(|expires| now < expires);
        Ok(would_be_good && item.maybe_text("spent_by")?.is_some_and(|text| Nonce::is_of_form(text, form)))
    }

    /// Whether the phone's last code was put on record for that session, which wants the phone, less than a minute ago.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn is_new_phone_asked(
        &self,
        app: &AppId,
        phone: &Phone,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ring = self.ring(now).await?;
        let Some(found) = self.get(&Key::sms(app, phone, &ring)).await? else { return Ok(false) };
        let record = Reader::new("code record", &found);
        let wish = FormDigest::of_wish(session, phone.as_e164(), app, &ring);
        let is_fresh = record.maybe_time("cooling_until")?.is_some_and(|until| now < until);
        Ok(is_fresh && record.maybe_text("issued_by")?.is_some_and(|by| Nonce::is_of_form(by, &wish)))
    }
}
