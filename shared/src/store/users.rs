//! Users: `register`, `withdraw_registration`, `user`.

use aws_sdk_dynamodb::types::builders::DeleteBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use crate::clock::Timestamp;
use crate::code::email::EmailChallenge;
use crate::id::{AppId, Epoch, SessionId, UserId};
use crate::session::Opening;
use crate::store::apps::build;
use crate::store::authors::AUTHOR;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store};
use crate::store::email_challenges::write_challenge;
use crate::store::error::StoreError;
use crate::store::identities::{FREE, write_identity};
use crate::store::item::{Attributes, Writer, key as key_of, number, text, time};
use crate::store::keys::{Key, Table, USERS_OF};
use crate::store::roles::write_roles;
use crate::store::user_item::read_user;
use crate::token::ring::KeyRing;
use crate::user::User;
use crate::user::identity::{Handle, Identity};
use crate::user::lockout::{Place, Tries};
use crate::user::password::PasswordHash;

/// A user who does not exist yet, with all that makes one.
#[derive(Debug)]
pub struct Registration {
    /// The user, whose handles become identities.
    pub user: User,
    /// What goes with every handle that takes a password.
    pub password: Option<PasswordHash>,
    /// The mail that asks whether the address is the user's.
    pub challenge: Option<EmailChallenge>,
    /// The first session.
    pub opening: Option<Opening>,
    /// The address of the client that registers: the first place that the user is known to sign in from.
    pub source: String,
}

/// What one request registers, as what undoes it names it.
#[derive(Clone, Debug)]
pub struct Registered {
    /// In which app.
    pub app: AppId,
    /// The user.
    pub user: UserId,
    /// The user's epoch.
    pub epoch: Epoch,
    /// The user's handles.
    pub handles: Vec<Handle>,
    /// The first session, if one is opened.
    pub session: Option<SessionId>,
    /// What the identities know the request by.
    pub nonce: Nonce,
}

/// Nothing was made for a user since it was counted. What makes a grant, a memento or a passkey counts it in the user's item, so
/// none is left over of a user who is deleted in the same moment.
pub(super) const UNCHANGED: &str = "(attribute_not_exists(made) OR made = :made)";

/// Why nobody was registered.
#[derive(Debug, thiserror::Error)]
pub enum NotRegistered {
    /// This handle belongs to somebody in this app; it is the first of the user's of which that is so.
    #[error("the handle is taken")]
    HandleTaken(Handle),
    /// The store failed, or the drawn number belongs to somebody: a chance of one in 10^9 at ten million users,
    /// which asking again puts right.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Writes identities, user and first session, or nothing of them.
    ///
    /// # Errors
    /// [`NotRegistered::HandleTaken`] when somebody was first.
    pub async fn register(
        &self,
        app: &AppId,
        registration: &Registration,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), NotRegistered> {
        let items = self.registration(app, registration, nonce, &*self.ring(now).await?, now)?;
        let found = match self.transact(items).await {
            Ok(()) => return Ok(()),
            Err(Cancelled::Store(error)) => return Err(error.into()),
            Err(Cancelled::Conditions(found)) => found,
        };
        for (handle, found) in registration.user.handles().into_iter().zip(found) {
            match found {
                // Our own work: its answer got lost, and this was a repetition.
                Some(FailedCondition(Some(item))) if nonce.marks(&item, "nonce") => {
                    return Ok(());
                }
                Some(_) => return Err(NotRegistered::HandleTaken(handle)),
                None => {}
            }
        }
        Err(StoreError::user_id_taken().into())
    }

    /// Takes back an account of which nobody was told, because the request was not answered with success. Not one that has been
    /// used since, and not one of another request.
    ///
    /// # Errors
    /// [`StoreError`]: the account stays, and its owner can sign in.
    pub async fn withdraw_registration(&self, registered: &Registered, now: Timestamp) -> Result<(), StoreError> {
        let Registered { app, user, epoch, handles, session, nonce } = registered;
        let ring = self.ring(now).await?;
        let identities = handles.iter().map(|handle| {
            self.delete(&Key::identity(app, handle, &ring))
                .condition_expression("nonce = :nonce")
                .expression_attribute_values(":nonce", text(nonce.as_str()))
        });
        let unused = "epoch = :epoch AND attribute_not_exists(made) AND attribute_not_exists(email_proven)";
        let user_item = self
            .delete(&Key::user(app, *user))
            .condition_expression(unused)
            .expression_attribute_values(":epoch", number(epoch.0));
        let session = session.iter().map(|session| self.delete(&Key::session(app, *user, session)));
        let items = identities.chain([user_item]).chain(session).map(delete_item).collect::<Result<_, _>>()?;
        match self.transact(items).await {
            // It was not carried out, or is in use, or this is a repetition.
            Ok(()) | Err(Cancelled::Conditions(_)) => Ok(()),
            Err(Cancelled::Store(error)) => Err(error),
        }
    }

    /// Identities, user and first session, as parts of a transaction, in that order.
    pub(super) fn registration(
        &self,
        app: &AppId,
        registration: &Registration,
        nonce: &Nonce,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let Registration { user, password, challenge, opening, source } = registration;
        let place = Some(Place::of(source, app, ring)).filter(Place::is_known);
        let identities = identities(user, password.as_ref(), place.as_ref()).into_iter().map(|(handle, identity)| {
            let key = Key::identity(app, &handle, ring);
            self.put_unless_owned(write_identity(&key, &identity).with("nonce", text(nonce.as_str())).done(), now)
        });
        let user = write_user(app, user, challenge.as_ref()).with(AUTHOR, self.mark());
        let user = self.put_unless_taken(user.done());
        let session = opening.iter().map(|opening| self.put_session(app, opening));
        identities.chain([user]).chain(session).collect()
    }

    /// Writes an item where there is none, as a part of a transaction that says what it found.
    pub(super) fn put_unless_taken(&self, item: Attributes) -> Result<TransactWriteItem, StoreError> {
        let put = self
            .put(item, Table::Core)
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(build(put)?).build())
    }

    /// Writes an identity that nobody has, as a part of a transaction that says what it found.
    pub(super) fn put_unless_owned(&self, item: Attributes, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let put = self
            .put(item, Table::Core)
            .condition_expression(FREE)
            .expression_attribute_values(":now", time(now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(build(put)?).build())
    }

    /// The user of that number.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn user(&self, app: &AppId, id: UserId) -> Result<Option<User>, StoreError> {
        let item = self.get(&Key::user(app, id)).await?;
        item.map(|attributes| read_user(id, &attributes)).transpose()
    }

    pub(super) fn delete(&self, key: &Key) -> DeleteBuilder {
        Delete::builder().table_name(self.table(key.table)).set_key(Some(key_of(key)))
    }
}

/// A deletion as a part of a transaction.
pub(super) fn delete_item(delete: DeleteBuilder) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder().delete(build_delete(delete)?).build())
}

pub(super) fn build_delete(delete: DeleteBuilder) -> Result<Delete, StoreError> {
    delete.build().map_err(|_| StoreError::Corrupt { entity: "transaction", attribute: "delete" })
}

/// An identity for each of the user's handles.
pub(super) fn identities(
    user: &User,
    password: Option<&PasswordHash>,
    place: Option<&Place>,
) -> Vec<(Handle, Identity)> {
    let handles = user.handles();
    let identity = |handle: &Handle| Identity {
        user: user.id,
        epoch: user.epoch,
        password: password.filter(|_| handle.takes_password()).cloned(),
        tries: Tries { places: place.into_iter().cloned().collect(), ..Tries::default() },
        created: user.created,
        others: handles.iter().filter(|other| *other != handle).cloned().collect(),
        proven: user.email_proof.is_proven(),
        disabled: user.disabled,
        second_factor: user.second_factor,
    };
    handles.iter().map(|handle| (handle.clone(), identity(handle))).collect()
}

pub(super) fn write_user(app: &AppId, user: &User, challenge: Option<&EmailChallenge>) -> Writer {
    let name = Some(user.name.as_str()).filter(|name| !name.is_empty());
    let item = Writer::at(&Key::user(app, user.id))
        .with("epoch", number(user.epoch.0))
        .with("created", time(user.created))
        .with(USERS_OF, text(app.as_str()))
        .maybe("disabled", user.disabled.then_some(AttributeValue::Bool(true)))
        .maybe("email_proven", user.email_proof.is_proven().then(|| time(user.created)))
        .maybe("name", name.map(text))
        .maybe("locale", user.locale.map(|locale| text(locale.tag())))
        .maybe("profile_since", (user.profile_since != user.created).then(|| time(user.profile_since)))
        .maybe("username", user.username.as_ref().map(|username| text(username.as_typed())))
        .maybe("email", user.email.as_ref().map(|email| text(email.as_str())))
        .maybe("phone", user.phone.as_ref().map(|phone| text(phone.as_e164())))
        .maybe("roles", write_roles(&user.roles));
    challenge.into_iter().flat_map(write_challenge).fold(item, |item, (name, value)| item.with(name, value))
}
