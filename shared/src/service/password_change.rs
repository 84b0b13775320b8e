//! A user whose token says nothing of when they signed in sets another password by the old one.

use crate::app::App;
use crate::clock::Seconds;
use crate::language::Language;
use crate::notify::letter::Event;
use crate::service::Moment;
use crate::service::sign_in::{Attempt, NotRecognised};
use crate::service::tell::News;
use crate::session::Session;
use crate::session::device::Device;
use crate::store::{NotChanged, ReservedTry, StoreError};
use crate::user::User;
use crate::user::identity::{Handle, Login};
use crate::user::lockout::FEW_FREE_FAILURES;
use crate::user::password::CanonicalPassword;

/// Who asks, with which old password.
#[derive(Clone, Copy, Debug)]
pub struct PasswordChange<'a> {
    /// In which app.
    pub app: &'a App,
    /// Who, as the store has them.
    pub user: &'a User,
    /// The session that stays.
    pub session: &'a Session,
    /// Where they ask, and with what.
    pub device: &'a Device,
    /// The language to write to them in.
    pub language: Language,
    /// The password that they have, as they say.
    pub old: &'a CanonicalPassword,
}

/// The same, once the old password is counted as a try and not yet compared.
#[derive(Debug)]
pub struct CountedChange<'a> {
    change: PasswordChange<'a>,
    login: Login,
    reserved: Box<ReservedTry>,
}

/// Why the password is as it was.
#[derive(Debug, thiserror::Error)]
pub enum NotReplaced {
    /// The user has neither an e-mail address nor a username.
    #[error("the user has nothing that a password goes with")]
    NoHandle,
    /// The old password is another one.
    #[error("the old password is wrong")]
    WrongOld,
    /// There were too many tries.
    #[error("the account rests for {0} s")]
    Resting(Seconds),
    /// The new one cannot be a password.
    #[error("the new password cannot be one")]
    UnusableNew,
    /// The session has ended, or its user moved on in this moment.
    #[error("the session is dead")]
    Moved,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotRecognised> for NotReplaced {
    fn from(error: NotRecognised) -> Self {
        match error {
            NotRecognised::Wrong(_) => Self::WrongOld,
            NotRecognised::Resting(wait) => Self::Resting(wait),
            NotRecognised::Store(error) => Self::Store(error),
        }
    }
}

impl From<NotChanged> for NotReplaced {
    fn from(error: NotChanged) -> Self {
        match error {
            NotChanged::Moved => Self::Moved,
            NotChanged::Store(error) => Self::Store(error),
        }
    }
}

impl Moment {
    /// Counts the old password as a try: one by a stolen token counts as one at the sign-in.
    ///
    /// # Errors
    /// [`NotReplaced`]
    pub async fn count_password_change<'a>(
        &self,
        change: PasswordChange<'a>,
    ) -> Result<CountedChange<'a>, NotReplaced> {
        // A user who signed in with a password has such a handle; all of them have the same password.
        let handle = change.user.handles().into_iter().find(Handle::takes_password).ok_or(NotReplaced::NoHandle)?;
        let login = Login::Handle(handle);
        let reserved = Box::new(self.reserve(&attempt(&change, &login)).await?);
        Ok(CountedChange { change, login, reserved })
    }

    /// Compares the old password and sets the new one. The session that asks stays, the others end. The user is told by mail. `new`: `None`
    /// for a text that cannot be a password, which only somebody who knows the old one is told.
    ///
    /// # Errors
    /// [`NotReplaced`]
    pub async fn replace_password(
        &self,
        counted: CountedChange<'_>,
        new: Option<&CanonicalPassword>,
    ) -> Result<(), NotReplaced> {
        let CountedChange { change, login, reserved } = counted;
        let attempt = attempt(&change, &login);
        let PasswordChange { app, user, session, device, language, .. } = change;
        let news = News { app, event: Event::PasswordChanged, device, language };
        if let Some(new) = new
            && self.was_just_set(&attempt, &reserved, session, new).await?
        {
            self.tell(news, &user.handles()).await;
            return Ok(());
        }
        let recognised = self.recognise(attempt, *reserved).await?;
        let Some(new) = new else {
            // The old password was right: somebody who looks for an acceptable new one does not guess.
            let tried = self.try_of(&attempt);
            tokio::try_join!(
                self.store.note_success(&tried, &recognised.identity),
                // It opens no session, which would tell that it was right.
                self.store.withdraw_try(&tried),
            )?;
            return Err(NotReplaced::UnusableNew);
        };
        self.store.change_password(&app.id, user, &session.id, &self.hash(new), self.now).await?;
        self.tell(news, &user.handles()).await;
        Ok(())
    }
}

fn attempt<'a>(change: &PasswordChange<'a>, login: &'a Login) -> Attempt<'a> {
    let PasswordChange { app, device, old, .. } = *change;
    Attempt { app: &app.id, login, password: old, source: device.address(), free_failures: FEW_FREE_FAILURES }
}
