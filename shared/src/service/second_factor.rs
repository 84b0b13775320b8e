//! A person shows a second factor, after the first was right.

use crate::app::App;
use crate::factor::otp::Otp;
use crate::factor::recovery::RecoveryCodes;
use crate::factor::ticket::Ticket;
use crate::factor::totp::Totp;
use crate::id::{AppId, UserId};
use crate::service::Moment;
use crate::service::factor_setup::{Enrolling, NotSetUp};
use crate::service::sign_in::{NotRecognised, Recognised, WrongLogin};
use crate::session::method::{Method, Methods};
use crate::store::{FactorNotSpent, PasswordTry, ReservedTry, Spending, Spent, StoreError};
use crate::user::lockout::Brake;

/// Somebody who has shown as many factors as their account has.
#[derive(Debug)]
pub struct Entrant<'a> {
    pub(super) recognised: Recognised<'a>,
    /// What the sign-in uses up of the factor.
    pub(super) spending: Option<Spending>,
    /// Whether they have shown a second factor.
    has_shown_two: bool,
}

/// Somebody who has just set up a second factor on the way.
#[derive(Debug)]
pub struct SetUp<'a> {
    /// As they go on.
    pub entrant: Entrant<'a>,
    /// What they are shown once.
    pub codes: RecoveryCodes,
    /// Whether this very request did it, and not the same form at the same time.
    pub is_new: bool,
}

impl<'a> SetUp<'a> {
    const fn of(recognised: Recognised<'a>, codes: RecoveryCodes, is_new: bool) -> Self {
        Self { entrant: Entrant { recognised, spending: None, has_shown_two: true }, codes, is_new }
    }
}

/// Why the first factor is not enough. Only a caller whose first factor was right is told.
#[derive(Debug, thiserror::Error)]
pub enum NotPassed {
    /// A code is asked for.
    #[error("a one-time code is needed")]
    Required,
    /// The code is none, or was used.
    #[error("the one-time code is wrong")]
    Wrong,
    /// The app wants two factors, and the user has set up none in all the time that there was for it.
    #[error("a second factor has to be set up")]
    NotSetUp,
    /// The ticket was used.
    #[error("the ticket was used")]
    TicketUsed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<FactorNotSpent> for NotPassed {
    fn from(error: FactorNotSpent) -> Self {
        match error {
            FactorNotSpent::Used => Self::Wrong,
            FactorNotSpent::TicketUsed => Self::TicketUsed,
            FactorNotSpent::Store(error) => Self::Store(error),
        }
    }
}

impl Entrant<'_> {
    /// All that they proved who they are with.
    #[must_use]
    pub fn methods(&self) -> Methods {
        let first = self.recognised.methods;
        if self.has_shown_two { first.and(Method::Otp) } else { first }
    }
}

impl Moment {
    /// Compares the one-time code of somebody whose first factor was right, where their account has a second. The try was
    /// counted with the password's, and a wrong code ends it as a wrong password does.
    ///
    /// # Errors
    /// [`NotPassed`]
    pub async fn pass<'a>(
        &self,
        app: &App,
        recognised: Recognised<'a>,
        otp: Option<&Otp>,
    ) -> Result<Entrant<'a>, NotPassed> {
        let identity = &recognised.identity;
        if !identity.second_factor {
            if app.policy.second_factor.wants_two(identity.created, self.now) {
                self.leave(&recognised).await?;
                return Err(NotPassed::NotSetUp);
            }
            return Ok(Entrant { recognised, spending: None, has_shown_two: false });
        }
        match self.compare(&app.id, identity.user, otp).await {
            Ok(spending) => {
                let spending = Spending { ticket: recognised.ticket.clone(), ..spending };
                Ok(Entrant { recognised, spending: Some(spending), has_shown_two: true })
            }
            Err(refused @ NotPassed::Wrong) if matches!(otp, Some(Otp::Totp(_) | Otp::Recovery(_))) => {
                self.store.end_wrong_try(&recognised.tried, &recognised.reserved).await?;
                Err(refused)
            }
            // Nothing was guessed.
            Err(refused) => {
                self.leave(&recognised).await?;
                Err(refused)
            }
        }
    }

    /// Sets up a factor for somebody whose first was right, and who has no second where their app wants one. The code that confirms
    /// it is the second factor of this sign-in.
    ///
    /// # Errors
    /// [`NotSetUp`]
    pub async fn pass_by_setup<'a>(
        &self,
        recognised: Recognised<'a>,
        enrolling: Enrolling<'_>,
        setup: &str,
        otp: Option<&Otp>,
    ) -> Result<SetUp<'a>, NotSetUp> {
        match self.set_up_factor(enrolling, setup, otp).await {
            Ok(codes) => Ok(SetUp::of(recognised, codes, true)),
            Err(refused) => {
                // The same form set it up in this moment, and both open the one session that follows from it.
                if let (NotSetUp::Changed, Some(attempt)) = (&refused, enrolling.attempt)
                    && let Some(codes) = self.codes_of_setup(&enrolling.app.id, enrolling.user.id, attempt).await?
                {
                    return Ok(SetUp::of(recognised, codes, false));
                }
                // Nothing was guessed: the secret is theirs.
                self.leave(&recognised).await?;
                Err(refused)
            }
        }
    }

    /// The password was right, and no session follows yet: the try is not counted, and an outdated hash is replaced.
    pub(super) async fn leave(&self, recognised: &Recognised<'_>) -> Result<(), StoreError> {
        tokio::try_join!(self.store.withdraw_try(&recognised.tried), Box::pin(self.renew_hash(recognised))).map(drop)
    }

    /// What of a user's factor the code uses up.
    pub(super) async fn compare(&self, app: &AppId, user: UserId, otp: Option<&Otp>) -> Result<Spending, NotPassed> {
        let Some(otp) = otp else { return Err(NotPassed::Required) };
        // Taken away in this moment: the next try finds that none is needed.
        let factor = self.store.factor(app, user).await?.ok_or(NotPassed::Required)?;
        let ring = self.ring().await?;
        let spent = match otp {
            Otp::Totp(code) => {
                let secret = factor
                    .totp
                    .open(app, user, ring)
                    .map_err(|_| StoreError::Corrupt { entity: "user", attribute: "totp" })?;
                Totp::of(secret).step_of(code, factor.last, self.now).map(Spent::Step)
            }
            Otp::Recovery(code) => {
                let digest = code.digest(app, user, ring);
                factor.recovery.contains(&digest).then_some(Spent::Recovery(digest))
            }
            Otp::Unreadable => None,
        };
        Ok(Spending { spent: spent.ok_or(NotPassed::Wrong)?, factor, ticket: None })
    }

    /// Somebody comes back with the ticket that the first factor gave them: they are whom it names, unless their password or account changed since.
    ///
    /// # Errors
    /// [`NotRecognised`]
    pub async fn recognise_by_ticket<'a>(
        &self,
        tried: PasswordTry<'a>,
        reserved: ReservedTry,
        ticket: Ticket,
    ) -> Result<Recognised<'a>, NotRecognised> {
        let known = reserved
            .identity
            .clone()
            .filter(|identity| identity.user == ticket.user && identity.epoch == ticket.epoch && !identity.disabled);
        match (known, reserved.brake) {
            (Some(identity), Brake::Open) => {
                let methods = ticket.methods;
                Ok(Recognised { identity, tried, reserved, renewal: None, methods, ticket: Some(ticket) })
            }
            _ => Err(match self.store.end_wrong_try(&tried, &reserved).await? {
                Brake::Open => NotRecognised::Wrong(WrongLogin::Password),
                Brake::Resting(wait) => NotRecognised::Resting(wait),
            }),
        }
    }
}
