//! Recovery codes: for a user who has lost the authenticator app. There are ten, each is shown once and good once.

use aws_lc_rs::hmac;

use crate::factor::sealed::{CannotOpen, Part, Sealed};
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
    pub const EACH_TIME: u8 = 10;

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

/// What the ten codes of a user follow from. An export takes it along, for a digest under one key ring says nothing to another.
#[derive(Debug)]
pub struct RecoverySeed(Secret<Vec<u8>>);

impl RecoverySeed {
    const LENGTH: usize = 16;

    /// Draws a seed.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(Secret::new(random.bytes::<{ Self::LENGTH }>().to_vec()))
    }

    /// The seed from a file that an export wrote; `None`: it is none.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == Self::LENGTH).then(|| Self(Secret::new(bytes)))
    }

    /// The seed of that user; an export alone opens it, for a sign-in compares digests.
    ///
    /// # Errors
    /// [`CannotOpen`]
    pub fn open(sealed: &SealedSeed, app: &AppId, user: UserId, ring: &KeyRing) -> Result<Self, CannotOpen> {
        sealed.open(app, user, ring).map(Self)
    }

    /// For a file that an export writes.
    #[must_use]
    pub const fn reveal(&self) -> &Secret<Vec<u8>> {
        &self.0
    }

    /// The codes, always the same and in the same order.
    #[must_use]
    pub fn codes(&self) -> Vec<RecoveryCode> {
        let seed = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose());
        let code = |number: u8| {
            let drawn = hmac::sign(&seed, &[number]);
            let digits = drawn.as_ref().iter().take(LENGTH).map(|byte| char::from(DIGITS[usize::from(byte % 32)]));
            RecoveryCode(Secret::new(digits.collect()))
        };
        (0..RecoveryCode::EACH_TIME).map(code).collect()
    }
}

/// The seed at rest.
pub type SealedSeed = Sealed<OfRecoveryCodes>;

/// Of recovery codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfRecoveryCodes;

impl Part for OfRecoveryCodes {
    const PURPOSE: &'static str = "recovery codes";
}

/// Recovery codes, and what is stored of them.
#[derive(Debug)]
pub struct RecoveryCodes {
    /// To be shown, once.
    pub codes: Vec<RecoveryCode>,
    /// To be stored, for sign-ins.
    pub digests: Vec<RecoveryDigest>,
    /// To be stored, for an export.
    pub seed: SealedSeed,
}

impl RecoveryCodes {
    /// Draws ten.
    #[must_use]
    pub fn draw(app: &AppId, user: UserId, ring: &KeyRing, random: &Random) -> Self {
        Self::of(&RecoverySeed::draw(random), app, user, ring, random)
    }

    /// Those that follow from a seed, under this ring.
    #[must_use]
    pub fn of(seed: &RecoverySeed, app: &AppId, user: UserId, ring: &KeyRing, random: &Random) -> Self {
        let codes = seed.codes();
        let digests = codes.iter().map(|code| code.digest(app, user, ring)).collect();
        Self { codes, digests, seed: SealedSeed::seal(&seed.0, app, user, ring, random) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{CannotOpen, RecoveryCode, RecoveryCodes, RecoverySeed};
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
        let code = RecoveryCode::read("0a1b2-c3d4e").expect("a code");
        let digest = |app, user| code.digest(app, user, &ring);
        assert_eq!(digest(&ours, ada), digest(&ours, ada));
        assert_ne!(digest(&ours, ada), digest(&ours, bob));
        assert_ne!(digest(&ours, ada), digest(&theirs, ada));
        let RecoveryCodes { codes, digests, seed } = RecoveryCodes::draw(&ours, ada, &ring, &random);
        let all = |codes: &[RecoveryCode]| codes.iter().map(|code| code.shown().expose().clone()).collect::<Vec<_>>();
        let shown: std::collections::BTreeSet<_> = all(&codes).into_iter().collect();
        assert_eq!((shown.len(), digests.len()), (10, 10));
        assert!(shown.iter().all(|code| RecoveryCode::read(code).is_ok()));
        let open = |app, user| RecoverySeed::open(&seed, app, user, &ring).map(|seed| all(&seed.codes()));
        assert_eq!(open(&ours, ada), Ok(all(&codes)));
        assert_eq!((open(&ours, bob), open(&theirs, ada)), (Err(CannotOpen), Err(CannotOpen)));
        assert_eq!(format!("{seed:?} {:?}", RecoverySeed::draw(&random)), "*** RecoverySeed(***)");
    }
}
