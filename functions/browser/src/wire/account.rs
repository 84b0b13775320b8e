//! Why something of the own account is not changed, as the dialect says it.

use runtime::Cause;
use shared::code::sms::{COOLDOWN, NotNow};
use shared::notify::sms::NotTexted;
use shared::service::account::PasswordNotSet;
use shared::service::confirmation::NotConfirmed;
use shared::service::new_address::{NotAsked, NotMoved};
use shared::service::phone::NotCoded;
use shared::service::recovery::NotMailed;
use shared::token::InvalidToken;

use super::{BrowserError, Field};

impl BrowserError {
    /// A new address or phone that does not count, by the field that it came in.
    #[must_use]
    pub fn of_move(error: NotMoved, field: Field) -> Self {
        match error {
            NotMoved::Wrong => Self::WrongCode,
            NotMoved::Dead => Self::ExpiredCode,
            NotMoved::Taken if field == Field::Phone => Self::PhoneTaken,
            NotMoved::Taken => Self::EmailTaken,
            NotMoved::TooOften(retry_after) => Self::CoolingDown { retry_after },
            NotMoved::Store(error) => error.into(),
        }
    }
}

impl From<NotConfirmed> for BrowserError {
    fn from(error: NotConfirmed) -> Self {
        match error {
            NotConfirmed::Missing => Self::Unconfirmed,
            NotConfirmed::Wrong(why) => Self::WrongPassword(why.into()),
            NotConfirmed::Resting(retry_after) => Self::CoolingDown { retry_after },
            NotConfirmed::Store(error) => error.into(),
        }
    }
}

impl From<NotAsked> for BrowserError {
    fn from(error: NotAsked) -> Self {
        match error {
            NotAsked::Cooling(retry_after) => Self::CoolingDown { retry_after },
            NotAsked::Dead => Self::InvalidToken(InvalidToken::AllSessionsEnded),
            NotAsked::Unsent(error) => Self::Unavailable(Cause::Mail(NotMailed::Unsent(error))),
            NotAsked::Store(error) => error.into(),
        }
    }
}

impl From<NotCoded> for BrowserError {
    fn from(error: NotCoded) -> Self {
        match error {
            NotCoded::NotNow(NotNow::Cooling) => Self::CoolingDown { retry_after: COOLDOWN },
            NotCoded::NotNow(NotNow::Resting(retry_after)) => Self::CoolingDown { retry_after },
            NotCoded::Texted(error @ NotTexted::Refused(_)) => Self::SmsNotSent(Cause::Sms(error)),
            NotCoded::Texted(error) => Self::Unavailable(Cause::Sms(error)),
            NotCoded::Store(error) => error.into(),
        }
    }
}

impl From<PasswordNotSet> for BrowserError {
    fn from(error: PasswordNotSet) -> Self {
        match error {
            PasswordNotSet::NoHandle => Self::NoLogin,
            PasswordNotSet::Moved => Self::InvalidToken(InvalidToken::AllSessionsEnded),
            PasswordNotSet::Store(error) => error.into(),
        }
    }
}
