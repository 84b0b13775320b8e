//! Identities: what a person types to say who they are.

use crate::clock::Timestamp;
use crate::id::{Epoch, UserId};
use crate::user::email::Email;
use crate::user::lockout::Tries;
use crate::user::password::PasswordHash;
use crate::user::phone::Phone;
use crate::user::username::Username;

/// What names a user of an app from outside. A user has at most one of each kind, and each is unique in its app.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Handle {
    /// An e-mail address.
    Email(Email),
    /// A phone number.
    Phone(Phone),
    /// A name of the user's choice.
    Username(Username),
}

/// What somebody types to say who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// An address or a username.
    Handle(Handle),
    /// Neither, so nobody's. Its failures count like any other's: an answer that differs would have to be explained.
    Nobodys(String),
}

impl Login {
    /// Reads an address or a username.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        let handle = if text.contains(['@', '\u{ff20}']) {
            text.parse().ok().map(Handle::Email)
        } else {
            text.parse().ok().map(Handle::Username)
        };
        handle.map_or_else(|| Self::Nobodys(text.to_owned()), Self::Handle)
    }

    /// What somebody may have.
    #[must_use]
    pub const fn handle(&self) -> Option<&Handle> {
        match self {
            Self::Handle(handle) => Some(handle),
            Self::Nobodys(_) => None,
        }
    }

    /// Kind and value, for a key.
    pub(crate) fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Handle(handle) => (handle.kind(), handle.value()),
            Self::Nobodys(text) => ("nobodys", text),
        }
    }
}

impl Handle {
    /// The kind, as it stands in keys.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
            Self::Username(_) => "username",
        }
    }

    /// Whether a password goes with it: not with a phone, whose owner proves themselves by a code.
    #[must_use]
    pub const fn takes_password(&self) -> bool {
        !matches!(self, Self::Phone(_))
    }

    /// The normalised value. It is never stored in a key: see `store::keys`.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Phone(phone) => phone.as_e164(),
            Self::Username(username) => username.as_folded(),
        }
    }
}

impl From<Email> for Handle {
    fn from(email: Email) -> Self {
        Self::Email(email)
    }
}

impl From<Username> for Handle {
    fn from(username: Username) -> Self {
        Self::Username(username)
    }
}

impl From<Phone> for Handle {
    fn from(phone: Phone) -> Self {
        Self::Phone(phone)
    }
}

/// A handle that belongs to somebody, with the password that goes with it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Whose it is.
    pub user: UserId,
    /// The user's epoch, as of the password.
    pub epoch: Epoch,
    /// What the password must hash to. `None` for a phone: its owner proves themselves by a code, and no password is
    /// right.
    pub password: Option<PasswordHash>,
    /// The tries of late, and where the user has signed in before.
    pub tries: Tries,
    /// When the handle was taken.
    pub created: Timestamp,
    /// The user's other handles: what changes the password or the epoch changes them all.
    pub others: Vec<Handle>,
    /// Whether the user's e-mail address is known to be theirs. Where this says no, the user's own item may know
    /// better: it is written there first.
    pub proven: bool,
    /// Whether an operator shut the user out. It is a copy of the user's, so that a sign-in reads one item.
    pub disabled: bool,
    /// Whether a sign-in takes a second factor. It is a copy of the user's, for the same reason.
    pub second_factor: bool,
}
