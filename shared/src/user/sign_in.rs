//! Sign-in by password: one order of work for every dialect, so that none tells who is registered.

use crate::clock::{Seconds, Timestamp};
use crate::id::AppId;
use crate::random::Random;
use crate::session::Opening;
use crate::store::{Store, StoreError};
use crate::user::identity::{Identity, Login};
use crate::user::lockout::Brake;
use crate::user::password::{CanonicalPassword, Hasher, PasswordHash, Verdict};

/// Somebody who says who they are.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// Where it is looked up and counted.
    pub store: &'a Store,
    /// What compares.
    pub hasher: &'a Hasher,
    /// For a hash that is made anew.
    pub random: &'a Random,
    /// In which app.
    pub app: &'a AppId,
    /// What they call themselves.
    pub login: &'a Login,
    /// The password that they gave.
    pub password: &'a CanonicalPassword,
    /// Wrong passwords that the dialect allows in five minutes.
    pub free_failures: u32,
    /// When.
    pub now: Timestamp,
}

/// Somebody whose password was right.
#[derive(Debug)]
pub struct Recognised<'a> {
    /// Who.
    pub identity: &'a Identity,
    /// The hash that today's should replace.
    stale: Option<&'a PasswordHash>,
}

/// Why nobody was recognised.
#[derive(Debug, thiserror::Error)]
pub enum NotRecognised {
    /// Nobody has the handle, or the password is wrong: nobody is told which.
    #[error("unknown handle or wrong password")]
    Wrong,
    /// There were too many wrong passwords for the handle, had by somebody or not.
    #[error("the handle rests for {0} s")]
    Resting(Seconds),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignIn<'_> {
    /// Whose the login is, if the password is right. Wrong ones are counted.
    ///
    /// The work is the same whether the login is unknown, resting or wrong: hash, then count.
    ///
    /// # Errors
    /// [`NotRecognised`]
    pub async fn recognise<'a>(&self, identity: Option<&'a Identity>) -> Result<Recognised<'a>, NotRecognised> {
        let stored = identity.and_then(|identity| identity.password.as_ref());
        let stale = match self.hasher.verify(self.password, stored) {
            Verdict::Right => None,
            Verdict::RightButStale => stored,
            Verdict::Wrong => return Err(self.refuse(identity.is_some()).await?),
        };
        match identity {
            Some(identity) if identity.failures.brake(self.free_failures, self.now) == Brake::Open => {
                Ok(Recognised { identity, stale })
            }
            known => Err(self.refuse(known.is_some()).await?),
        }
    }

    /// Opens the session, and puts right beside it what a success puts right: failures are forgotten, an old hash is
    /// made anew.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn open(&self, recognised: &Recognised<'_>, opening: &Opening) -> Result<(), StoreError> {
        tokio::try_join!(self.store.open_session(self.app, opening), self.tidy(recognised)).map(drop)
    }

    async fn tidy(&self, recognised: &Recognised<'_>) -> Result<(), StoreError> {
        let Some(handle) = self.login.handle() else { return Ok(()) };
        if !recognised.identity.failures.is_clear() {
            self.store.clear_failures(self.app, handle, self.now).await?;
        }
        if let Some(old) = recognised.stale {
            let fresh = self.hasher.hash(self.password, self.random);
            self.store.replace_hash(self.app, handle, old, &fresh, self.now).await?;
        }
        Ok(())
    }

    /// Counts a sign-in that will not be let in, and says why.
    async fn refuse(&self, known: bool) -> Result<NotRecognised, StoreError> {
        let brake = self.store.note_failure(self.app, self.login, known, self.free_failures, self.now).await?;
        Ok(match brake {
            Brake::Open => NotRecognised::Wrong,
            Brake::Resting(wait) => NotRecognised::Resting(wait),
        })
    }
}
