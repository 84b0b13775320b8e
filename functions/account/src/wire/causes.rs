//! What happened below HTTP, as an error of this API.

use runtime::{Cause, Malformed};
use shared::captcha::NotPassed;
use shared::service::recovery::NotMailed;
use shared::service::second_factor;
use shared::service::sign_in::{NotRecognised, WrongLogin};
use shared::store::{NotChanged, NotRedeemed, NotRegistered, NotRotated, NotStanding};
use shared::token::InvalidToken;
use shared::user::identity::Handle;

use super::AccountError;

impl From<NotPassed> for AccountError {
    fn from(error: NotPassed) -> Self {
        match error {
            NotPassed::Missing | NotPassed::Refused => Self::CaptchaRefused,
            NotPassed::Down(outage) => Self::Unavailable(Cause::Captcha(outage)),
        }
    }
}

impl From<NotRegistered> for AccountError {
    fn from(error: NotRegistered) -> Self {
        match error {
            NotRegistered::HandleTaken(Handle::Username(_)) => Self::UsernameTaken,
            NotRegistered::HandleTaken(_) => Self::EmailTaken,
            NotRegistered::Store(error) => error.into(),
        }
    }
}

impl From<NotRecognised> for AccountError {
    fn from(error: NotRecognised) -> Self {
        match error {
            NotRecognised::Wrong(WrongLogin::NeedsPlain) => Self::ForeignPassword,
            NotRecognised::Wrong(why) => Self::WrongLogin(why),
            NotRecognised::Resting(_) => Self::Resting,
            NotRecognised::Store(error) => error.into(),
        }
    }
}

impl From<second_factor::NotPassed> for AccountError {
    fn from(error: second_factor::NotPassed) -> Self {
        use second_factor::NotPassed;
        match error {
            NotPassed::Required => Self::OtpRequired,
            NotPassed::Wrong | NotPassed::TicketUsed => Self::WrongOtp,
            NotPassed::NotSetUp => Self::NoSecondFactor,
            NotPassed::Store(error) => error.into(),
        }
    }
}

impl From<NotChanged> for AccountError {
    fn from(error: NotChanged) -> Self {
        match error {
            NotChanged::Moved => Self::InvalidToken(InvalidToken::AllSessionsEnded),
            NotChanged::Store(error) => error.into(),
        }
    }
}

impl From<NotRotated> for AccountError {
    fn from(error: NotRotated) -> Self {
        match error {
            NotRotated::Dead(why) => Self::InvalidToken(why),
            NotRotated::Reused => Self::ReusedToken,
            NotRotated::Store(error) => error.into(),
        }
    }
}

impl From<NotStanding> for AccountError {
    fn from(error: NotStanding) -> Self {
        match error {
            NotStanding::Invalid(why) => Self::InvalidToken(why),
            NotStanding::Store(error) => error.into(),
        }
    }
}

impl From<NotMailed> for AccountError {
    fn from(error: NotMailed) -> Self {
        match error {
            NotMailed::Store(error) => error.into(),
            NotMailed::Unsent(_) => Self::Unavailable(Cause::Mail(error)),
        }
    }
}

impl From<NotRedeemed> for AccountError {
    fn from(error: NotRedeemed) -> Self {
        match error {
            NotRedeemed::Dead => Self::DeadLink,
            NotRedeemed::NoUser => Self::NoUser,
            NotRedeemed::Store(error) => error.into(),
        }
    }
}

impl From<Malformed> for AccountError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
