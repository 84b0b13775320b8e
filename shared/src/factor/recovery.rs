//! Recovery codes: for a user who has lost the authenticator app. There are ten, each is shown once and good once.

use crate::id::{AppId, UserId};
use crate::random::Random;
use crate::secret::Secret;
use crate::token::ring::KeyRing;
use crate::typed;

/// A recovery code as a person reads it: ten digits of base 32, fifty bits.
#[derive(Debug)]
pub struct RecoveryCode(Secret<String>);

/// The text is not a recovery code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a recovery code")]
pub struct NotARecoveryCode;

/// Crockford's: no `i`, `l`, `o` and `u`, which people read as something else.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 10;

impl RecoveryCode {
    /// How many a user is given.
    pub const EACH_TIME: usize = 10;

    /// Draws a code.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        let digits = random.bytes::<LENGTH>().map(|byte| char::from(DIGITS[usize::from(byte % 32)]));
        Self(Secret::new(digits.into_iter().collect()))
    }

    /// Reads what somebody typed: in either case, with spaces and dashes, and with the letters that look like digits.
    ///
    /// # Errors
    /// [`NotARecoveryCode`]
    pub fn read(text: &str) -> Result<Self, NotARecoveryCode> {
        let folded = typed::fold(text).ok_or(NotARecoveryCode)?;
        let meant = |letter: char| match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        let code = Secret::new(folded.expose().chars().map(meant).collect::<String>());
        let is_code = |text: &str| text.len() == LENGTH && text.bytes().all(|byte| DIGITS.contains(&byte));
        is_code(code.expose()).then_some(Self(code)).ok_or(NotARecoveryCode)
    }

    /// What is stored: a keyed hash, bound to its user.
    #[must_use]
    pub fn digest(&self, app: &AppId, user: UserId, ring: &KeyRing) -> RecoveryDigest {
        let bound = Secret::new(format!("{user}:{}", self.0.expose()));
        RecoveryDigest(ring.blind("recovery-code", app, bound.expose()))
    }

    /// The code as it is shown, in two halves.
    #[must_use]
    pub fn shown(&self) -> Secret<String> {
        let (first, second) = self.0.expose().split_at(LENGTH / 2);
        Secret::new(format!("{first}-{second}"))
    }
}

/// A recovery code at rest.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryDigest(String);

impl RecoveryDigest {
    /// The text, for the store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text from the store.
    #[must_use]
    pub const fn stored(digest: String) -> Self {
        Self(digest)
    }
}

impl std::fmt::Debug for RecoveryDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// New recovery codes, and what is stored of them.
#[derive(Debug)]
pub struct RecoveryCodes {
    /// To be shown, once.
    pub codes: Vec<RecoveryCode>,
    /// To be stored.
    pub digests: Vec<RecoveryDigest>,
}

impl RecoveryCodes {
    /// Draws ten.
    #[must_use]
    pub fn draw(app: &AppId, user: UserId, ring: &KeyRing, random: &Random) -> Self {
        let codes: Vec<_> = (0..RecoveryCode::EACH_TIME).map(|_| RecoveryCode::draw(random)).collect();
        let digests = codes.iter().map(|code| code.digest(app, user, ring)).collect();
        Self { codes, digests }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{RecoveryCode, RecoveryCodes};
    use crate::clock::Timestamp;
    use crate::id::{AppId, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::SealedRing;
    use crate::token::seal::Kek;

    #[test]
    fn a_code_is_read_as_it_is_shown_and_as_people_type_it() {
        let code = RecoveryCode::read("0a1b2-c3d4e").expect("a code");
        assert_eq!(code.shown().expose(), "0a1b2-c3d4e");
        for typed in ["0A1B2C3D4E", " oa1b2 c3d4e ", "Oalb2-c3d4e", "\u{ff10}a\u{ff11}b2\u{2013}c3d4e"] {
            assert_eq!(RecoveryCode::read(typed).expect(typed).shown().expose(), "0a1b2-c3d4e", "{typed}");
        }
        for wrong in ["", "123456", "0a1b2-c3d4", "0a1b2-c3d4ef", "0a1b2-c3d4u", "0a1b2-c3d4é"] {
            assert!(RecoveryCode::read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(***)");
    }

    #[test]
    fn a_digest_is_its_users_alone() {
        let random = Random::system();
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        let ring = SealedRing::create(&kek, &random, Timestamp::from_unix(1_800_000_000)).expect("a ring");
        let ring = ring.open(kek).expect("opens");
        let (ours, theirs): (AppId, AppId) = ("ours".parse().expect("an id"), "theirs".parse().expect("an id"));
        let (ada, bob) = (UserId::draw(&random), UserId::draw(&random));
        let code = RecoveryCode::draw(&random);
        let digest = |app, user| code.digest(app, user, &ring);
        assert_eq!(digest(&ours, ada), digest(&ours, ada));
        assert_ne!(digest(&ours, ada), digest(&ours, bob));
        assert_ne!(digest(&ours, ada), digest(&theirs, ada));
        let RecoveryCodes { codes, digests } = RecoveryCodes::draw(&ours, ada, &ring, &random);
        let shown: std::collections::BTreeSet<_> = codes.iter().map(|code| code.shown().expose().clone()).collect();
        assert_eq!((shown.len(), digests.len()), (10, 10));
    }
}
