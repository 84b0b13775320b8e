//! Set another password.

use runtime::Moment;
use shared::notify::letter::Event;
use shared::service::sign_in::{Attempt, NotRecognised};
use shared::service::tell::News;
use shared::store::{NotChanged, PasswordTry, ReservedTry, StoreError};
use shared::user::identity::Login;
use shared::user::lockout::FREE_FAILURES;
use shared::user::new_password::{NewPassword, NotANewPassword};
use shared::user::password::{CanonicalPassword, PasswordHash, Verdict};

use super::page::Problem;
use crate::reader::{Person, Reader};

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
    Problem(Problem),
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

impl From<NotANewPassword> for Problem {
    fn from(error: NotANewPassword) -> Self {
        match error {
            NotANewPassword::TooShort => Self::TooShort,
            NotANewPassword::TooLong => Self::TooLong,
        }
    }
}

impl Passwords {
    /// What is tried before anything is written.
    pub(super) fn attempt<'a>(&'a self, reader: &'a Reader, login: &'a Login) -> Attempt<'a> {
        let source = reader.device.address();
        Attempt { app: &reader.app.id, login, password: &self.current, source, free_failures: FREE_FAILURES }
    }

    /// Sets the new password if the current one is right. The session of this browser stays, all others end, and the user is told.
    pub(super) async fn set(
        &self,
        at: &Moment,
        reader: &Reader,
        person: &Person,
        login: &Login,
        reserved: ReservedTry,
    ) -> Result<(), NotSet> {
        let app = &reader.app;
        let stored = reserved.identity.as_ref().and_then(|identity| identity.password.clone());
        let recognised = match at.recognise(self.attempt(reader, login), reserved).await {
            Ok(recognised) => recognised,
            // The form was sent twice: the first has done what both ask for. A guess of the password here has spent a try.
            Err(NotRecognised::Wrong(_)) if self.is_set(at, stored.as_ref()) => return Ok(()),
            Err(NotRecognised::Wrong(_)) => return Err(NotSet::Problem(Problem::Wrong)),
            Err(NotRecognised::Resting(_)) => return Err(NotSet::Problem(Problem::Resting)),
            Err(NotRecognised::Store(error)) => return Err(error.into()),
        };
        let problem = match &self.new {
            Err(error) => Some((*error).into()),
            Ok(new) => at.is_breached(&app.id, new).await.then_some(Problem::Breached),
        };
        let (Ok(new), None) = (&self.new, problem) else {
            // The current password was right: somebody who looks for an acceptable new one does not guess.
            let source = reader.device.address();
            let tried = PasswordTry { app: &app.id, login, source, cap: FREE_FAILURES, now: at.now };
            tokio::try_join!(
                at.store.note_success(&tried, &recognised.identity),
                // It opens no session, which would tell that it was right.
                at.store.withdraw_try(&tried),
            )?;
            return Err(NotSet::Problem(problem.unwrap_or(Problem::TooShort)));
        };
        let hash = at.hash(&new.canonical());
        match at.store.change_password(&app.id, &person.user, &person.session.id, &hash, at.now).await {
            Ok(()) => {}
            Err(NotChanged::Moved) => return Err(NotSet::Ended),
            Err(NotChanged::Store(error)) => return Err(error.into()),
        }
        let news = News { app, event: Event::PasswordChanged, device: &reader.device, language: reader.frame.language };
        at.tell(news, &person.user.handles()).await;
        Ok(())
    }

    /// Whether the new password is the one that is kept.
    fn is_set(&self, at: &Moment, stored: Option<&PasswordHash>) -> bool {
        let new = self.new.as_ref().map(NewPassword::canonical);
        new.is_ok_and(|new| matches!(at.hasher().verify(&new, stored), Verdict::Right | Verdict::RightButStale))
    }
}
