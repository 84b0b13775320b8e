//! Whether a user's address is known to be the user's, and when a mail may ask.

use crate::clock::{Seconds, Timestamp};

/// How many wrong tries burn a code: `docs/api/browser.md#sign-up`.
pub const TRIES: u32 = 5;

/// How long an address waits for its next mail: `docs/api/browser.md#sign-up`.
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

#[cfg(test)]
mod tests {
    use super::{COOLDOWN, EmailProof, TRIES};
    use crate::clock::{Seconds, Timestamp};

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    const DAY: Seconds = Seconds::days(1);

    fn asked(tries: u32) -> EmailProof {
        EmailProof::Asked { sent: NOW, expires: NOW.plus(DAY), tries, mailed: true }
    }

    #[test]
    fn a_mail_is_due_where_none_was_sent_and_never_where_the_address_is_proven() {
        assert!(EmailProof::Missing.is_due(NOW));
        assert!(!EmailProof::Proven.is_due(NOW));
    }

    #[test]
    fn a_live_code_lasts_its_day() {
        assert!(!asked(TRIES - 1).is_due(NOW.plus(DAY).minus(Seconds(1))));
        assert!(asked(0).is_due(NOW.plus(DAY)));
    }

    #[test]
    fn a_burnt_code_is_replaced_after_a_minute() {
        assert!(!asked(TRIES).is_due(NOW.plus(COOLDOWN).minus(Seconds(1))));
        assert!(asked(TRIES).is_due(NOW.plus(COOLDOWN)));
    }

    #[test]
    fn a_mail_that_may_never_have_left_is_sent_again_after_a_minute() {
        let unsent = EmailProof::Asked { sent: NOW, expires: NOW.plus(DAY), tries: 0, mailed: false };
        assert!(!unsent.is_due(NOW.plus(COOLDOWN).minus(Seconds(1))));
        assert!(unsent.is_due(NOW.plus(COOLDOWN)));
    }
}
