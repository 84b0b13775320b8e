//! A password that somebody chooses where only its length is ruled: the Browser API and those after it.

use crate::secret::Secret;
use crate::user::nfc::nfc;
use crate::user::password::CanonicalPassword;

/// A password of 8 to 128 characters, in Unicode's form NFC. What it is made of is its owner's business (NIST SP 800-63B-4);
/// whether it is a breached one says [`crate::user::breached::Breached`].
#[derive(Debug)]
pub struct NewPassword(Secret<String>);

impl NewPassword {
    /// The fewest characters.
    pub const SHORTEST: usize = 8;
    /// The most characters.
    pub const LONGEST: usize = 128;

    /// The secret to hash.
    #[must_use]
    pub fn canonical(&self) -> CanonicalPassword {
        CanonicalPassword::from_plain(&self.0)
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Why a text is not taken as a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANewPassword {
    /// It has fewer than [`NewPassword::SHORTEST`] characters.
    #[error("a password has at least {} characters", NewPassword::SHORTEST)]
    TooShort,
    /// It has more than [`NewPassword::LONGEST`] characters.
    #[error("a password has at most {} characters", NewPassword::LONGEST)]
    TooLong,
}

impl TryFrom<Secret<String>> for NewPassword {
    type Error = NotANewPassword;

    fn try_from(plain: Secret<String>) -> Result<Self, NotANewPassword> {
        // NFC leaves at least a third of the characters, and a megabyte is not normalised.
        if plain.expose().chars().nth(3 * Self::LONGEST).is_some() {
            return Err(NotANewPassword::TooLong);
        }
        let password = nfc(plain.expose());
        match password.expose().chars().count() {
            ..Self::SHORTEST => Err(NotANewPassword::TooShort),
            Self::SHORTEST..=Self::LONGEST => Ok(Self(password)),
            _ => Err(NotANewPassword::TooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NewPassword, NotANewPassword};
    use crate::secret::Secret;
    use crate::user::nfc::nfc;

    fn parse(plain: &str) -> Result<NewPassword, NotANewPassword> {
        NewPassword::try_from(Secret::new(plain.to_owned()))
    }

    #[test]
    fn a_password_has_8_to_128_characters_of_any_kind() {
        for (plain, verdict) in [
            ("", Some(NotANewPassword::TooShort)),
            ("1234567", Some(NotANewPassword::TooShort)),
            ("12345678", None),
            ("        ", None),
            ("密码密码密码密", Some(NotANewPassword::TooShort)),
            ("密码密码密码密码", None),
            ("\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}", None),
            (&"a".repeat(128), None),
            (&"a".repeat(129), Some(NotANewPassword::TooLong)),
            (&"密".repeat(128), None),
            (&"密".repeat(129), Some(NotANewPassword::TooLong)),
            (&"a".repeat(1_000_000), Some(NotANewPassword::TooLong)),
        ] {
            assert_eq!(parse(plain).err(), verdict, "{} bytes", plain.len());
        }
    }

    #[test]
    fn characters_are_counted_after_normalisation() {
        assert_eq!(parse("e\u{301}123456").err(), Some(NotANewPassword::TooShort), "seven: é is one");
        assert!(parse(&"e\u{301}".repeat(128)).is_ok());
        // Three characters that become one, and one that becomes three.
        assert!(parse(&"\u{3b9}\u{308}\u{301}".repeat(128)).is_ok());
        assert_eq!(nfc("\u{fb2c}").expose().chars().count(), 3);
        assert_eq!(parse(&"\u{fb2c}".repeat(43)).err(), Some(NotANewPassword::TooLong), "129");
    }
}
