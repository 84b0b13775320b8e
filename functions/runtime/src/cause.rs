//! Causes of failures on our side, the same in every dialect.

use shared::clock::Seconds;
use shared::notify::email::NotSent;
use shared::notify::sms::NotTexted;
use shared::outbound::Outage;
use shared::service::recovery::NotMailed;
use shared::store::StoreError;
use shared::token::ring::KeyError;

use crate::reason::Reason;

/// What the operator reads about a failure that is not the caller's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The store.
    #[error(transparent)]
    Store(StoreError),
    /// The mail.
    #[error(transparent)]
    Mail(NotMailed),
    /// The text message.
    #[error(transparent)]
    Sms(NotTexted),
    /// The captcha's provider.
    #[error("the captcha's provider is down: {0}")]
    Captcha(Outage),
    /// The deployment binds this API to an app that nobody made, or that is disabled.
    #[error("bound app is missing or disabled: check BROWSER_APP_ID / ACCOUNT_APP_ID")]
    NoApp,
    /// The request took too long.
    #[error("the request took too long")]
    TooSlow,
    /// A handler panicked; the panic has a log line of its own.
    #[error("a handler panicked")]
    Panic,
}

impl Cause {
    /// One of each that has a reason of its own.
    pub const EACH: &'static [Self] = &[
        Self::Store(StoreError::Unavailable { operation: "", cause: String::new() }),
        Self::Store(StoreError::Corrupt { entity: "", attribute: "" }),
        Self::Store(StoreError::Keys(KeyError::Unusable)),
        Self::Mail(NotMailed::Unsent(NotSent::Busy(String::new()))),
        Self::Sms(NotTexted::Refused(String::new())),
        Self::Sms(NotTexted::Busy(String::new())),
        Self::Captcha(Outage::TimedOut),
        Self::NoApp,
        Self::TooSlow,
        Self::Panic,
    ];

    /// Its name for the log.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Store(StoreError::Unavailable { .. }) | Self::Mail(NotMailed::Store(_)) => Reason::StoreUnavailable,
            Self::Store(StoreError::Corrupt { .. }) => Reason::StoreCorrupt,
            Self::Store(StoreError::Keys(_)) => Reason::KeysUnusable,
            Self::Mail(NotMailed::Unsent(_)) => Reason::MailUnavailable,
            Self::Sms(NotTexted::Refused(_)) => Reason::SmsRefused,
            Self::Sms(NotTexted::Busy(_) | NotTexted::Unknown(_)) => Reason::SmsUnavailable,
            Self::Captcha(_) => Reason::CaptchaUnavailable,
            Self::NoApp => Reason::NoBoundApp,
            Self::TooSlow => Reason::TooSlow,
            Self::Panic => Reason::Panic,
        }
    }
}

/// How long a client should leave a dependency that is down alone.
pub const COME_BACK: Seconds = Seconds(2);

/// For a dialect's error with the variants `NotFound`, `TooManyRequests { retry_after }`, `BodyTooLarge`, `Unavailable(Cause)` and
/// `Internal(Cause)`: what the framework and the store say, put into them. What a caller may try again is `Unavailable`.
#[macro_export]
macro_rules! say_common_refusals {
    ($error:ident) => {
        impl From<$crate::RuntimeError> for $error {
            fn from(refusal: $crate::RuntimeError) -> Self {
                match refusal {
                    $crate::RuntimeError::TooManyRequests { retry_after } => Self::TooManyRequests { retry_after },
                    $crate::RuntimeError::NotFound => Self::NotFound,
                    $crate::RuntimeError::NotCounted(error) => error.into(),
                    $crate::RuntimeError::BodyTooLarge => Self::BodyTooLarge,
                    $crate::RuntimeError::TooSlow => Self::Unavailable($crate::Cause::TooSlow),
                    $crate::RuntimeError::Panicked => Self::Internal($crate::Cause::Panic),
                }
            }
        }

        impl From<shared::store::StoreError> for $error {
            fn from(error: shared::store::StoreError) -> Self {
                use shared::store::StoreError;
                match error {
                    StoreError::Unavailable { .. } => Self::Unavailable($crate::Cause::Store(error)),
                    StoreError::Corrupt { .. } | StoreError::Keys(_) => Self::Internal($crate::Cause::Store(error)),
                }
            }
        }

        impl From<shared::token::ring::KeyError> for $error {
            fn from(error: shared::token::ring::KeyError) -> Self {
                shared::store::StoreError::from(error).into()
            }
        }
    };
}

/// Writes `WireError::cause` for an error whose variants of these names hold a [`Cause`]: the operator reads it, the caller does not.
#[macro_export]
macro_rules! say_cause {
    ($($variant:ident),+) => {
        fn cause(&self) -> Option<String> {
            match self {
                $(Self::$variant(cause))|+ => Some(cause.to_string()),
                _ => None,
            }
        }
    };
}
