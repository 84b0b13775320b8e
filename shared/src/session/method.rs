//! How and when somebody signed in.

use std::str::FromStr;

use crate::clock::Timestamp;

/// What somebody proved who they are with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A password.
    Password,
    /// A code by text message.
    Sms,
}

impl Method {
    /// The name of the authentication method reference (RFC 8176 §2).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Sms => "sms",
        }
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        [Self::Password, Self::Sms].into_iter().find(|method| method.name() == name).ok_or(UnknownMethod)
    }
}

/// The name is no method's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a method")]
pub struct UnknownMethod;

/// A sign-in: what tokens say of it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInEvent {
    /// When.
    pub at: Timestamp,
    /// How; none of a session whose API does not note it, or that an earlier release opened.
    pub method: Option<Method>,
}
