//! A user sets up a second factor, gets other recovery codes, or takes the factor away.

use crate::app::App;
use crate::factor::otp::Otp;
use crate::factor::qr;
use crate::factor::recovery::{RecoveryCodes, RecoveryDigest};
use crate::factor::sealed::SealedTotp;
use crate::factor::setup::{Holder, Setup};
use crate::id::{AppId, UserId};
use crate::secret::Secret;
use crate::service::Moment;
use crate::service::tell::News;
use crate::session::Session;
use crate::session::attempt::Attempt;
use crate::store::{FactorNotChanged, NewFactor, Nonce, StoreError};
use crate::user::User;
use crate::user::identity::Handle;

/// What a user is shown who sets up an authenticator app.
#[derive(Debug)]
pub struct Offer {
    /// The secret, to be typed.
    pub secret: Secret<String>,
    /// The URI, for an app on the same device.
    pub uri: Secret<String>,
    /// The URI as a QR code. `None`: the app's name is too long for one.
    pub svg: Option<Secret<String>>,
    /// What comes back with the first code.
    pub setup: Secret<String>,
}

/// Who sets up a factor.
#[derive(Clone, Copy, Debug)]
pub struct Enrolling<'a> {
    /// In which app.
    pub app: &'a App,
    /// Who, as the store has them.
    pub user: &'a User,
    /// What they hold of which there is one.
    pub by: &'a [u8],
    /// The session that the code counts for, too, where there is one already.
    pub session: Option<&'a Session>,
    /// The form that they send. Sent twice, it gives the same recovery codes.
    pub attempt: Option<&'a Attempt>,
}

/// Why no factor was set up.
#[derive(Debug, thiserror::Error)]
pub enum NotSetUp {
    /// It is too long since the secret was shown, or it was shown to somebody else.
    #[error("the secret was not shown to them a moment ago")]
    Dead,
    /// The code does not come from the secret.
    #[error("the code is wrong")]
    Wrong,
    /// The user has one already.
    #[error("the user has a second factor already")]
    Changed,
    /// The user moved on to another epoch in this moment, or the session or ticket that asks ended.
    #[error("the user moved on in this moment")]
    MovedOn,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<FactorNotChanged> for NotSetUp {
    fn from(error: FactorNotChanged) -> Self {
        match error {
            FactorNotChanged::Changed => Self::Changed,
            FactorNotChanged::MovedOn => Self::MovedOn,
            FactorNotChanged::Store(error) => Self::Store(error),
        }
    }
}

impl<'a> Enrolling<'a> {
    const fn holder(&self) -> Holder<'a> {
        Holder { app: &self.app.id, user: self.user.id, by: self.by }
    }
}

impl Moment {
    /// A new secret for an authenticator app. Nothing is stored before a code of it comes back.
    ///
    /// # Errors
    /// [`StoreError`]: of the key ring.
    pub async fn offer_factor(&self, enrolling: Enrolling<'_>) -> Result<Offer, StoreError> {
        let setup = Setup::begin(&self.random, self.now);
        let written = setup.write(enrolling.holder(), self.ring().await?, &self.random);
        Ok(offer(enrolling, &setup, written))
    }

    /// The same secret once more, where the code of it was wrong.
    ///
    /// # Errors
    /// [`NotSetUp::Dead`]
    pub async fn offer_factor_again(&self, enrolling: Enrolling<'_>, setup: &str) -> Result<Offer, NotSetUp> {
        let read = Setup::read(setup, enrolling.holder(), self.ring().await?, self.now).ok_or(NotSetUp::Dead)?;
        Ok(offer(enrolling, &read, Secret::new(setup.to_owned())))
    }

    /// Gives the user the factor whose code they have just typed, and the recovery codes to write down. The code's step is used
    /// up.
    ///
    /// # Errors
    /// [`NotSetUp`]
    pub async fn set_up_factor(
        &self,
        enrolling: Enrolling<'_>,
        setup: &str,
        otp: Option<&Otp>,
    ) -> Result<RecoveryCodes, NotSetUp> {
        let (app, user, ring) = (&enrolling.app.id, enrolling.user, self.ring().await?);
        let Setup { totp, .. } = Setup::read(setup, enrolling.holder(), ring, self.now).ok_or(NotSetUp::Dead)?;
        let Some(Otp::Totp(code)) = otp else { return Err(NotSetUp::Wrong) };
        let step = totp.step_of(code, None, self.now).ok_or(NotSetUp::Wrong)?;
        let sealed = SealedTotp::seal(totp.secret(), app, user.id, ring, &self.random);
        let codes = self.recovery_codes(app, user.id, enrolling.attempt).await?;
        let new = NewFactor { totp: &sealed, step, recovery: &codes, session: enrolling.session };
        self.store.set_up_factor(app, user, &new, &Nonce::draw(&self.random), self.now).await?;
        Ok(codes)
    }

    /// Ten codes: those of the form, or new ones.
    async fn recovery_codes(
        &self,
        app: &AppId,
        user: UserId,
        attempt: Option<&Attempt>,
    ) -> Result<RecoveryCodes, StoreError> {
        let random = attempt.map_or_else(|| self.random.clone(), |attempt| attempt.random("recovery codes"));
        Ok(RecoveryCodes::draw(app, user, self.ring().await?, &random))
    }

    /// The recovery codes that the same form gave the user before, if they are those that the user has, and none of them was used. The
    /// form was sent twice, and the second answer is the one that is read.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn codes_of_setup(
        &self,
        app: &AppId,
        user: UserId,
        attempt: &Attempt,
    ) -> Result<Option<RecoveryCodes>, StoreError> {
        let codes = self.recovery_codes(app, user, Some(attempt)).await?;
        let factor = self.store.factor(app, user).await?;
        Ok(factor.filter(|factor| are_all(&factor.recovery, &codes)).map(|_| codes))
    }

    /// Other recovery codes in place of those that there are. `None`: the user has no second factor, or the same form gave them codes
    /// of which some were used.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn renew_recovery_codes(
        &self,
        app: &AppId,
        user: &User,
        attempt: Option<&Attempt>,
    ) -> Result<Option<RecoveryCodes>, StoreError> {
        let codes = self.recovery_codes(app, user.id, attempt).await?;
        if attempt.is_some() {
            let there = self.store.factor(app, user.id).await?.map(|factor| factor.recovery).unwrap_or_default();
            if there.iter().any(|digest| codes.digests.contains(digest)) {
                // Written once more, a code that was used would be good again.
                return Ok(are_all(&there, &codes).then_some(codes));
            }
        }
        match self.store.replace_recovery_codes(app, user, &codes).await {
            Ok(()) => Ok(Some(codes)),
            Err(FactorNotChanged::Changed) => Ok(None),
            Err(FactorNotChanged::MovedOn) => Err(StoreError::moved_on()),
            Err(FactorNotChanged::Store(error)) => Err(error),
        }
    }

    /// Takes the factor away, and tells the user. `false`: there was none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn remove_factor(&self, news: News<'_>, user: &User) -> Result<bool, StoreError> {
        let nonce = Nonce::draw(&self.random);
        match self.store.remove_factor(&news.app.id, user, &nonce, self.now).await {
            Ok(()) => {}
            Err(FactorNotChanged::Changed) => return Ok(false),
            Err(FactorNotChanged::MovedOn) => return Err(StoreError::moved_on()),
            Err(FactorNotChanged::Store(error)) => return Err(error),
        }
        let handles: Vec<Handle> = user.handles();
        self.tell(news, &handles).await;
        Ok(true)
    }
}

/// Whether what is stored are these codes, and none of them was used.
fn are_all(stored: &[RecoveryDigest], codes: &RecoveryCodes) -> bool {
    stored.len() == codes.digests.len() && codes.digests.iter().all(|digest| stored.contains(digest))
}

fn offer(enrolling: Enrolling<'_>, setup: &Setup, written: Secret<String>) -> Offer {
    let handle = enrolling.user.handles().into_iter().next();
    let account = handle.map_or_else(|| enrolling.user.id.to_string(), |handle| handle.value().to_owned());
    let uri = setup.totp.uri(&enrolling.app.name, &account);
    Offer { secret: setup.totp.text(), svg: qr::svg(&uri), uri, setup: written }
}
