//! The code by e-mail that signs in.
//!
//! An address has a record as a phone has one, with the same quotas and the same count of tries: [`crate::code::sms`].

use crate::clock::Seconds;
use crate::code::digits::{Code, CodeDigest};
use crate::id::{AppId, Epoch, UserId};
use crate::token::ring::KeyRing;
use crate::user::email::Email;
use crate::user::identity::Identity;

/// How long a code is good.
pub const LIFETIME: Seconds = Seconds::minutes(10);

/// Whom a code lets in: a user as of an epoch. A password that is set, or an address that is changed, ends the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub user: UserId,
    /// As of when.
    pub epoch: Epoch,
}

impl From<&Identity> for Owner {
    fn from(identity: &Identity) -> Self {
        Self { user: identity.user, epoch: identity.epoch }
    }
}

/// What is stored of a code for `email`. A code without an owner lets nobody in, also a later owner of the address: it is on record so
/// that asking costs the same.
#[must_use]
pub fn digest(code: &Code, app: &AppId, email: &Email, owner: Option<Owner>, ring: &KeyRing) -> CodeDigest {
    let email = email.as_str();
    let whose = match owner {
        Some(Owner { user, epoch }) => format!("{user}:{}:{email}", epoch.0),
        None => format!("nobody:{email}"),
    };
    code.digest("mailed-code", app, &whose, ring)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Owner;
    use crate::clock::Timestamp;
    use crate::code::digits::Code;
    use crate::id::{Epoch, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::SealedRing;
    use crate::token::seal::Kek;

    #[test]
    fn a_digest_is_bound_to_code_app_address_user_and_epoch() {
        let (kek, random) = (Arc::new(Kek::new(&Secret::new("ours".to_owned()))), Random::system());
        let now = Timestamp::from_unix(1_800_000_000);
        let ring = SealedRing::create(&kek, &random, now).expect("a ring").open(kek).expect("our ring");
        let digest = |code: &str, app: &str, email: &str, owner| {
            let (app, email) = (app.parse().expect("an app id"), email.parse().expect("an address"));
            super::digest(&Code::read(code).expect("six digits"), &app, &email, owner, &ring)
        };
        let ada = Owner { user: UserId::draw(&random), epoch: Epoch(3) };
        let bob = Owner { user: UserId::draw(&random), ..ada };
        let later = Owner { epoch: Epoch(4), ..ada };
        let ours = digest("123456", "a", "ada@example.com", Some(ada));
        assert_eq!(ours, digest("123456", "a", "ada@example.com", Some(ada)));
        for other in [
            digest("123457", "a", "ada@example.com", Some(ada)),
            digest("123456", "b", "ada@example.com", Some(ada)),
            digest("123456", "a", "bob@example.com", Some(ada)),
            digest("123456", "a", "ada@example.com", Some(bob)),
            digest("123456", "a", "ada@example.com", Some(later)),
            digest("123456", "a", "ada@example.com", None),
        ] {
            assert_ne!(ours, other);
        }
    }
}
