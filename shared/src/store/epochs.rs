//! Epochs: `end_all_sessions`, `change_password`, reads of a user and a session in one epoch, and what every change of a password has in common with it.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;

use crate::clock::Timestamp;
use crate::id::{AppId, Epoch, SessionId, UserId};
use crate::session::Session;
use crate::store::authors::BY;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store, update_item};
use crate::store::email_challenges::UNPROVEN;
use crate::store::error::StoreError;
use crate::store::identities::write_handles;
use crate::store::item::{number, text, time};
use crate::store::keys::Key;
use crate::store::try_attributes::write_places;
use crate::store::users::UNCHANGED;
use crate::token::InvalidToken;
use crate::token::ring::KeyRing;
use crate::user::User;
use crate::user::identity::Handle;
use crate::user::lockout::Place;
use crate::user::password::PasswordHash;

/// A user who moves on to the next epoch, which ends every session and every link of this one.
#[derive(Debug)]
pub(super) struct Moved<'a> {
    pub(super) user: UserId,
    pub(super) epoch: Epoch,
    pub(super) handles: &'a [Handle],
    /// The new password, where that is why.
    pub(super) password: Option<&'a PasswordHash>,
    /// Where the user signs in from then on, where that changes.
    pub(super) places: Option<&'a [Place]>,
    /// Where the address is proven for the first time: how much had been made for the user when what clients were let have was taken
    /// back. Until then anybody may have registered the address, and added a phone or a passkey of their own, which a new password
    /// would not keep out: these go. An authenticator app stays, because it lets nobody in by itself
    /// (`docs/decisions/0291-a-reset-of-an-unproven-account.md`).
    pub(super) reclaims: Option<u64>,
    pub(super) now: Timestamp,
}

impl<'a> Moved<'a> {
    fn on(user: &User, handles: &'a [Handle], password: Option<&'a PasswordHash>, now: Timestamp) -> Self {
        Self { user: user.id, epoch: user.epoch, handles, password, places: None, reclaims: None, now }
    }

    /// Whether the user keeps a handle.
    fn keeps(&self, handle: &Handle) -> bool {
        self.reclaims.is_none() || handle.takes_password()
    }

    /// What is set in the user's own item, and removed from it.
    fn user_changes(&self, proven: bool) -> String {
        let mut set = format!("SET epoch = :next, {BY}");
        if self.password.is_some() {
            // The epoch that began with the password: another each time, also within a second.
            set += ", password_epoch = :next";
        }
        if proven {
            set += ", email_proven = if_not_exists(email_proven, :now)";
        }
        if self.reclaims.is_some() {
            set += ", passkeys_since = :next REMOVE passkeys, phone, phone_since";
        }
        set
    }
}

/// Sets a password. What was tried before is forgotten: the tries' own attributes, whose names are not known here, by the time.
const FORGIVING: &str = "SET epoch = :next, password = :password, forgiven = :now";
const FORGIVEN: &str = "REMOVE rest_5, rest_10, tries, tries_since";

/// How often a user is looked at again who moved on meanwhile.
const LOOKS: u32 = 4;

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// The session that asked has ended, or its user has another password by now, or is gone.
    #[error("the session is dead")]
    Moved,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Ends every session of a user at once, and every reset link. `false`: the user is gone.
    ///
    /// A user who moves on in this moment may have kept a session, which need not be the asking one. So the next look ends that, too.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_all_sessions(&self, app: &AppId, user: &User, now: Timestamp) -> Result<bool, StoreError> {
        let ring = self.ring(now).await?;
        let mut user = user.clone();
        for _ in 0..LOOKS {
            let handles = user.handles();
            let moved = Moved::on(&user, &handles, None, now);
            let items =
                self.move_on(app, &moved, None, &ring).into_iter().map(update_item).collect::<Result<_, _>>()?;
            match self.transact(items).await {
                Ok(()) => return Ok(true),
                Err(Cancelled::Conditions(_)) => {}
                Err(Cancelled::Store(error)) => return Err(error),
            }
            let Some(found) = self.user(app, user.id).await? else { return Ok(false) };
            user = found;
        }
        let cause = "the user kept moving on".to_owned();
        Err(StoreError::Unavailable { operation: "TransactWriteItems", cause })
    }

    /// The user and the session as they are in one epoch. They were read at the same time, and a change that moves the user on and keeps the
    /// session writes both in one transaction, so one of the two reads can be from before it. A session that is read after its user and has
    /// an earlier epoch has ended: [`Session::check`] refuses it.
    ///
    /// A user who is read after the session and has the earlier epoch comes from a copy: an operator restored the item. [`Session::check`] refuses
    /// the session then, and its user signs in again.
    ///
    /// Nothing is read again if both are of one epoch.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(super) async fn reread_to_one_epoch(
        &self,
        app: &AppId,
        mut user: User,
        mut session: Session,
    ) -> Result<Result<(User, Session), InvalidToken>, StoreError> {
        for _ in 0..LOOKS {
            if session.epoch > user.epoch {
                let Some(found) = self.user(app, user.id).await? else { return Ok(Err(InvalidToken::NoUser)) };
                user = found;
            }
            if session.epoch >= user.epoch {
                return Ok(Ok((user, session)));
            }
            let Some(found) = self.session_again(app, user.id, &session.id).await? else {
                return Ok(Err(InvalidToken::SessionEnded));
            };
            if found.epoch < user.epoch {
                return Ok(Ok((user, found)));
            }
            session = found;
        }
        Err(StoreError::Unavailable { operation: "GetItem", cause: "the user kept moving on".to_owned() })
    }

    /// Sets another password for a user, on behalf of `session`, which alone stays: every other one, and every reset
    /// link, ends.
    ///
    /// # Errors
    /// [`NotChanged::Moved`] when the session has ended or the user has moved on or is gone.
    pub async fn change_password(
        &self,
        app: &AppId,
        user: &User,
        session: &SessionId,
        password: &PasswordHash,
        now: Timestamp,
    ) -> Result<(), NotChanged> {
        let (ring, handles) = (self.ring(now).await?, user.handles());
        let nonce = Nonce::draw(&self.random);
        let moved = Moved::on(user, &handles, Some(password), now);
        let keep = self
            .transact_update(&Key::session(app, user.id, session))
            .update_expression("SET epoch = :next, kept_by = :nonce, password_set = :now")
            .condition_expression("epoch = :epoch AND attribute_not_exists(revoked)")
            .expression_attribute_values(":epoch", number(user.epoch.0))
            .expression_attribute_values(":next", number(user.epoch.next().0))
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":now", time(now));
        let parts = std::iter::once(keep).chain(self.move_on(app, &moved, None, &ring));
        match self.transact(parts.map(update_item).collect::<Result<_, _>>()?).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Store(error)) => Err(error.into()),
            Err(Cancelled::Conditions(found)) => match found.first() {
                // Our own work: its answer got lost, and this was a repetition.
                Some(Some(FailedCondition(Some(session)))) if nonce.marks(session, "kept_by") => Ok(()),
                _ => Err(NotChanged::Moved),
            },
        }
    }

    /// The parts of a transaction that move a user on: the user and every identity. `proven`: a link that was mailed
    /// brought them here, which proves the address (and when).
    pub(super) fn move_on(
        &self,
        app: &AppId,
        moved: &Moved<'_>,
        proven: Option<Timestamp>,
        ring: &KeyRing,
    ) -> Vec<UpdateBuilder> {
        let to_next = |update: UpdateBuilder| {
            update
                .expression_attribute_values(":epoch", number(moved.epoch.0))
                .expression_attribute_values(":next", number(moved.epoch.next().0))
        };
        let user = self.moved_user(app, moved, proven);
        let identities = moved.handles.iter().map(|handle| {
            let identity = self
                .transact_update(&Key::identity(app, handle, ring))
                .condition_expression("#user = :user AND epoch = :epoch")
                .expression_attribute_names("#user", "user")
                .expression_attribute_values(":user", text(moved.user.to_string()));
            if !moved.keeps(handle) {
                // A handle that was given up, which anybody may take.
                return identity
                    .update_expression("SET epoch = :next, reserved_until = :now")
                    .expression_attribute_values(":now", time(moved.now));
            }
            let Some(password) = moved.password.filter(|_| handle.takes_password()) else {
                return identity.update_expression("SET epoch = :next");
            };
            let (mut set, mut remove) = (FORGIVING.to_owned(), FORGIVEN.to_owned());
            let mut identity = identity
                .expression_attribute_values(":now", time(moved.now))
                .expression_attribute_values(":password", text(password.as_phc()));
            if let Some(places) = moved.places {
                set += ", places = :places";
                identity = identity.expression_attribute_values(":places", write_places(places));
            }
            if moved.reclaims.is_some() {
                let is_other = |other: &&Handle| moved.keeps(other) && other.kind() != handle.kind();
                let others: Vec<_> = moved.handles.iter().filter(is_other).cloned().collect();
                identity = identity.expression_attribute_names("#others", "others");
                match write_handles(&others) {
                    None => remove += ", #others",
                    Some(others) => {
                        set += ", #others = :others";
                        identity = identity.expression_attribute_values(":others", others);
                    }
                }
            }
            identity.update_expression(format!("{set} {remove}"))
        });
        std::iter::once(user).chain(identities).map(to_next).collect()
    }

    /// The part of such a transaction that changes the user's own item.
    fn moved_user(&self, app: &AppId, moved: &Moved<'_>, proven: Option<Timestamp>) -> UpdateBuilder {
        let user = self.transact_update(&Key::user(app, moved.user));
        let user = match moved.reclaims {
            None => user.condition_expression("epoch = :epoch"),
            Some(made) => user
                .condition_expression(format!("epoch = :epoch AND {UNPROVEN} AND {UNCHANGED}"))
                .expression_attribute_values(":made", number(made)),
        };
        let user = self.transact_signed(user.update_expression(moved.user_changes(proven.is_some())));
        match proven {
            None => user,
            Some(now) => user.expression_attribute_values(":now", time(now)),
        }
    }
}
