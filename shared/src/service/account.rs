//! Users change their name, language, username and password, and delete their account.

use crate::id::{AppId, SessionId, UserId};
use crate::notify::letter::Event;
use crate::service::Moment;
use crate::service::confirmation::{Confirmed, Confirming, Owner};
use crate::service::take_back::TakeBack;
use crate::service::tell::News;
use crate::store::{Asker, Ended, HandleNotChanged, Nonce, NotChanged, StoreError};
use crate::user::identity::Handle;
use crate::user::new_password::NewPassword;
use crate::user::profile::ProfileChange;
use crate::user::username::Username;

/// Why no password was set.
#[derive(Debug, thiserror::Error)]
pub enum PasswordNotSet {
    /// The user has neither an e-mail address nor a username: nothing that a password goes with.
    #[error("the user has nothing that a password goes with")]
    NoHandle,
    /// The session has ended, or its user moved on in this moment.
    #[error("the session is dead")]
    Moved,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotChanged> for PasswordNotSet {
    fn from(error: NotChanged) -> Self {
        match error {
            NotChanged::Moved => Self::Moved,
            NotChanged::Store(error) => Self::Store(error),
        }
    }
}

impl Moment {
    /// Changes name and language. `false`: the user is gone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn change_profile(&self, owner: Owner<'_>, change: &ProfileChange) -> Result<bool, StoreError> {
        if *change == ProfileChange::default() {
            return Ok(true);
        }
        self.store.change_profile(&owner.app.id, owner.user.id, change, self.now).await
    }

    /// Gives the user another username. The other sessions end, as with every change of what somebody signs in by.
    ///
    /// # Errors
    /// [`HandleNotChanged`]
    pub async fn change_username(
        &self,
        owner: Owner<'_>,
        _: &Confirmed,
        username: &Username,
    ) -> Result<(), HandleNotChanged> {
        let Owner { app, user, session, .. } = owner;
        if user.username.as_ref().is_some_and(|now| now.as_typed() == username.as_typed()) {
            return Ok(());
        }
        let nonce = Nonce::draw(&self.random);
        let asker = Asker { user, session: &session.id };
        self.store.change_username(&app.id, asker, username, &nonce, self.now).await
    }

    /// Whether the password was set by the session that asks a moment ago, and nobody knows whether it was told: it is told again, and so is
    /// the user.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn has_changed_password(
        &self,
        confirming: &Confirming<'_>,
        password: &NewPassword,
    ) -> Result<bool, StoreError> {
        let Some((owner, attempt, reserved)) = confirming.attempt() else { return Ok(false) };
        let Owner { app, user, session, device, language } = owner;
        let is_set = self.was_just_set(&attempt, reserved, session, &password.canonical()).await?;
        if is_set {
            self.tell(News { app, event: Event::PasswordChanged, device, language }, &user.handles()).await;
        }
        Ok(is_set)
    }

    /// Sets another password. The session that asks stays, the others end. The user is told by mail.
    ///
    /// # Errors
    /// [`PasswordNotSet`]
    pub async fn change_password(
        &self,
        owner: Owner<'_>,
        _: &Confirmed,
        password: &NewPassword,
    ) -> Result<(), PasswordNotSet> {
        let Owner { app, user, session, device, language } = owner;
        let handles = user.handles();
        if !handles.iter().any(Handle::takes_password) {
            return Err(PasswordNotSet::NoHandle);
        }
        let hash = self.hash(&password.canonical());
        self.store.change_password(&app.id, user, &session.id, &hash, self.now).await?;
        self.tell(News { app, event: Event::PasswordChanged, device, language }, &handles).await;
        Ok(())
    }

    /// Ends a session that its user chose from the list. `false`: the list has no such session. Unless the request is answered
    /// with success, the next one for it is told that it has ended.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_listed_session(&self, app: &AppId, user: UserId, session: &SessionId) -> Result<bool, StoreError> {
        let nonce = Nonce::draw(&self.random);
        let ended = Ended { app: app.clone(), user, session: session.clone(), nonce: nonce.clone() };
        self.undo_unless_answered(TakeBack::End(ended));
        self.store.end_listed_session(app, user, session, &nonce, self.now).await
    }

    /// Removes the user with all that is theirs. `false`: another request deleted the user, or ended the session.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn delete_account(&self, owner: Owner<'_>, _: &Confirmed) -> Result<bool, StoreError> {
        let Owner { app, user, session, .. } = owner;
        self.store.delete_user(&app.id, user, &session.id, self.now).await
    }
}
