//! Users: who they are, by what they sign in, how their passwords are kept.

mod arena;
pub mod breached;
pub mod email;
pub mod email_proof;
pub mod foreign;
pub mod identity;
pub mod lockout;
pub mod new_password;
pub mod nfc;
pub mod password;
pub mod phone;
pub mod profile;
pub mod role;
pub mod sighting;
pub mod username;

use crate::clock::Timestamp;
use crate::id::{Epoch, UserId};
use crate::language::Language;
use crate::random::Random;
use crate::user::email::Email;
use crate::user::email_proof::EmailProof;
use crate::user::identity::Handle;
use crate::user::phone::Phone;
use crate::user::role::Roles;
use crate::user::username::Username;

/// A user of one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's number in this app.
    pub id: UserId,
    /// The generation of credentials that is alive.
    pub epoch: Epoch,
    /// An operator shut the user out: no session of theirs lives, and none is opened.
    pub disabled: bool,
    /// When the user registered.
    pub created: Timestamp,
    /// What the user wants to be called; empty for one who did not say.
    pub name: String,
    /// The language that the user wants to be written to in, if they said so.
    pub locale: Option<Language>,
    /// When the name, the language or the username last changed.
    pub profile_since: Timestamp,
    /// The username, for a user who has one.
    pub username: Option<Username>,
    /// The address, for a user who has one.
    pub email: Option<Email>,
    /// Whether the address is known to be the user's.
    pub email_proof: EmailProof,
    /// The number, for a user who has one.
    pub phone: Option<Phone>,
    /// What an operator lets the user be in the app.
    pub roles: Roles,
    /// Whether a sign-in of theirs takes a second factor.
    pub second_factor: bool,
    /// How many mementos they have.
    pub mementos: u32,
    /// Passkeys of an epoch before this one are not the user's any more: a stranger may have added them before the address was proven.
    pub passkeys_since: Epoch,
}

impl User {
    /// A user who registers now, and has nothing yet to sign in by.
    #[must_use]
    pub fn new(random: &Random, now: Timestamp) -> Self {
        Self {
            id: UserId::draw(random),
            epoch: Epoch::default(),
            disabled: false,
            created: now,
            name: String::new(),
            locale: None,
            profile_since: now,
            username: None,
            email: None,
            email_proof: EmailProof::Missing,
            phone: None,
            roles: Roles::new(),
            second_factor: false,
            mementos: 0,
            passkeys_since: Epoch::default(),
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
