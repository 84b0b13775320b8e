//! Names that people read: of apps and clients.

use std::fmt;
use std::str::FromStr;

/// A name of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// The text cannot be such a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name is one line of 1 to 100 letters, without line breaks and other control characters")]
pub struct NotADisplayName;

/// As many as a sign-in page and a subject line have room for.
const LONGEST: usize = 100;

impl DisplayName {
    /// The name.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for DisplayName {
    type Err = NotADisplayName;

    /// It stands in the subject of mails, where a line break begins another header and SES refuses the mail.
    fn from_str(text: &str) -> Result<Self, NotADisplayName> {
        let text = text.trim();
        let breaks = |letter: char| {
            letter.is_control()
                || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        };
        let fits = (1..=LONGEST).contains(&text.chars().count()) && !text.contains(breaks);
        fits.then(|| Self(text.to_owned())).ok_or(NotADisplayName)
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::DisplayName;

    #[test]
    fn a_name_is_one_line() {
        for text in ["The Shop", "商店", "Ünïcode & <b>", &"a".repeat(100)] {
            assert!(text.parse::<DisplayName>().is_ok(), "{text}");
        }
        for text in ["", "  ", "a\nb", "a\r\nBcc: x", "a\tb", "a\u{0}", "a\u{2028}b", "a\u{202E}b", &"a".repeat(101)] {
            assert!(text.parse::<DisplayName>().is_err(), "{text:?}");
        }
    }
}
