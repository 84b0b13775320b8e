//! Identities: `identity`, `replace_hash`.

use crate::app::AppId;
use crate::clock::Timestamp;
use crate::store::client::Store;
use crate::store::counters::read_failures;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, number, text, time};
use crate::store::keys::Key;
use crate::user::Epoch;
use crate::user::identity::{Handle, Identity};
use crate::user::password::PasswordHash;

impl Store {
    /// Whose `handle` is, with the password that goes with it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn identity(&self, app: &AppId, handle: &Handle, now: Timestamp) -> Result<Option<Identity>, StoreError> {
        let ring = self.ring(now).await?;
        let item = self.get(&Key::identity(app, handle, &ring)).await?;
        item.map(|attributes| read_identity(&attributes)).transpose()
    }

    /// Replaces a hash by one of the same password with today's parameters, unless the password changed meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn replace_hash(
        &self,
        app: &AppId,
        handle: &Handle,
        old: &PasswordHash,
        new: &PasswordHash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let ring = self.ring(now).await?;
        let replace = self
            .update(&Key::identity(app, handle, &ring))
            .update_expression("SET password = :new")
            .condition_expression("password = :old")
            .expression_attribute_values(":new", text(new.as_phc()))
            .expression_attribute_values(":old", text(old.as_phc()));
        self.send_update(replace).await.map(drop)
    }
}

pub(super) fn write_identity(key: &Key, identity: &Identity) -> Writer {
    Writer::at(key)
        .with("user", text(identity.user.to_string()))
        .with("epoch", number(identity.epoch.0))
        .maybe("password", identity.password.as_ref().map(|password| text(password.as_phc())))
        .with("created", time(identity.created))
}

fn read_identity(attributes: &Attributes) -> Result<Identity, StoreError> {
    let item = Reader::new("identity", attributes);
    Ok(Identity {
        user: item.parsed("user")?,
        epoch: Epoch(item.number("epoch")?),
        password: item.maybe_text("password")?.map(|phc| PasswordHash::from_phc(phc.to_owned())),
        failures: read_failures(&item)?,
        created: item.time("created")?,
    })
}
