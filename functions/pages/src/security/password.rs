//! Set another password, by the verbs of the Browser API's account.

use runtime::{Gate, Moment, Pass};
use shared::service::account::PasswordNotSet;
use shared::service::confirmation::{NotConfirmed, Owner};
use shared::store::StoreError;
use shared::user::identity::Handle;
use shared::user::new_password::{NewPassword, NotANewPassword};
use shared::user::password::{CanonicalPassword, Verdict};
use web::PageError;

use super::page::PasswordProblem;

/// What was typed.
#[derive(Debug)]
pub(super) struct Passwords {
    pub(super) current: CanonicalPassword,
    pub(super) new: Result<NewPassword, NotANewPassword>,
}

/// Why the password stays.
#[derive(Debug)]
pub(super) enum NotSet {
    /// The page says why.
    PasswordProblem(PasswordProblem),
    /// Somebody moved the user on in this moment, or ended this session.
    Ended,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for NotSet {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotConfirmed> for NotSet {
    fn from(error: NotConfirmed) -> Self {
        match error {
            NotConfirmed::Missing | NotConfirmed::Wrong(_) => Self::PasswordProblem(PasswordProblem::Wrong),
            NotConfirmed::Resting(_) => Self::PasswordProblem(PasswordProblem::Resting),
            NotConfirmed::Store(error) => error.into(),
        }
    }
}

impl From<PasswordNotSet> for NotSet {
    fn from(error: PasswordNotSet) -> Self {
        match error {
            PasswordNotSet::NoHandle | PasswordNotSet::Moved => Self::Ended,
            PasswordNotSet::Store(error) => error.into(),
        }
    }
}

impl From<NotANewPassword> for PasswordProblem {
    fn from(error: NotANewPassword) -> Self {
        match error {
            NotANewPassword::TooShort => Self::TooShort,
            NotANewPassword::TooLong => Self::TooLong,
        }
    }
}

impl Passwords {
    /// Sets the new password if the current one is right; `None`: the user has none, and signed in a moment ago. The session of this browser
    /// stays, all others end, and the user is told.
    pub(super) async fn set(
        &self,
        at: &Moment,
        owner: Owner<'_>,
        current: Option<&CanonicalPassword>,
        gate: Gate<'_>,
    ) -> Result<(Pass, Result<(), NotSet>), PageError> {
        let new = match self.acceptable(at, owner).await {
            Ok(new) => new,
            Err(problem) => return Ok((gate.pass().await?, Err(NotSet::PasswordProblem(problem)))),
        };
        let confirming = match at.begin_confirmation(owner, current).await {
            Ok(confirming) => confirming,
            Err(error) => return Ok((gate.pass().await?, Err(error.into()))),
        };
        let pass = gate.pass().await?;
        let set = match at.confirm(confirming).await {
            Ok(confirmed) => at.change_password(owner, &confirmed, new).await.map_err(NotSet::from),
            Err(error) => Err(error.into()),
        };
        Ok((pass, unless_set(at, owner, new, set).await))
    }

    /// The new password, if it is one to take. It is looked at first: somebody who looks for one does not use up tries of the current.
    async fn acceptable(&self, at: &Moment, owner: Owner<'_>) -> Result<&NewPassword, PasswordProblem> {
        let new = self.new.as_ref().map_err(|error| PasswordProblem::from(*error))?;
        if at.is_breached(&owner.app.id, new).await { Err(PasswordProblem::Breached) } else { Ok(new) }
    }
}

/// A form that was sent twice: the first has done what both ask for. A guess of the password here has spent a try.
async fn unless_set(at: &Moment, owner: Owner<'_>, new: &NewPassword, set: Result<(), NotSet>) -> Result<(), NotSet> {
    if !matches!(set, Err(NotSet::Ended | NotSet::PasswordProblem(PasswordProblem::Wrong))) {
        return set;
    }
    let Some(handle) = owner.user.handles().into_iter().find(Handle::takes_password) else { return set };
    let identity = at.store.identity(&owner.app.id, &handle, at.now).await?;
    let stored = identity.and_then(|identity| identity.password);
    match at.hasher().verify(&new.canonical(), stored.as_ref()) {
        Verdict::Right | Verdict::RightButStale => Ok(()),
        Verdict::NeedsPlain | Verdict::Wrong => set,
    }
}
