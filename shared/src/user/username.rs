//! Names that people choose to sign in by.

use std::str::FromStr;

/// 1 to 20 ASCII letters, digits and underscores, as in `docs/api/account.md#register`.
///
/// It is kept as it was typed and looked up in lower case: nobody is to be taken for `Ada` who is called `ada`.
#[derive(Clone, Debug)]
pub struct Username {
    typed: String,
    folded: String,
}

impl Username {
    /// As it was typed.
    #[must_use]
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// As it is looked up.
    #[must_use]
    pub fn as_folded(&self) -> &str {
        &self.folded
    }
}

impl PartialEq for Username {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Username {}

impl std::hash::Hash for Username {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl FromStr for Username {
    type Err = NotAUsername;

    fn from_str(text: &str) -> Result<Self, NotAUsername> {
        let fits =
            (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        fits.then(|| Self { typed: text.to_owned(), folded: text.to_ascii_lowercase() }).ok_or(NotAUsername)
    }
}

/// The text cannot be a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a username is 1 to 20 letters, digits and underscores")]
pub struct NotAUsername;

#[cfg(test)]
mod tests {
    use super::Username;

    #[test]
    fn a_username_is_a_short_ascii_word() {
        for text in ["a", "Ada_1815", "_", "01234567890123456789"] {
            assert!(text.parse::<Username>().is_ok(), "{text}");
        }
        for text in ["", "a b", "a-b", "a@b", "é", "ａ", "a\n", "012345678901234567890"] {
            assert!(text.parse::<Username>().is_err(), "{text}");
        }
    }

    #[test]
    fn two_spellings_are_one_name_and_each_is_kept_as_typed() {
        let (typed, other): (Username, Username) = ("Ada".parse().expect("a name"), "aDA".parse().expect("a name"));
        assert_eq!(typed, other);
        assert_eq!((typed.as_typed(), typed.as_folded()), ("Ada", "ada"));
    }
}
