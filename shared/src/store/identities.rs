//! Identities: `identity`, `replace_hash`, `prove_by_word`, `note_proven`.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;

use crate::clock::Timestamp;
use crate::id::{AppId, Epoch};
use crate::store::authors::BY;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, number, text, time};
use crate::store::keys::Key;
use crate::store::try_attributes::{read_tries, write_places};
use crate::user::User;
use crate::user::email::Email;
use crate::user::identity::{Handle, Identity};
use crate::user::password::PasswordHash;

/// A hash, and another of the same password: with today's parameters, or ours in place of another product's.
#[derive(Clone, Copy, Debug)]
pub struct Renewal<'a> {
    /// The hash that is there.
    pub old: &'a PasswordHash,
    /// The hash to keep.
    pub new: &'a PasswordHash,
    /// When.
    pub now: Timestamp,
}

/// That nobody has the handle: an item of a handle that was given up lies there until somebody takes it.
pub(super) const FREE: &str = "(attribute_not_exists(pk) OR reserved_until <= :now)";

impl Store {
    /// Whose `handle` is, with the password that goes with it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn identity(&self, app: &AppId, handle: &Handle, now: Timestamp) -> Result<Option<Identity>, StoreError> {
        let ring = self.ring(now).await?;
        let item = self.get(&Key::identity(app, handle, &ring)).await?;
        // A handle that was given up is nobody's, though its item is still there.
        let item = item.filter(|attributes| !attributes.contains_key("reserved_until"));
        item.map(|attributes| read_identity(&attributes)).transpose()
    }

    /// Replaces a hash by one of the same password in each of the user's `handles`, unless the password changed meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn replace_hash<'a>(
        &self,
        app: &AppId,
        handles: impl Iterator<Item = &'a Handle>,
        renewal: &Renewal<'_>,
    ) -> Result<(), StoreError> {
        let ring = self.ring(renewal.now).await?;
        let replacements = handles.map(|handle| {
            let replace = self
                .update(&Key::identity(app, handle, &ring))
                .update_expression("SET password = :new")
                .condition_expression("password = :old")
                .expression_attribute_values(":new", text(renewal.new.as_phc()))
                .expression_attribute_values(":old", text(renewal.old.as_phc()));
            self.send_update(replace)
        });
        try_join_all(replacements).await.map(drop)
    }

    /// Takes an operator's word that `email` is the user's. `false`: it is not, or not any more.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn prove_by_word(
        &self,
        app: &AppId,
        user: &User,
        email: &Email,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let prove = self
            .update(&Key::user(app, user.id))
            .update_expression(format!("SET email_proven = if_not_exists(email_proven, :now), {BY}"))
            .condition_expression("email = :email")
            .expression_attribute_values(":email", text(email.as_str()))
            .expression_attribute_values(":now", time(now));
        let proven = self.send_update(self.signed(prove)).await?.is_ok();
        // After a failure here a sign-in looks in the user's item, which says so already.
        if proven {
            self.note_proven(app, user, now).await?;
        }
        Ok(proven)
    }

    /// Notes in a user's identities what the user's item says: the address is proven. Sign-in then need not look there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn note_proven(&self, app: &AppId, user: &User, now: Timestamp) -> Result<(), StoreError> {
        let ring = self.ring(now).await?;
        let notes = user.handles().into_iter().map(|handle| {
            let note = self
                .update(&Key::identity(app, &handle, &ring))
                .update_expression("SET proven = :yes")
                .condition_expression("#user = :user")
                .expression_attribute_names("#user", "user")
                .expression_attribute_values(":user", text(user.id.to_string()))
                .expression_attribute_values(":yes", AttributeValue::Bool(true));
            self.send_update(note)
        });
        try_join_all(notes).await.map(drop)
    }
}

pub(super) fn write_identity(key: &Key, identity: &Identity) -> Writer {
    Writer::at(key)
        .with("user", text(identity.user.to_string()))
        .with("epoch", number(identity.epoch.0))
        .maybe("password", identity.password.as_ref().map(|password| text(password.as_phc())))
        .with("created", time(identity.created))
        .maybe("others", write_handles(&identity.others))
        .maybe("proven", identity.proven.then_some(AttributeValue::Bool(true)))
        .maybe("disabled", identity.disabled.then_some(AttributeValue::Bool(true)))
        .maybe("second_factor", identity.second_factor.then_some(AttributeValue::Bool(true)))
        .maybe(
            "places",
            Some(&identity.tries.places).filter(|places| !places.is_empty()).map(|places| write_places(places)),
        )
}

/// The user's handles without one.
pub(super) fn others(user: &User, than: &Handle) -> Vec<Handle> {
    user.handles().into_iter().filter(|handle| handle.kind() != than.kind()).collect()
}

/// `None` where there are none.
pub(super) fn write_handles(handles: &[Handle]) -> Option<AttributeValue> {
    let entry = |handle: &Handle| {
        let value = match handle {
            Handle::Username(username) => username.as_typed(),
            other => other.value(),
        };
        (handle.kind().to_owned(), text(value))
    };
    (!handles.is_empty()).then(|| AttributeValue::M(handles.iter().map(entry).collect()))
}

pub(super) fn read_handles(item: &Reader<'_>, name: &'static str) -> Result<Vec<Handle>, StoreError> {
    let Some(handles) = item.maybe_map(name)? else { return Ok(Vec::new()) };
    let username = handles.maybe_parsed("username")?.map(Handle::Username);
    let email = handles.maybe_parsed("email")?.map(Handle::Email);
    let phone = handles.maybe_parsed("phone")?.map(Handle::Phone);
    Ok([username, email, phone].into_iter().flatten().collect())
}

pub(super) fn read_identity(attributes: &Attributes) -> Result<Identity, StoreError> {
    let item = Reader::new("identity", attributes);
    Ok(Identity {
        user: item.parsed("user")?,
        epoch: Epoch(item.number("epoch")?),
        password: item.maybe_text("password")?.map(|phc| PasswordHash::from_phc(phc.to_owned())),
        tries: read_tries(&item, attributes)?,
        created: item.time("created")?,
        others: read_handles(&item, "others")?,
        proven: item.flag("proven")?,
        disabled: item.flag("disabled")?,
        second_factor: item.flag("second_factor")?,
    })
}
