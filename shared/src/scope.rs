//! Scopes: the words for what a client may do.

use std::collections::BTreeSet;
use std::fmt;

/// A set of scope tokens (RFC 6749 §3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// The scopes that every client may ask for; others are those of its own registration.
    pub const OURS: [&str; 7] = ["email", "mementos", "offline_access", "openid", "phone", "profile", "roles"];

    /// Those of them that a session of an earlier release may lack, though its client asked for them.
    pub const CAME_LATER: [&str; 4] = ["offline_access", "openid", "phone", "roles"];

    /// Reads a list that is separated by spaces. A word that cannot be a scope is ignored.
    #[must_use]
    pub fn read(text: &str) -> Self {
        text.split(' ').filter(|token| is_token(token)).map(str::to_owned).collect()
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the token is among them.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.contains(token)
    }

    /// Whether all of `other` is in this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }
}

impl FromIterator<String> for Scope {
    fn from_iter<I: IntoIterator<Item = String>>(tokens: I) -> Self {
        Self(tokens.into_iter().collect())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tokens().collect::<Vec<_>>().join(" "))
    }
}

fn is_token(token: &str) -> bool {
    (1..=64).contains(&token.len()) && token.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_list_is_read_as_a_set_without_what_is_no_token() {
        assert_eq!(Scope::read("profile  email profile \"x\\ é").to_string(), "email profile");
        assert!(Scope::read("").is_empty() && Scope::read(" ").is_empty());
    }

    #[test]
    fn a_scope_covers_its_parts_and_nothing_more() {
        let both = Scope::read("email profile");
        assert!(both.covers(&Scope::read("email")) && both.covers(&Scope::default()) && both.covers(&both));
        assert!(!Scope::read("email").covers(&both));
    }
}
