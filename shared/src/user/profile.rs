//! Name and language of a user, and changes of them.

use crate::language::Language;

/// A change of name and language. A member that is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The name; empty for none.
    pub name: Option<Name>,
    /// The language to write to the user in; none for that of the app, or of the browser.
    pub locale: Option<Option<Language>>,
}

/// What a user wants to be called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The most characters: longer than any name that fits a page.
    pub const LONGEST: usize = 100;

    /// The name without spaces at its ends; empty for a user who does not want to be called anything.
    ///
    /// # Errors
    /// [`NotAName`]
    pub fn read(text: &str) -> Result<Self, NotAName> {
        if text.chars().count() > Self::LONGEST {
            return Err(NotAName::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(NotAName::NotText);
        }
        Ok(Self(text.trim().to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

/// Why a text is not taken as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAName {
    /// It has more than [`Name::LONGEST`] characters.
    #[error("a name has at most {} characters", Name::LONGEST)]
    TooLong,
    /// It has control characters.
    #[error("a name is plain text")]
    NotText,
}

#[cfg(test)]
mod tests {
    use super::{Name, NotAName};

    #[test]
    fn a_name_is_a_line_of_at_most_a_hundred_characters() {
        let longest = "名".repeat(Name::LONGEST);
        for (text, name) in [("", ""), (" Ada Lovelace ", "Ada Lovelace"), (longest.as_str(), longest.as_str())] {
            assert_eq!(Name::read(text).map(String::from).as_deref(), Ok(name));
        }
        assert_eq!(Name::read(&format!("{longest}x")), Err(NotAName::TooLong));
        assert_eq!(Name::read("a\nb"), Err(NotAName::NotText));
    }
}
