//! A user of an old Cognito pool moves here when they first sign in.

use crate::app::App;
use crate::service::Moment;
use crate::service::notice::Notice;
use crate::service::sign_in::Attempt;
use crate::store::{Import, Imported, Nonce, NotImported, StoreError};
use crate::user::User;
use crate::user::identity::Identity;
use crate::user::password::Verdict;
use crate::user_pool::{PoolAnswer, PoolUser};

/// The operation that an outage is told of.
const OPERATION: &str = "InitiateAuth";

impl Moment {
    /// Asks the pool of the attempt's app about a login that nobody has here. A user whom the pool knows is brought in, with the password
    /// that they typed, so the pool is asked about them once. They have the number that follows from the pool's id, as those whom an import
    /// brings: so nobody comes twice, whatever login they have taken here since.
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
        let known = match answer {
            PoolAnswer::Known(known) => known,
            PoolAnswer::Challenged => {
                self.report(&Notice::NotMoved {
                    app: &app.id,
                    why: "the pool asks for a second factor or a new password",
                });
                return Ok(None);
            }
            PoolAnswer::Refused => return Ok(None),
        };
        let user = known.user(handle, &self.random, self.now);
        // The pool may know the user by an alias that it does not tell. They could not sign in by it here.
        if !user.handles().contains(handle) {
            self.report(&Notice::NotMoved { app: &app.id, why: "the pool knows the user by another login" });
            return Ok(None);
        }
        if self.take_over(&app, &known, user, attempt).await? {
            return self.store.identity(&app.id, handle, self.now).await;
        }
        // Of two first sign-ins at once, one has brought the user in. But the login may also be another person's, who signed up
        // in the meantime: so the password is compared as at any sign-in.
        let identity = self.store.identity(&app.id, handle, self.now).await?.filter(|identity| !identity.disabled);
        let stored = identity.as_ref().and_then(|identity| identity.password.as_ref());
        if self.hasher().verify(attempt.password, stored) == Verdict::Right {
            return Ok(identity);
        }
        let why = "another user has their address, number or username, or they moved before and have another login now";
        self.report(&Notice::NotMoved { app: &app.id, why });
        Ok(None)
    }

    /// Brings the user in; false if they came before, or one of their handles is somebody's.
    async fn take_over(
        &self,
        app: &App,
        known: &PoolUser,
        user: User,
        attempt: &Attempt<'_>,
    ) -> Result<bool, StoreError> {
        let id = self.store.number_of(&app.id, &known.sub, self.now).await?;
        let (origin, password) = (known.sub.clone(), Some(self.hash(attempt.password)));
        let import =
            Import { user: User { id, ..user }, origin, password, totp: None, nonce: Nonce::draw(&self.random) };
        match self.store.import(&app.id, &import, self.now).await {
            Ok(Imported::Now) => Ok(true),
            Err(NotImported::Store(error)) => Err(error),
            Ok(Imported::Before) | Err(_) => Ok(false),
        }
    }
}
