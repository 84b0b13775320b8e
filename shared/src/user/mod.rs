//! Users: who they are, by what they sign in, how their passwords are kept.

mod arena;
pub mod breached;
pub mod email;
pub mod identity;
pub mod lockout;
pub mod new_password;
pub mod password;
pub mod phone;
pub mod phone_sign_in;
pub mod recovery;
pub mod sign_in;
pub mod username;

use std::fmt;
use std::str::FromStr;

use crate::clock::Timestamp;
use crate::code::email::EmailProof;
use crate::random::Random;
use crate::user::email::Email;
use crate::user::identity::Handle;
use crate::user::phone::Phone;
use crate::user::username::Username;

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

    /// How many bytes [`UserId::to_bytes`] gives.
    pub(crate) const BYTES: usize = 8;

    /// The number in a token.
    pub(crate) const fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0.to_be_bytes()
    }

    /// The number from a token.
    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Option<Self> {
        let number = u64::from_be_bytes(bytes);
        (1..Self::LIMIT).contains(&number).then_some(Self(number))
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
    /// What the user wants to be called; empty for one who did not say.
    pub name: String,
    /// The username, for a user who has one.
    pub username: Option<Username>,
    /// The address, for a user who has one.
    pub email: Option<Email>,
    /// Whether the address is known to be the user's.
    pub email_proof: EmailProof,
    /// The number, for a user who has one.
    pub phone: Option<Phone>,
}

impl User {
    /// A user who registers now, and has nothing yet to sign in by.
    #[must_use]
    pub fn new(random: &Random, now: Timestamp) -> Self {
        Self {
            id: UserId::draw(random),
            epoch: Epoch::default(),
            created: now,
            name: String::new(),
            username: None,
            email: None,
            email_proof: EmailProof::Missing,
            phone: None,
        }
    }

    /// What the user signs in by.
    #[must_use]
    pub fn handles(&self) -> Vec<Handle> {
        let username = self.username.clone().map(Handle::Username);
        let email = self.email.clone().map(Handle::Email);
        let phone = self.phone.clone().map(Handle::Phone);
        [username, email, phone].into_iter().flatten().collect()
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
