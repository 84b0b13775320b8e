//! A user confirms who they are by a recent sign-in or by the password. A stolen session is then not enough to take the account.

use crate::app::App;
use crate::clock::Seconds;
use crate::language::Language;
use crate::service::Moment;
use crate::service::sign_in::{Attempt, NotRecognised, WrongLogin};
use crate::session::Session;
use crate::session::device::Device;
use crate::session::recent::RecentSignIn;
use crate::store::{ReservedTry, StoreError};
use crate::user::User;
use crate::user::identity::{Handle, Login};
use crate::user::lockout::{Brake, FREE_FAILURES};
use crate::user::password::{CanonicalPassword, Verdict};

/// How long a change of the password is taken for done when it is asked for again.
const RETRIED: Seconds = Seconds::minutes(10);

/// The owner of an account, who is signed in.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// In which app.
    pub app: &'a App,
    /// Who, as the store has them.
    pub user: &'a User,
    /// The session that they ask with.
    pub session: &'a Session,
    /// Where they ask, and with what.
    pub device: &'a Device,
    /// The language to write to them in.
    pub language: Language,
}

/// A confirmation whose password, if one was given, is counted as a try and not yet compared.
#[derive(Debug)]
pub struct Confirming<'a> {
    owner: Owner<'a>,
    shown: Shown<'a>,
}

#[derive(Debug)]
enum Shown<'a> {
    SignIn,
    Password { login: Login, password: &'a CanonicalPassword, reserved: Box<ReservedTry> },
}

/// Somebody who is signed in has confirmed who they are. An operation that wants this takes it as an argument.
#[derive(Debug)]
pub struct Confirmed(());

/// Why nothing was confirmed.
#[derive(Debug, thiserror::Error)]
pub enum NotConfirmed {
    /// The sign-in was too long ago and no password was given, or the user has none.
    #[error("neither a recent sign-in nor a password was shown")]
    Missing,
    /// The password is another one.
    #[error(transparent)]
    Wrong(WrongLogin),
    /// There were too many tries.
    #[error("the account rests for {0} s")]
    Resting(Seconds),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotRecognised> for NotConfirmed {
    fn from(error: NotRecognised) -> Self {
        match error {
            NotRecognised::Wrong(why) => Self::Wrong(why),
            NotRecognised::Resting(wait) => Self::Resting(wait),
            NotRecognised::Store(error) => Self::Store(error),
        }
    }
}

impl Moment {
    /// Looks whether the sign-in is recent, or counts the password as a try. A password that is given is compared later, however
    /// recent the sign-in is: a user who mistypes it should see the error.
    ///
    /// # Errors
    /// [`NotConfirmed`]
    pub async fn begin_confirmation<'a>(
        &self,
        owner: Owner<'a>,
        password: Option<&'a CanonicalPassword>,
    ) -> Result<Confirming<'a>, NotConfirmed> {
        let Some(password) = password else {
            RecentSignIn::of(owner.session, self.now).ok_or(NotConfirmed::Missing)?;
            return Ok(Confirming { owner, shown: Shown::SignIn });
        };
        // All handles that take a password have the same one.
        let handle = owner.user.handles().into_iter().find(Handle::takes_password).ok_or(NotConfirmed::Missing)?;
        let login = Login::Handle(handle);
        let reserved = Box::new(self.reserve(&attempt(owner, &login, password)).await?);
        Ok(Confirming { owner, shown: Shown::Password { login, password, reserved } })
    }

    /// Whether `session` set this very password a moment ago: then this is the retry of a request whose answer got lost, and the
    /// password that it gives as the present one is the former. Its try is withdrawn. A session that set no password cannot look for one so.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn was_just_set(
        &self,
        attempt: &Attempt<'_>,
        reserved: &ReservedTry,
        session: &Session,
        new: &CanonicalPassword,
    ) -> Result<bool, StoreError> {
        let is_recent = session.password_set.is_some_and(|set| self.now < set.plus(RETRIED));
        let stored = reserved.identity.as_ref().and_then(|identity| identity.password.as_ref());
        if !is_recent || reserved.brake != Brake::Open || stored.is_none() {
            return Ok(false);
        }
        let is_it = matches!(self.hasher().verify(new, stored), Verdict::Right | Verdict::RightButStale);
        if is_it {
            self.store.withdraw_try(&self.try_of(attempt)).await?;
        }
        Ok(is_it)
    }

    /// Compares the password, where one was given.
    ///
    /// # Errors
    /// [`NotConfirmed`]
    pub async fn confirm(&self, confirming: Confirming<'_>) -> Result<Confirmed, NotConfirmed> {
        let Confirming { owner, shown } = confirming;
        let Shown::Password { login, password, reserved } = shown else { return Ok(Confirmed(())) };
        let attempt = attempt(owner, &login, password);
        let recognised = self.recognise(attempt, *reserved).await?;
        let tried = self.try_of(&attempt);
        tokio::try_join!(
            self.store.note_success(&tried, &recognised.identity),
            // It opens no session, which would tell that it was right.
            self.store.withdraw_try(&tried),
        )?;
        Ok(Confirmed(()))
    }
}

impl<'a> Confirming<'a> {
    /// The password that was given, as a try.
    pub(super) fn attempt(&self) -> Option<(Owner<'a>, Attempt<'_>, &ReservedTry)> {
        let Shown::Password { login, password, reserved } = &self.shown else { return None };
        Some((self.owner, attempt(self.owner, login, password), reserved.as_ref()))
    }
}

fn attempt<'a>(owner: Owner<'a>, login: &'a Login, password: &'a CanonicalPassword) -> Attempt<'a> {
    let Owner { app, device, .. } = owner;
    Attempt { app: &app.id, login, password, source: device.address(), free_failures: FREE_FAILURES }
}
