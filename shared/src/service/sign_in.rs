//! A person signs in with a password.

use crate::clock::Seconds;
use crate::id::AppId;
use crate::service::Moment;
use crate::session::Opening;
use crate::store::StoreError;
use crate::user::identity::{Identity, Login};
use crate::user::lockout::Brake;
use crate::user::password::{CanonicalPassword, PasswordHash, Verdict};

/// A login and the password that was given for it.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// What they call themselves.
    pub login: &'a Login,
    /// The password that they gave.
    pub password: &'a CanonicalPassword,
    /// Wrong passwords that the dialect allows in five minutes.
    pub free_failures: u32,
}

/// Somebody whose password was right.
#[derive(Debug)]
pub struct Recognised<'a> {
    /// Who.
    pub identity: &'a Identity,
    attempt: Attempt<'a>,
    /// The hash that today's should replace.
    stale: Option<&'a PasswordHash>,
}

/// Why nobody was recognised.
#[derive(Debug, thiserror::Error)]
pub enum NotRecognised {
    /// Nobody has the handle, or the password is wrong: nobody is told which.
    #[error("unknown handle or wrong password")]
    Wrong,
    /// There were too many wrong passwords for the handle, whether or not an account exists for it.
    #[error("the handle rests for {0} s")]
    Resting(Seconds),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Moment {
    /// The account that a login names, if there is one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn identity_of(&self, app: &AppId, login: &Login) -> Result<Option<Identity>, StoreError> {
        self.store.identity_of(app, login, self.now).await
    }

    /// Compares the password with that of the account that the login names. Wrong ones are counted.
    ///
    /// The work is the same whether the login is unknown, resting or wrong: hash, then count.
    ///
    /// # Errors
    /// [`NotRecognised`]
    pub async fn recognise<'a>(
        &self,
        attempt: Attempt<'a>,
        identity: Option<&'a Identity>,
    ) -> Result<Recognised<'a>, NotRecognised> {
        let stored = identity.and_then(|identity| identity.password.as_ref());
        let stale = match self.hasher().verify(attempt.password, stored) {
            Verdict::Right => None,
            Verdict::RightButStale => stored,
            Verdict::Wrong => return Err(self.refuse(attempt, identity.is_some()).await?),
        };
        match identity {
            // Somebody who was shut out is told what a wrong password is told, at the same price.
            Some(identity)
                if !identity.disabled && identity.failures.brake(attempt.free_failures, self.now) == Brake::Open =>
            {
                Ok(Recognised { identity, attempt, stale })
            }
            known => Err(self.refuse(attempt, known.is_some()).await?),
        }
    }

    /// Opens the session, and beside it puts right what a success puts right: failures are forgotten, an outdated hash is
    /// replaced.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn let_in(&self, recognised: &Recognised<'_>, opening: &Opening) -> Result<(), StoreError> {
        let app = recognised.attempt.app;
        tokio::try_join!(self.store.open_session(app, opening), self.tidy(recognised)).map(drop)
    }

    async fn tidy(&self, recognised: &Recognised<'_>) -> Result<(), StoreError> {
        let Recognised { identity, attempt, stale } = recognised;
        let Some(handle) = attempt.login.handle() else { return Ok(()) };
        if !identity.failures.is_clear() {
            self.store.clear_failures(attempt.app, handle, self.now).await?;
        }
        if let Some(old) = stale {
            let fresh = self.hash(attempt.password);
            self.store.replace_hash(attempt.app, handle, old, &fresh, self.now).await?;
        }
        Ok(())
    }

    /// Counts a sign-in that will not be let in, and says why.
    async fn refuse(&self, attempt: Attempt<'_>, known: bool) -> Result<NotRecognised, StoreError> {
        let Attempt { app, login, free_failures, .. } = attempt;
        let brake = self.store.note_failure(app, login, known, free_failures, self.now).await?;
        Ok(match brake {
            Brake::Open => NotRecognised::Wrong,
            Brake::Resting(wait) => NotRecognised::Resting(wait),
        })
    }
}
