//! What happened below HTTP, as an error of this API.

use runtime::{Cause, Malformed, Reason};
use shared::captcha::NotPassed;
use shared::passkey::NotAPasskeyName;
use shared::service::passkeys::{NotAdded, NotLetIn};
use shared::service::second_factor;
use shared::service::sign_in::NotRecognised;
use shared::store::{EmailNotProven, NotRegistered};
use shared::token::InvalidToken;

use super::{BrowserError, Field, Problem};

impl From<second_factor::NotPassed> for BrowserError {
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

impl From<NotPassed> for BrowserError {
    fn from(error: NotPassed) -> Self {
        match error {
            NotPassed::Missing => Self::invalid(Field::Captcha, Problem::Missing),
            NotPassed::Refused => Self::CaptchaRefused,
            NotPassed::Down(outage) => Self::Unavailable(Cause::Captcha(outage)),
        }
    }
}

impl From<NotRegistered> for BrowserError {
    fn from(error: NotRegistered) -> Self {
        match error {
            NotRegistered::HandleTaken(_) => Self::EmailTaken,
            NotRegistered::Store(error) => error.into(),
        }
    }
}

impl From<NotRecognised> for BrowserError {
    fn from(error: NotRecognised) -> Self {
        match error {
            NotRecognised::Wrong(why) => Self::WrongLogin(why),
            NotRecognised::Resting(retry_after) => Self::CoolingDown { retry_after },
            NotRecognised::Store(error) => error.into(),
        }
    }
}

impl From<EmailNotProven> for BrowserError {
    fn from(error: EmailNotProven) -> Self {
        match error {
            EmailNotProven::Wrong => Self::WrongCode,
            EmailNotProven::Dead => Self::DeadCode,
            EmailNotProven::NoUser => Self::InvalidToken(InvalidToken::NoUser),
            EmailNotProven::Store(error) => error.into(),
        }
    }
}

impl From<NotAPasskeyName> for Problem {
    fn from(error: NotAPasskeyName) -> Self {
        match error {
            NotAPasskeyName::Empty => Self::Missing,
            NotAPasskeyName::TooLong => Self::TooLong,
            NotAPasskeyName::Control => Self::NotText,
        }
    }
}

impl From<NotAdded> for BrowserError {
    fn from(error: NotAdded) -> Self {
        match error {
            NotAdded::Refused(why) => Self::PasskeyNotAdded(why.into()),
            NotAdded::TooMany => Self::TooManyPasskeys,
            NotAdded::Changed => Self::InvalidToken(InvalidToken::AllSessionsEnded),
            NotAdded::Store(error) => error.into(),
        }
    }
}

impl From<NotLetIn> for BrowserError {
    fn from(error: NotLetIn) -> Self {
        match error {
            NotLetIn::Refused(why) => Self::WrongPasskey(why.into()),
            // Somebody who was shut out is told what an unknown passkey is told.
            NotLetIn::Disabled => Self::WrongPasskey(Reason::DisabledUser),
            NotLetIn::Store(error) => error.into(),
        }
    }
}

impl From<Malformed> for BrowserError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
