//! What happened below HTTP, as an error of this API.

use runtime::{Cause, Malformed};
use shared::captcha::NotPassed;
use shared::code::sms::NotNow;
use shared::notify::sms::NotTexted;
use shared::service::phone::{NotCoded, NotEntered};
use shared::service::recovery::NotMailed;
use shared::service::second_factor;
use shared::service::sign_in::NotRecognised;
use shared::store::{NotProven, NotRedeemed, NotRegistered, NotSpent, NotStanding};

use super::AppError;

impl From<NotPassed> for AppError {
    fn from(error: NotPassed) -> Self {
        match error {
            NotPassed::Missing | NotPassed::Refused => Self::CaptchaRefused,
            NotPassed::Down(outage) => Self::Unavailable(Cause::Captcha(outage)),
        }
    }
}

impl From<NotRegistered> for AppError {
    fn from(error: NotRegistered) -> Self {
        match error {
            NotRegistered::HandleTaken(_) => Self::EmailTaken,
            NotRegistered::Store(error) => error.into(),
        }
    }
}

impl From<NotRecognised> for AppError {
    fn from(error: NotRecognised) -> Self {
        match error {
            NotRecognised::Wrong(why) => Self::WrongLogin(why),
            NotRecognised::Resting(retry_after) => Self::CoolingDown { retry_after },
            NotRecognised::Store(error) => error.into(),
        }
    }
}

impl From<second_factor::NotPassed> for AppError {
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

impl From<NotEntered> for AppError {
    fn from(error: NotEntered) -> Self {
        match error {
            NotEntered::NotSpent(error) => error.into(),
            NotEntered::NotPassed(error) => error.into(),
        }
    }
}

impl From<NotRedeemed> for AppError {
    fn from(error: NotRedeemed) -> Self {
        match error {
            NotRedeemed::Dead | NotRedeemed::NoUser => Self::DeadLink,
            NotRedeemed::Store(error) => error.into(),
        }
    }
}

impl From<NotMailed> for AppError {
    fn from(error: NotMailed) -> Self {
        match error {
            NotMailed::Store(error) => error.into(),
            NotMailed::Unsent(_) => Self::Unavailable(Cause::Mail(error)),
        }
    }
}

impl From<NotCoded> for AppError {
    fn from(error: NotCoded) -> Self {
        match error {
            NotCoded::NotNow(NotNow::Cooling) => Self::SentJustNow,
            NotCoded::NotNow(NotNow::Resting(retry_after)) => Self::CoolingDown { retry_after },
            NotCoded::Texted(error @ NotTexted::Refused(_)) => Self::SmsNotSent(Cause::Sms(error)),
            NotCoded::Texted(error) => Self::Unavailable(Cause::Sms(error)),
            NotCoded::Store(error) => error.into(),
        }
    }
}

impl From<NotStanding> for AppError {
    fn from(error: NotStanding) -> Self {
        match error {
            NotStanding::Invalid(why) => Self::InvalidToken(why),
            NotStanding::Store(error) => error.into(),
        }
    }
}

impl From<NotProven> for AppError {
    fn from(error: NotProven) -> Self {
        match error {
            NotProven::NoCode => Self::NoCode,
            NotProven::Expired => Self::CodeExpired,
            NotProven::Wrong => Self::WrongCode,
            NotProven::Store(error) => error.into(),
        }
    }
}

impl From<NotSpent> for AppError {
    fn from(error: NotSpent) -> Self {
        match error {
            // Registered and gone again while this request looked: the code is still there to be tried.
            NotSpent::Gone | NotSpent::PhoneTaken => Self::NoCode,
            NotSpent::FactorUsed => Self::WrongOtp,
            NotSpent::Store(error) => error.into(),
        }
    }
}

impl From<Malformed> for AppError {
    fn from(_: Malformed) -> Self {
        Self::MalformedBody
    }
}
