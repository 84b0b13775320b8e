//! A user of an old Cognito pool moves here when they first sign in.

use crate::app::App;
use crate::service::Moment;
use crate::service::notice::Notice;
use crate::service::sign_in::Attempt;
use crate::store::{NotRegistered, Registration, StoreError};
use crate::user::User;
use crate::user::identity::Identity;
use crate::user::password::Verdict;
use crate::user_pool::PoolAnswer;

/// The operation that an outage is told of.
const OPERATION: &str = "InitiateAuth";

impl Moment {
    /// Asks the pool of the attempt's app about a login that nobody has here. A user whom the pool knows is registered, with the password
    /// that they typed, so the pool is asked about them once.
    ///
    /// The try was counted before, so a login that rests is not asked about and the pool is no way around our brakes.
    ///
    /// # Errors
    /// [`StoreError`]: the store failed, or the pool said neither yes nor no. A wrong answer would tell a user of the pool that their
    /// password is wrong.
    pub(super) async fn move_in(&self, attempt: &Attempt<'_>) -> Result<Option<Identity>, StoreError> {
        let (Some(handle), Some(typed)) = (attempt.login.handle(), attempt.password.typed()) else { return Ok(None) };
        let Some(app) = self.enabled_app(attempt.app).await? else { return Ok(None) };
        let Some(pool) = &app.policy.user_pool else { return Ok(None) };
        let answer = self.user_pools().ask(pool, handle.value(), typed).await;
        let answer =
            answer.map_err(|outage| StoreError::Unavailable { operation: OPERATION, cause: outage.to_string() })?;
        let user = match answer {
            PoolAnswer::Known(known) => known.user(handle, &self.random, self.now),
            PoolAnswer::Challenged => {
                self.report(&Notice::NotMoved {
                    app: &app.id,
                    why: "the pool asks for a second factor or a new password",
                });
                return Ok(None);
            }
            PoolAnswer::Refused => return Ok(None),
        };
        // The pool may know the user by an alias that it does not tell. They could not sign in by it here.
        if !user.handles().contains(handle) {
            self.report(&Notice::NotMoved { app: &app.id, why: "the pool knows the user by another login" });
            return Ok(None);
        }
        if self.take_over(&app, user, attempt).await? {
            return self.store.identity(&app.id, handle, self.now).await;
        }
        // Of two first sign-ins at once, one has registered the user. But the login may also be another person's, who signed up
        // in the meantime: so the password is compared as at any sign-in.
        let identity = self.store.identity(&app.id, handle, self.now).await?.filter(|identity| !identity.disabled);
        let stored = identity.as_ref().and_then(|identity| identity.password.as_ref());
        if self.hasher().verify(attempt.password, stored) == Verdict::Right {
            return Ok(identity);
        }
        self.report(&Notice::NotMoved { app: &app.id, why: "another user has their address, number or username" });
        Ok(None)
    }

    /// Registers the user; false if one of their handles is somebody's.
    async fn take_over(&self, app: &App, user: User, attempt: &Attempt<'_>) -> Result<bool, StoreError> {
        let registration = Registration {
            user,
            password: Some(self.hash(attempt.password)),
            challenge: None,
            opening: None,
            source: attempt.source.to_owned(),
        };
        match self.register(&app.id, &registration).await {
            Ok(()) => Ok(true),
            Err(NotRegistered::HandleTaken(_)) => Ok(false),
            Err(NotRegistered::Store(error)) => Err(error),
        }
    }
}
