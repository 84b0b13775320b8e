//! Users who are moved here from another product: `number_of`, `import`, `import_standing`.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;

use crate::clock::Timestamp;
use crate::factor::sealed::SealedTotp;
use crate::id::{AppId, ClientId, UserId};
use crate::store::arriving::Unfit;
use crate::store::authors::AUTHOR;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::identities::write_identity;
use crate::store::item::{Attributes, Reader, bytes, text};
use crate::store::keys::Key;
use crate::store::users::{identities, write_user};
use crate::user::User;
use crate::user::identity::Handle;
use crate::user::password::PasswordHash;
use crate::webhook::endpoint::MOST;

/// A user of another product, as they are to be here.
#[derive(Debug)]
pub struct Import {
    /// The user, with the number that [`Store::number_of`] gives.
    pub user: User,
    /// The id that the other product knows the user by.
    pub origin: String,
    /// What goes with every handle that takes a password.
    pub password: Option<PasswordHash>,
    /// The secret of the user's authenticator app.
    pub totp: Option<SealedTotp>,
    /// The mark of this import. An import that is tried again after a lost answer knows its own work by it.
    pub nonce: Nonce,
}

/// A user who is written with an item that has everything.
pub(super) struct Arrival<'a> {
    pub(super) user: &'a User,
    pub(super) item: Attributes,
    pub(super) password: Option<&'a PasswordHash>,
    pub(super) origin: &'a str,
    /// Who writes them.
    pub(super) mark: AttributeValue,
}

/// Where a user who should be here is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// This import brought them, in this try or in one before whose answer got lost.
    Now,
    /// They were here before: an earlier run brought them. Nothing of them is changed.
    Before,
}

/// Why a user, a client or an endpoint of webhooks is not moved here.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    /// This handle belongs to somebody else in this app.
    #[error("the {} belongs to somebody else in this app", .0.kind())]
    HandleTaken(Handle),
    /// The number that the user would get belongs to somebody else: a chance of one in 10^9 at ten million users.
    #[error("the number {0} belongs to somebody else in this app")]
    NumberTaken(UserId),
    /// The id of the client is that of another app's client in this deployment, or of a client that was deleted in it.
    #[error("the client {0} belongs to another app, or was deleted here")]
    ClientTaken(ClientId),
    /// The app has as many endpoints of webhooks as an app may have.
    #[error("an app has at most {MOST} endpoints of webhooks: remove one")]
    TooManyEndpoints,
    /// What an export has of them cannot be written.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotImported {
    /// Whether the same import may succeed in a moment.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }

    /// Whether the next import would meet the same, so that a run ends here. Others are of this one alone.
    #[must_use]
    pub fn ends_the_run(&self) -> bool {
        matches!(self, Self::Store(error) if !error.concerns_the_item())
    }
}

impl Store {
    /// The number of the user whom another product knows by `origin`. It is the same each time, so that a user who was moved
    /// here is known again, whatever their handles are by then.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn number_of(&self, app: &AppId, origin: &str, now: Timestamp) -> Result<UserId, StoreError> {
        let derived = self.ring(now).await?.derive("origin", app, &[origin.as_bytes()]);
        Ok(UserId::derived(std::array::from_fn(|at| derived[at])))
    }

    /// Writes a user with all their identities, or nothing of them.
    ///
    /// # Errors
    /// [`NotImported`]
    pub async fn import(&self, app: &AppId, import: &Import, now: Timestamp) -> Result<Imported, NotImported> {
        let Import { user, origin, password, totp, nonce } = import;
        let user = &User { second_factor: totp.is_some(), ..user.clone() };
        let item = write_user(app, user, None)
            .with("origin", text(origin))
            .maybe("totp", totp.as_ref().map(|totp| bytes(totp.as_bytes())))
            .done();
        let mark = self.mark_numbered(nonce.as_str());
        self.write_arrival(app, Arrival { user, item, password: password.as_ref(), origin, mark }, now).await
    }

    /// The same of a user whose item is made already.
    pub(super) async fn write_arrival(
        &self,
        app: &AppId,
        arrival: Arrival<'_>,
        now: Timestamp,
    ) -> Result<Imported, NotImported> {
        let Arrival { user, item: mut itself, password, origin, mark } = arrival;
        itself.insert(AUTHOR.to_owned(), mark.clone());
        let ring = self.ring(now).await?;
        let handles = identities(user, password, None);
        let identities = handles
            .iter()
            .map(|(handle, identity)| write_identity(&Key::identity(app, handle, &ring), identity).done());
        let items = std::iter::once(self.put_unless_taken(itself))
            .chain(identities.map(|item| self.put_unless_owned(item, now)))
            .collect::<Result<_, _>>()?;
        let found = match self.transact(items).await {
            Ok(()) => return Ok(Imported::Now),
            Err(Cancelled::Store(error)) => return Err(error.into()),
            Err(Cancelled::Conditions(found)) => found,
        };
        let mut found = found.into_iter();
        if let Some(Some(FailedCondition(found))) = found.next() {
            return match found {
                // Our own work: the answer to the try before got lost.
                Some(found) if found.get(AUTHOR) == Some(&mark) => Ok(Imported::Now),
                Some(found) if is_from(&found, origin) => Ok(Imported::Before),
                _ => Err(NotImported::NumberTaken(user.id)),
            };
        }
        let taken = handles.into_iter().zip(found).find(|(_, found)| found.is_some());
        Err(taken.map_or(NotImported::NumberTaken(user.id), |((handle, _), _)| NotImported::HandleTaken(handle)))
    }

    /// What [`Store::import`] would say. Nothing is written.
    ///
    /// # Errors
    /// [`NotImported`]
    pub async fn import_standing(&self, app: &AppId, import: &Import, now: Timestamp) -> Result<Imported, NotImported> {
        let Import { user, origin, .. } = import;
        if let Some(found) = self.get(&Key::user(app, user.id)).await? {
            return if is_from(&found, origin) { Ok(Imported::Before) } else { Err(NotImported::NumberTaken(user.id)) };
        }
        let handles = user.handles();
        let owners = try_join_all(handles.iter().map(|handle| self.identity(app, handle, now))).await?;
        match handles.into_iter().zip(owners).find(|(_, owner)| owner.is_some()) {
            Some((handle, _)) => Err(NotImported::HandleTaken(handle)),
            None => Ok(Imported::Now),
        }
    }
}

fn is_from(user: &Attributes, origin: &str) -> bool {
    Reader::new("user", user).maybe_text("origin").is_ok_and(|found| found == Some(origin))
}
