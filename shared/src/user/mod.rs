//! Users: who they are, by what they sign in, how their passwords are kept.

mod arena;
pub mod email;
pub mod identity;
pub mod lockout;
pub mod password;
pub mod phone;

use std::fmt;
use std::str::FromStr;

use crate::clock::Timestamp;
use crate::random::Random;
use crate::user::email::Email;
use crate::user::identity::Handle;
use crate::user::phone::Phone;

/// A user's number: random, positive and below 2^53, so that a JSON number carries it exactly in every client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(u64);

impl UserId {
    const LIMIT: u64 = 1 << 53;

    /// Draws a new number. Two users may draw the same: the store's condition tells, and one draws again.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        loop {
            let number = u64::from_be_bytes(random.bytes()) % Self::LIMIT;
            if number != 0 {
                return Self(number);
            }
        }
    }

    /// The number itself, for the dialect that shows one.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserId {
    type Err = NotAUserId;

    /// Reads the one spelling that [`fmt::Display`] writes: no sign, no leading zero.
    fn from_str(text: &str) -> Result<Self, NotAUserId> {
        let number = text.parse().map_err(|_| NotAUserId)?;
        let canonical = (1..Self::LIMIT).contains(&number) && !text.starts_with(['+', '0']);
        canonical.then_some(Self(number)).ok_or(NotAUserId)
    }
}

/// The text is not a user's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a user id")]
pub struct NotAUserId;

/// A user's epoch: sessions, links and passwords belong to one, and die together when it moves on.
///
/// It is kept with the user and copied to each identity, so that a login reads password and epoch in one item: a
/// login that checked the old password while a reset ran gets a session of the old epoch, which is dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A user of one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's number in this app.
    pub id: UserId,
    /// The generation of credentials that is alive.
    pub epoch: Epoch,
    /// When the user registered.
    pub created: Timestamp,
    /// The address, for a user who has one.
    pub email: Option<Email>,
    /// The number, for a user who has one.
    pub phone: Option<Phone>,
}

impl User {
    /// What the user signs in by.
    pub fn handles(&self) -> impl Iterator<Item = Handle> {
        let (email, phone) = (self.email.clone(), self.phone.clone());
        email.map(Handle::Email).into_iter().chain(phone.map(Handle::Phone))
    }
}

#[cfg(test)]
mod tests {
    use super::UserId;
    use crate::random::Random;

    #[test]
    fn drawn_ids_fit_a_json_number_and_read_back() {
        for _ in 0..1000 {
            let id = UserId::draw(&Random::system());
            assert!((1..1 << 53).contains(&id.number()));
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        for text in ["", "0", "007", "+7", "-7", "7 ", "9007199254740992", "18446744073709551616", "x"] {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }
}
