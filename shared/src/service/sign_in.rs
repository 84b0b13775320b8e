//! A person signs in with a password.

use crate::app::App;
use crate::clock::Seconds;
use crate::factor::ticket::Ticket;
use crate::id::AppId;
use crate::language::Language;
use crate::notify::letter::Event;
use crate::service::Moment;
use crate::service::new_place::Visit;
use crate::service::notice::{Notice, UnfinishedStep};
use crate::service::opening::{Opener, TokenPair};
use crate::service::second_factor::{Entrant, NotPassed};
use crate::service::tell::News;
use crate::session::Opening;
use crate::session::method::{Method, Methods};
use crate::store::{FactorNotSpent, Nonce, PasswordTry, Renewal, ReservedTry, Spending, StoreError};
use crate::user::identity::{Handle, Identity, Login};
use crate::user::lockout::{Brake, Place};
use crate::user::password::{CanonicalPassword, Verdict};
use crate::user::sighting::Sighting;

/// A login and the password that was given for it.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// What they call themselves.
    pub login: &'a Login,
    /// The password that they gave.
    pub password: &'a CanonicalPassword,
    /// The network address that they come from.
    pub source: &'a str,
    /// Wrong passwords that the dialect allows in five minutes.
    pub free_failures: u32,
}

/// Somebody whose first factor was right. [`Moment::pass`] asks for the second, where their account has one.
#[derive(Debug)]
pub struct Recognised<'a> {
    /// Who.
    pub identity: Identity,
    pub(super) tried: PasswordTry<'a>,
    pub(super) reserved: ReservedTry,
    /// The password, where its hash is of other parameters than today's.
    pub(super) renewal: Option<&'a CanonicalPassword>,
    /// The first factor.
    pub(super) methods: Methods,
    /// What brought them from the first factor, where a page stood between the two.
    pub(super) ticket: Option<Ticket>,
}

/// Somebody who came in by a form that may be sent twice, with the tokens of their session.
#[derive(Debug)]
pub enum CameIn {
    /// The session was opened by this request.
    Now(TokenPair),
    /// The same form opened it a moment ago.
    Before(TokenPair),
}

/// How often a session is opened that has the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opens {
    /// The id is random, so nobody has it.
    Anyhow,
    /// The id follows from a form, which may have opened the session before.
    Once,
}

/// Why nobody was recognised.
#[derive(Debug, thiserror::Error)]
pub enum NotRecognised {
    /// Login and password do not belong together.
    #[error(transparent)]
    Wrong(#[from] WrongLogin),
    /// There were too many tries for the handle, whether or not an account exists for it.
    #[error("the handle rests for {0} s")]
    Resting(Seconds),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a login and its password. A caller is not told; the log is
/// (docs/decisions/0151-the-log-tells-an-unknown-login-from-a-wrong-password.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongLogin {
    /// Nobody has the login.
    #[error("the login is unknown")]
    Unknown,
    /// The password is another one.
    #[error("the password is wrong")]
    Password,
    /// An operator shut the user out.
    #[error("the user is shut out")]
    Disabled,
    /// The user was moved here with another product's hash, which the digest that the client sent cannot be compared with.
    #[error("the password's hash is another product's, and a digest was sent")]
    NeedsPlain,
}

impl Moment {
    /// Reads the account that a login names, and counts the try before its password is compared.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn reserve(&self, attempt: &Attempt<'_>) -> Result<ReservedTry, StoreError> {
        self.hasher().prepare_memory();
        self.store.reserve_try(&self.try_of(attempt)).await
    }

    /// Compares the password with that of the account that the login names, if the try is one of those that are free.
    ///
    /// The work is the same whether the login is unknown, resting or wrong: hash, then count. What the hash says is not looked
    /// at where the handle rests.
    ///
    /// # Errors
    /// [`NotRecognised`]
    pub async fn recognise<'a>(
        &self,
        attempt: Attempt<'a>,
        reserved: ReservedTry,
    ) -> Result<Recognised<'a>, NotRecognised> {
        let stored = reserved.identity.as_ref().and_then(|identity| identity.password.as_ref());
        let verdict = self.hasher().verify(attempt.password, stored);
        let is_right = matches!(verdict, Verdict::Right | Verdict::RightButStale);
        let is_open = reserved.brake == Brake::Open && is_right;
        match &reserved.identity {
            // Somebody who was shut out is told what a wrong password is told, at the same price.
            Some(identity) if is_open && !identity.disabled => {
                let identity = identity.clone();
                let renewal = (verdict == Verdict::RightButStale).then_some(attempt.password);
                let (tried, methods) = (self.try_of(&attempt), Method::Password.into());
                return Ok(Recognised { identity, tried, reserved, renewal, methods, ticket: None });
            }
            _ => {}
        }
        let why = match &reserved.identity {
            None => WrongLogin::Unknown,
            Some(identity) if identity.disabled && is_right => WrongLogin::Disabled,
            Some(identity) if !identity.disabled && verdict == Verdict::NeedsPlain => WrongLogin::NeedsPlain,
            Some(_) => WrongLogin::Password,
        };
        match self.store.end_wrong_try(&self.try_of(&attempt), &reserved).await? {
            Brake::Resting(wait) => return Err(NotRecognised::Resting(wait)),
            Brake::Open => {}
        }
        // The try is counted by now. Boxed: few apps have users elsewhere, and every sign-in's future would hold it.
        if reserved.identity.is_none()
            && let Some(identity) = Box::pin(self.move_in(&attempt)).await?
        {
            let (tried, methods) = (self.try_of(&attempt), Method::Password.into());
            return Ok(Recognised { identity, tried, reserved, renewal: None, methods, ticket: None });
        }
        Err(NotRecognised::Wrong(why))
    }

    /// Opens the session, and beside it puts right what a success puts right: tries are forgotten, a new place is remembered,
    /// an outdated hash is replaced. A user who had never signed in from there is told.
    ///
    /// # Errors
    /// [`NotPassed::Wrong`]: another request used the one-time code first. [`NotPassed::Store`]
    pub async fn let_in(
        &self,
        app: &App,
        entrant: &Entrant<'_>,
        opening: &Opening,
        language: Language,
    ) -> Result<(), NotPassed> {
        match &entrant.spending {
            None => {
                self.open(&entrant.recognised, opening, Opens::Anyhow).await?;
            }
            Some(spending) => Box::pin(self.open_by_factor(&entrant.recognised, spending, opening)).await?,
        }
        self.tell_of_place(app, entrant, opening, language).await?;
        Ok(())
    }

    /// Lets in somebody who sent a form with their password. Where the same form let them in a moment ago, the session is that one: the form
    /// was sent twice (docs/decisions/0325-a-password-that-is-sent-twice.md).
    ///
    /// # Errors
    /// [`NotPassed`]
    pub async fn let_in_by_form(
        &self,
        entrant: &Entrant<'_>,
        opener: Opener<'_>,
        language: Language,
    ) -> Result<CameIn, NotPassed> {
        let (app, Identity { user, epoch, .. }) = (opener.app(), &entrant.recognised.identity);
        let opener = opener.by(entrant.methods());
        if let Some(attempt) = opener.attempt().filter(|_| entrant.spending.is_none()) {
            let (opening, pair) = opener.pair(*user, *epoch)?;
            if self.open(&entrant.recognised, &opening, Opens::Once).await? {
                self.tell_of_place(app, entrant, &opening, language).await?;
                return Ok(CameIn::Now(pair));
            }
            if let Some(pair) = Box::pin(self.opened_by(app, attempt, *user)).await? {
                return Ok(CameIn::Before(pair));
            }
        }
        // That session has ended, or is older than a minute: this is another sign-in.
        let (opening, pair) = opener.once(None).pair(*user, *epoch)?;
        Box::pin(self.let_in(app, entrant, &opening, language)).await?;
        Ok(CameIn::Now(pair))
    }

    /// Tells somebody who came in from where they had never signed in.
    async fn tell_of_place(
        &self,
        app: &App,
        entrant: &Entrant<'_>,
        opening: &Opening,
        language: Language,
    ) -> Result<(), StoreError> {
        let Recognised { identity, tried, .. } = &entrant.recognised;
        let handles: Vec<_> = tried.login.handle().into_iter().chain(&identity.others).cloned().collect();
        let (device, place) = (&opening.session.device, Place::of(tried.source, &app.id, self.ring().await?));
        if let Some(Handle::Phone(_)) = tried.login.handle() {
            // A phone's identity has no places but those of sign-ins like this one.
            let sighting = Sighting::of(&identity.tries.places, &place);
            self.tell_of_new_place(Visit { app, device, language }, &handles, sighting, None).await;
        } else if identity.tries.is_elsewhere(&place) {
            self.tell(News { app, event: Event::SignIn, device, language }, &handles).await;
        }
        Ok(())
    }

    /// `false`: the form has opened its session before.
    async fn open(&self, recognised: &Recognised<'_>, opening: &Opening, opens: Opens) -> Result<bool, StoreError> {
        let Recognised { identity, tried, .. } = recognised;
        let open = async {
            match opens {
                Opens::Anyhow => self.store.open_session(tried.app, opening).await.map(|()| true),
                Opens::Once => self.store.open_session_of_form(tried.app, opening).await,
            }
        };
        let (opened, (), ()) = tokio::try_join!(
            open,
            // Boxed: most sign-ins have nothing to put right, and a request's future would hold all three.
            Box::pin(self.store.note_success(tried, identity)),
            Box::pin(self.renew_hash(recognised)),
        )?;
        Ok(opened)
    }

    /// The code is used up with the session, so what follows must not fail the request.
    async fn open_by_factor(
        &self,
        recognised: &Recognised<'_>,
        spending: &Spending,
        opening: &Opening,
    ) -> Result<(), NotPassed> {
        let Recognised { identity, tried, reserved, .. } = recognised;
        match self.store.enter_by_factor(tried.app, opening, spending, &Nonce::draw(&self.random)).await {
            Ok(()) => {}
            Err(FactorNotSpent::Store(error)) => return Err(error.into()),
            Err(refused) => {
                self.store.end_wrong_try(tried, reserved).await?;
                return Err(refused.into());
            }
        }
        let rest = async { tokio::try_join!(self.store.note_success(tried, identity), self.renew_hash(recognised)) };
        if let Some(Err(error)) = Box::pin(self.in_time(rest)).await {
            self.report(&Notice::Unfinished { step: UnfinishedStep::ForgetTries, cause: &error });
        }
        Ok(())
    }

    pub(super) async fn renew_hash(&self, recognised: &Recognised<'_>) -> Result<(), StoreError> {
        let Recognised { identity, tried, renewal, .. } = recognised;
        match (tried.login.handle(), &identity.password, renewal) {
            (Some(handle), Some(old), Some(password)) => {
                let handles = std::iter::once(handle).chain(&identity.others).filter(|handle| handle.takes_password());
                let renewal = Renewal { old, new: &self.hash(password), now: self.now };
                self.store.replace_hash(tried.app, handles, &renewal).await
            }
            _ => Ok(()),
        }
    }

    pub(super) const fn try_of<'a>(&self, attempt: &Attempt<'a>) -> PasswordTry<'a> {
        let Attempt { app, login, source, free_failures, .. } = *attempt;
        PasswordTry { app, login, source, cap: free_failures, now: self.now }
    }
}
