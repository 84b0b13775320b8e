//! Roles: words that an app's operator gives to users, for the app's own servers to judge by.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// A role of an app.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role(String);

impl Role {
    /// The most that one user holds, and the longest: they stand in tokens, which go in headers.
    pub const MOST: usize = 16;
    const LONGEST: usize = 32;

    /// The role's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Role {
    type Err = NotARole;

    /// The letters are those that no list, header or query needs to quote.
    fn from_str(text: &str) -> Result<Self, NotARole> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        let fits = (1..=Self::LONGEST).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned())).ok_or(NotARole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot be a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role begins with a letter and has up to 32 of A-Z, a-z, 0-9, point, underscore, colon and hyphen")]
pub struct NotARole;

/// The roles of a user.
pub type Roles = BTreeSet<Role>;

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn a_role_is_one_plain_word() {
        for text in ["admin", "Editor", "billing:read", "team-7.lead", "a_b", &"a".repeat(32)] {
            assert_eq!(text.parse::<Role>().expect("a role").as_str(), text);
        }
        for text in ["", " admin", "admin ", "a b", "7th", "-a", "a,b", "a\"b", "ädmin", "a\n", &"a".repeat(33)] {
            assert!(text.parse::<Role>().is_err(), "{text:?}");
        }
    }
}
