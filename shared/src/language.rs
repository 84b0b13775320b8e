//! The two languages that Latchet speaks to people.

use std::str::FromStr;

/// A language of mails and pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// 中文, the default.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The tag for `lang` attributes and the `Content-Language` header (RFC 5646).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// The text in this language. Both stand side by side where they are used, so that neither can be forgotten.
    #[must_use]
    pub const fn say(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// The first of these tags that is one of ours. They are parted by spaces, the preferred one first, as in `ui_locales`
    /// (`OpenID` Connect Core §3.1.2.1). Some clients part them by commas.
    #[must_use]
    pub fn first_of(tags: &str) -> Option<Self> {
        tags.split([' ', ',', '+']).find_map(Self::of_tag)
    }

    /// The language of a tag (RFC 5646), by its first subtag. Phones write it with an underscore.
    fn of_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The language that an `Accept-Language` header asks for (RFC 9110 §12.5.4), or `otherwise`.
    ///
    /// The highest weight wins, the earlier one among equals; a weight of 0, and what does not parse, is passed over.
    #[must_use]
    pub fn negotiate(accept_language: Option<&str>, otherwise: Self) -> Self {
        let mut best: Option<(u16, Self)> = None;
        for range in accept_language.unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let language = match tag {
                "*" => otherwise,
                tag => match Self::of_tag(tag) {
                    Some(language) => language,
                    None => continue,
                },
            };
            let weight = match parts.next().map(|q| q.strip_prefix("q=").and_then(milli)) {
                None => 1000,
                Some(Some(weight)) => weight,
                Some(None) => continue,
            };
            if weight > best.map_or(0, |(weight, _)| weight) {
                best = Some((weight, language));
            }
        }
        best.map_or(otherwise, |(_, language)| language)
    }
}

/// A qvalue in thousandths.
fn milli(qvalue: &str) -> Option<u16> {
    let weight: f32 = qvalue.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=1000 after the check")]
    (0.0..=1.0).contains(&weight).then_some((weight * 1000.0) as u16)
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        match tag {
            "zh" => Ok(Self::Chinese),
            "en" => Ok(Self::English),
            _ => Err(UnknownLanguage),
        }
    }
}

/// Neither `zh` nor `en`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a language is zh or en")]
pub struct UnknownLanguage;

#[cfg(test)]
mod tests {
    use super::Language::{self, Chinese, English};

    #[test]
    fn the_first_tag_that_is_ours_counts_however_it_is_written() {
        for (tags, expected) in [
            ("en", Some(English)),
            ("fr zh-Hans-CN en", Some(Chinese)),
            ("EN-us", Some(English)),
            ("en_US", Some(English)),
            ("fr,en", Some(English)),
            ("zh_Hant_TW", Some(Chinese)),
            ("", None),
            ("fr", None),
            ("english", None),
        ] {
            assert_eq!(Language::first_of(tags), expected, "{tags}");
        }
    }

    #[test]
    fn the_highest_weight_wins_and_the_default_fills_in() {
        for (header, expected) in [
            (None, Chinese),
            (Some(""), Chinese),
            (Some("en"), English),
            (Some("en-GB,en;q=0.9,zh;q=0.8"), English),
            (Some("fr, zh;q=0.3, en;q=0.7"), English),
            (Some("en;q=0.2, zh-CN;q=0.9"), Chinese),
            (Some("en;q=0"), Chinese),
            (Some("en;q=NaN"), Chinese),
            (Some("en;q=9"), Chinese),
            (Some("en_US"), English),
            (Some("*"), Chinese),
            (Some("fr"), Chinese),
        ] {
            assert_eq!(Language::negotiate(header, Chinese), expected, "{header:?}");
        }
    }
}
