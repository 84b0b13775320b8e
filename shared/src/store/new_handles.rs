//! Users sign in by something else from now on: `change_username`, and what every change of a handle has in common with it.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, SessionId};
use crate::store::apps::build;
use crate::store::authors::BY;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store, update_item};
use crate::store::email_challenges::ASKED;
use crate::store::error::StoreError;
use crate::store::identities::{FREE, others, write_handles, write_identity};
use crate::store::item::{Attributes, Writer, number, text, time};
use crate::store::keys::{Key, Table};
use crate::store::undo_links::{Undoable, write_undoable};
use crate::store::users::delete_item;
use crate::token::ring::KeyRing;
use crate::user::User;
use crate::user::email_proof::EmailProof;
use crate::user::identity::{Handle, Identity};
use crate::user::lockout::Tries;
use crate::user::username::Username;

/// Why a user has no new handle.
#[derive(Debug, thiserror::Error)]
pub enum HandleNotChanged {
    /// It belongs to somebody in this app.
    #[error("the handle is taken")]
    Taken,
    /// The session has ended, its user has moved on, or the code was used.
    #[error("the session or the code is dead")]
    Dead,
    /// The address was changed too often of late.
    #[error("no change for {0} s")]
    TooOften(Seconds),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who asks for a change: a user, by a session.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The user, as they were read.
    pub user: &'a User,
    /// The session.
    pub session: &'a SessionId,
}

/// A user who is given a handle, in place of that of its kind if there is one, on behalf of a session, which alone stays.
///
/// The user moves on to the next epoch. What was issued before knows only the old handles: a reset link would set the password of
/// those, and leave the new handle with the old one.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewHandle<'a> {
    pub(super) user: &'a User,
    pub(super) session: &'a SessionId,
    pub(super) to: &'a Handle,
    /// Until when nobody else can have the handle that is given up; `None`: anybody can at once.
    pub(super) reserved_until: Option<Timestamp>,
    /// The changes of the address that can be undone from now on, where the change is one.
    pub(super) undoable: Option<&'a [Undoable]>,
    pub(super) nonce: &'a Nonce,
    pub(super) now: Timestamp,
}

impl Store {
    /// Gives a user another username. Other spellings of the one that they have are the same handle.
    ///
    /// # Errors
    /// [`HandleNotChanged`]
    pub async fn change_username(
        &self,
        app: &AppId,
        Asker { user, session }: Asker<'_>,
        username: &Username,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), HandleNotChanged> {
        if user.username.as_ref() == Some(username) {
            return self.respell_username(app, user, username, now).await;
        }
        let to = Handle::Username(username.clone());
        let new = NewHandle { user, session, to: &to, reserved_until: None, undoable: None, nonce, now };
        let keep = self.keep_session(app, &new);
        self.give_handle(app, &new, keep, Vec::new()).await
    }

    async fn respell_username(
        &self,
        app: &AppId,
        user: &User,
        username: &Username,
        now: Timestamp,
    ) -> Result<(), HandleNotChanged> {
        let respell = self
            .signed(self.update(&Key::user(app, user.id)))
            .update_expression(format!("SET username = :username, profile_since = :now, {BY}"))
            .condition_expression("epoch = :epoch")
            .expression_attribute_values(":epoch", number(user.epoch.0))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":username", text(username.as_typed()));
        match self.send_update(respell).await? {
            Ok(_) => Ok(()),
            Err(FailedCondition(_)) => Err(HandleNotChanged::Dead),
        }
    }

    /// The part of the transaction that moves the asking session on with its user.
    pub(super) fn keep_session(&self, app: &AppId, new: &NewHandle<'_>) -> UpdateBuilder {
        let NewHandle { user, session, nonce, .. } = new;
        self.transact_update(&Key::session(app, user.id, session))
            .update_expression("SET epoch = :next, kept_by = :nonce")
            .condition_expression("epoch = :epoch AND attribute_not_exists(revoked)")
            .expression_attribute_values(":epoch", number(user.epoch.0))
            .expression_attribute_values(":next", number(user.epoch.next().0))
            .expression_attribute_values(":nonce", text(nonce.as_str()))
    }

    /// Writes the new handle, what changes with it and `also`, or nothing of all that.
    pub(super) async fn give_handle(
        &self,
        app: &AppId,
        new: &NewHandle<'_>,
        keep: UpdateBuilder,
        also: Vec<TransactWriteItem>,
    ) -> Result<(), HandleNotChanged> {
        let NewHandle { user, to, nonce, now, .. } = *new;
        let ring = self.ring(now).await?;
        // All handles that take a password have the same one. A change of it moves the epoch on, which the transaction looks at.
        let known = match user.handles().into_iter().find(Handle::takes_password) {
            Some(handle) => self.identity(app, &handle, now).await?,
            None => None,
        };
        let next = with_handle(user, to);
        let taken = self.take_handle(app, new, &next, known, &ring)?;
        let mut items = vec![update_item(keep)?, update_item(self.renamed(app, new))?, taken];
        let given_up = user.handles().into_iter().find(|handle| handle.kind() == to.kind());
        if let Some(handle) = &given_up {
            items.push(self.give_up(app, new, handle, &ring)?);
        }
        for handle in next.handles().iter().filter(|handle| handle.kind() != to.kind()) {
            items.push(update_item(self.neighbour(app, user, &next, handle, &ring))?);
        }
        items.extend(also);
        match self.transact(items).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Store(error)) => Err(error.into()),
            Err(Cancelled::Conditions(found)) => match found.as_slice() {
                // Our own work: its answer got lost, and this was a repetition.
                [Some(FailedCondition(Some(session))), ..] if nonce.marks(session, "kept_by") => Ok(()),
                [None, None, Some(_), ..] => Err(HandleNotChanged::Taken),
                _ => Err(HandleNotChanged::Dead),
            },
        }
    }

    /// The new identity, with the password of the others.
    fn take_handle(
        &self,
        app: &AppId,
        new: &NewHandle<'_>,
        next: &User,
        known: Option<Identity>,
        ring: &KeyRing,
    ) -> Result<TransactWriteItem, StoreError> {
        let (password, places) = known.map_or_else(Default::default, |known| (known.password, known.tries.places));
        let identity = Identity {
            user: next.id,
            epoch: next.epoch,
            password: password.filter(|_| new.to.takes_password()),
            tries: Tries { places, ..Tries::default() },
            // As of the registration: the first session is told from those that passwords opened by that.
            created: next.created,
            others: others(next, new.to),
            proven: next.email_proof.is_proven(),
            disabled: next.disabled,
            second_factor: next.second_factor,
        };
        let key = Key::identity(app, new.to, ring);
        let item = write_identity(&key, &identity).with("nonce", text(new.nonce.as_str())).done();
        let put = self
            .put(item, Table::Core)
            .condition_expression(format!("{FREE} OR (attribute_exists(reserved_until) AND #user = :user)"))
            .expression_attribute_names("#user", "user")
            .expression_attribute_values(":user", text(next.id.to_string()))
            .expression_attribute_values(":now", time(new.now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(build(put)?).build())
    }

    /// The change of the user's own item. An address comes here once it is proven, and the question about the former one goes.
    fn renamed(&self, app: &AppId, new: &NewHandle<'_>) -> UpdateBuilder {
        let NewHandle { user, to, now, .. } = new;
        // The new identity says whether there is a second factor, as the user was read.
        let factor = if user.second_factor { "attribute_exists(totp)" } else { "attribute_not_exists(totp)" };
        let update = self
            .transact_signed(self.transact_update(&Key::user(app, user.id)))
            .condition_expression(format!("epoch = :epoch AND {factor}"))
            .expression_attribute_values(":epoch", number(user.epoch.0))
            .expression_attribute_values(":next", number(user.epoch.next().0));
        match to {
            Handle::Username(username) => update
                .update_expression(format!("SET epoch = :next, username = :to, profile_since = :now, {BY}"))
                .expression_attribute_values(":now", time(*now))
                .expression_attribute_values(":to", text(username.as_typed())),
            Handle::Phone(phone) => update
                .update_expression(format!("SET epoch = :next, phone = :to, phone_since = :now, {BY}"))
                .expression_attribute_values(":now", time(*now))
                .expression_attribute_values(":to", text(phone.as_e164())),
            Handle::Email(email) => {
                let set = format!("SET epoch = :next, email = :to, email_proven = :now, {BY}");
                let update = update
                    .expression_attribute_values(":to", text(email.as_str()))
                    .expression_attribute_values(":now", time(*now));
                match new.undoable {
                    None => update.update_expression(format!("{set} REMOVE {ASKED}")),
                    Some(undoable) => update
                        .update_expression(format!("{set}, undoable = :undoable REMOVE {ASKED}"))
                        .expression_attribute_values(":undoable", write_undoable(undoable)),
                }
            }
        }
    }

    /// The end of the handle that is given up: its item goes, or stays so that nobody takes it.
    fn give_up(
        &self,
        app: &AppId,
        new: &NewHandle<'_>,
        handle: &Handle,
        ring: &KeyRing,
    ) -> Result<TransactWriteItem, StoreError> {
        let (user, key) = (new.user, Key::identity(app, handle, ring));
        let condition = "#user = :user AND epoch = :epoch";
        let Some(until) = new.reserved_until else {
            let delete = self
                .delete(&key)
                .condition_expression(condition)
                .expression_attribute_names("#user", "user")
                .expression_attribute_values(":user", text(user.id.to_string()))
                .expression_attribute_values(":epoch", number(user.epoch.0));
            return delete_item(delete);
        };
        let put = self
            .put(reservation(&key, user, until), Table::Core)
            .condition_expression(condition)
            .expression_attribute_names("#user", "user")
            .expression_attribute_values(":user", text(user.id.to_string()))
            .expression_attribute_values(":epoch", number(user.epoch.0));
        Ok(TransactWriteItem::builder().put(build(put)?).build())
    }

    /// Another identity of the user, which names the new handle from now on.
    pub(super) fn neighbour(
        &self,
        app: &AppId,
        user: &User,
        next: &User,
        handle: &Handle,
        ring: &KeyRing,
    ) -> UpdateBuilder {
        let update = self
            .transact_update(&Key::identity(app, handle, ring))
            .condition_expression("#user = :user AND epoch = :epoch")
            .expression_attribute_names("#user", "user")
            .expression_attribute_names("#others", "others")
            .expression_attribute_values(":user", text(next.id.to_string()))
            .expression_attribute_values(":epoch", number(user.epoch.0))
            .expression_attribute_values(":next", number(next.epoch.0))
            .expression_attribute_values(":proven", AttributeValue::Bool(next.email_proof.is_proven()));
        match write_handles(&others(next, handle)) {
            Some(others) => update
                .update_expression("SET epoch = :next, proven = :proven, #others = :others")
                .expression_attribute_values(":others", others),
            None => update.update_expression("SET epoch = :next, proven = :proven REMOVE #others"),
        }
    }
}

/// The user as they are after the change.
fn with_handle(user: &User, to: &Handle) -> User {
    let next = User { epoch: user.epoch.next(), ..user.clone() };
    match to.clone() {
        Handle::Username(username) => User { username: Some(username), ..next },
        Handle::Phone(phone) => User { phone: Some(phone), ..next },
        Handle::Email(email) => User { email: Some(email), email_proof: EmailProof::Proven, ..next },
    }
}

/// The item of a handle that was given up. It has no password, so nobody signs in by it.
fn reservation(key: &Key, user: &User, until: Timestamp) -> Attributes {
    Writer::at(key)
        .with("user", text(user.id.to_string()))
        // The epoch that has ended: nothing that is issued for the handle by a release which knows no reservations is good.
        .with("epoch", number(user.epoch.0))
        .with("created", time(user.created))
        .with("reserved_until", time(until))
        .done()
}
