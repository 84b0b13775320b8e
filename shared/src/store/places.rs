//! Places that a user signed in from otherwise than by a password: `remember_place`.

use futures_util::future::try_join_all;

use crate::clock::Timestamp;
use crate::id::AppId;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{number, text};
use crate::store::keys::Key;
use crate::store::tries::other_of;
use crate::store::try_attributes::write_places;
use crate::user::identity::{Handle, Identity};
use crate::user::lockout::Place;

impl Store {
    /// Remembers that the user of `handle` signed in from `place`: with all handles that a password goes with, so that the brake on
    /// strangers does not keep them out there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn remember_place(
        &self,
        app: &AppId,
        handle: &Handle,
        identity: &Identity,
        place: &Place,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(places) = identity.tries.places_with(place) else { return Ok(()) };
        let ring = self.ring(now).await?;
        let write = |handle: &Handle| {
            let remember = self
                .update(&Key::identity(app, handle, &ring))
                .update_expression("SET places = :places")
                .condition_expression("#user = :user AND epoch = :epoch")
                .expression_attribute_names("#user", "user")
                .expression_attribute_values(":user", text(identity.user.to_string()))
                .expression_attribute_values(":epoch", number(identity.epoch.0))
                .expression_attribute_values(":places", write_places(&places));
            self.send_update(remember)
        };
        try_join_all(std::iter::once(handle).chain(other_of(identity)).map(write)).await.map(drop)
    }
}
