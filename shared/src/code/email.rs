//! The mail that asks whether an address is its user's: six digits to type, or a link to follow.
//!
//! Both stand in the user's own item. There, one write counts a try, compares it and, if it was right, is the proof:
//! the address is proven while the last try on record is the code on record, and no other try may replace that one.

use crate::app::AppId;
use crate::clock::{Seconds, Timestamp};
use crate::code::digits::{Code, CodeDigest};
use crate::random::Random;
use crate::secret::Secret;
use crate::token::addressed::{self, SECRET};
use crate::token::opaque::{NotAToken, TokenDigest};
use crate::token::ring::KeyRing;
use crate::user::UserId;

/// How long code and link are good. Fixed by the Browser API's contract.
pub const LIFETIME: Seconds = Seconds::hours(24);

/// How many wrong tries burn a code. Fixed by the Browser API's contract.
pub const TRIES: u32 = 5;

/// How long an address waits for its next mail. Fixed by the Browser API's contract.
pub const COOLDOWN: Seconds = Seconds(60);

/// Whether an address is known to be its user's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmailProof {
    /// Nobody has asked.
    #[default]
    Missing,
    /// A mail asked.
    Asked {
        /// When.
        sent: Timestamp,
        /// From when on its code and link are dead.
        expires: Timestamp,
        /// How often a code was tried.
        tries: u32,
        /// Whether it is known to have left.
        mailed: bool,
    },
    /// Its user gave the code, or followed a link that went there.
    Proven,
}

impl EmailProof {
    /// Whether the address is known to be its user's.
    #[must_use]
    pub const fn is_proven(self) -> bool {
        matches!(self, Self::Proven)
    }

    /// Whether a mail should ask now: not while there is a live code that was mailed, and at most once a minute.
    #[must_use]
    pub fn is_due(self, now: Timestamp) -> bool {
        match self {
            Self::Missing => true,
            Self::Asked { sent, expires, tries, mailed } => {
                (!mailed || now >= expires || tries >= TRIES) && now >= sent.plus(COOLDOWN)
            }
            Self::Proven => false,
        }
    }
}

/// What is stored of a mail that asks.
#[derive(Clone, Debug)]
pub struct EmailChallenge {
    /// Of the code.
    pub code: CodeDigest,
    /// Of the link's token.
    pub link: TokenDigest,
    /// When it was made.
    pub sent: Timestamp,
}

impl EmailChallenge {
    /// Makes a code and a link for `user`, for the one mail that carries them.
    #[must_use]
    pub fn issue(
        app: &AppId,
        user: UserId,
        ring: &KeyRing,
        random: &Random,
        now: Timestamp,
    ) -> (Self, Code, LinkToken) {
        let (code, link) = (Code::draw(random), LinkToken { user, secret: Secret::new(random.bytes()) });
        (Self { code: digest(&code, app, user, ring), link: link.digest(), sent: now }, code, link)
    }

    /// Dead from here on.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.sent.plus(LIFETIME)
    }
}

/// What is stored of a code for `user`.
#[must_use]
pub fn digest(code: &Code, app: &AppId, user: UserId, ring: &KeyRing) -> CodeDigest {
    code.digest("email-code", app, &user.to_string(), ring)
}

/// The token of a link that proves an address. It works on any device.
#[derive(Debug)]
pub struct LinkToken {
    /// Whose address.
    pub user: UserId,
    secret: Secret<[u8; SECRET]>,
}

const LABEL: &str = "email-link";

impl LinkToken {
    /// Reads a token that we made for `app`.
    ///
    /// # Errors
    /// [`NotAToken`] for any other text.
    pub fn read(text: &str, app: &AppId, ring: &KeyRing) -> Result<Self, NotAToken> {
        let (user, secret) = addressed::read::<{ UserId::BYTES }>(text, LABEL, app, ring)?;
        Ok(Self { user: UserId::from_bytes(user).ok_or(NotAToken)?, secret })
    }

    /// The text for the one mail that carries it.
    #[must_use]
    pub fn write(&self, app: &AppId, ring: &KeyRing) -> Secret<String> {
        addressed::write(&self.user.to_bytes(), &self.secret, LABEL, app, ring)
    }

    /// What to store, or to compare with.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.secret.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::{COOLDOWN, EmailProof, LIFETIME, TRIES};
    use crate::clock::{Seconds, Timestamp};

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn asked(tries: u32) -> EmailProof {
        EmailProof::Asked { sent: NOW, expires: NOW.plus(LIFETIME), tries, mailed: true }
    }

    #[test]
    fn a_mail_is_due_where_none_was_sent_and_never_where_the_address_is_proven() {
        assert!(EmailProof::Missing.is_due(NOW));
        assert!(!EmailProof::Proven.is_due(NOW));
    }

    #[test]
    fn a_live_code_lasts_its_day() {
        assert!(!asked(TRIES - 1).is_due(NOW.plus(LIFETIME).minus(Seconds(1))));
        assert!(asked(0).is_due(NOW.plus(LIFETIME)));
    }

    #[test]
    fn a_burnt_code_is_replaced_after_a_minute() {
        assert!(!asked(TRIES).is_due(NOW.plus(COOLDOWN).minus(Seconds(1))));
        assert!(asked(TRIES).is_due(NOW.plus(COOLDOWN)));
    }

    #[test]
    fn a_mail_that_may_never_have_left_is_sent_again_after_a_minute() {
        let unsent = EmailProof::Asked { sent: NOW, expires: NOW.plus(LIFETIME), tries: 0, mailed: false };
        assert!(!unsent.is_due(NOW.plus(COOLDOWN).minus(Seconds(1))));
        assert!(unsent.is_due(NOW.plus(COOLDOWN)));
    }
}
