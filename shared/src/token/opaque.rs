//! Opaque tokens: random bits that mean nothing without the store.

use std::str::FromStr;

use aws_lc_rs::digest;

use crate::hex::hex;
use crate::id::UserId;
use crate::random::Random;
use crate::secret::Secret;

/// A token as its bearer holds it: 64 lower-case hex digits.
#[derive(Debug)]
pub struct OpaqueToken(Secret<String>);

/// What is stored of an [`OpaqueToken`]: its SHA-256. 200 random bits need neither salt nor stretching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDigest(String);

impl OpaqueToken {
    /// How much of the text says whose it is: a user's number is below 2^53.
    const USER_DIGITS: usize = 14;

    /// Draws a new token for `user`: their number and 200 random bits. It says whose it is, so that its record and its
    /// user are looked up at once.
    #[must_use]
    pub fn draw(user: UserId, random: &Random) -> Self {
        Self(Secret::new(hex(&user.to_bytes()[1..]) + &hex(&random.bytes::<25>())))
    }

    /// Whose it says it is. Its record knows whether that is so.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        let number = u64::from_str_radix(&self.0.expose()[..Self::USER_DIGITS], 16).ok()?;
        UserId::from_bytes(number.to_be_bytes())
    }

    /// What to store, or to look for.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.0.expose().as_bytes())
    }

    /// The text for its one bearer.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0.reveal()
    }
}

/// A token without what mail programs and people add to it: spaces, a full stop, a bracket, `%20`, or the rest of the link.
#[must_use]
pub(crate) fn pasted(text: &str) -> &str {
    let of_a_token = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let (_, text) = text.rsplit_once("token=").unwrap_or(("", text));
    // No token has a percent sign: what stands from there on was encoded once more.
    let text = text.split(['%', '&', '#']).next().unwrap_or_default();
    text.trim_matches(|character| !of_a_token(character))
}

impl FromStr for OpaqueToken {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let text = pasted(text);
        // A mail program that takes a mail's encoding (quoted-printable) for its text shows `=` as `=3D`.
        let text = text.strip_prefix("3D").unwrap_or(text);
        let is_token = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_token.then(|| Self(Secret::new(text.to_owned()))).ok_or(NotAToken)
    }
}

impl TokenDigest {
    /// The digest of a token's own bytes.
    #[must_use]
    pub(crate) fn of(token: &[u8]) -> Self {
        Self(hex(digest::digest(&digest::SHA256, token).as_ref()))
    }

    /// What the store had.
    #[must_use]
    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }

    /// 64 lower-case hex digits, for the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not a token of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct NotAToken;

#[cfg(test)]
mod tests {
    use super::OpaqueToken;
    use crate::id::UserId;
    use crate::random::Random;

    #[test]
    fn a_token_reads_back_and_keeps_its_digest() {
        let random = Random::system();
        let user = UserId::draw(&random);
        let token = OpaqueToken::draw(user, &random);
        let digest = token.digest();
        let text = token.reveal();
        let read: OpaqueToken = text.parse().expect("a token");
        assert_eq!((read.digest(), read.user()), (digest.clone(), Some(user)));
        assert_ne!(text, digest.as_str());
        assert_ne!(text, OpaqueToken::draw(user, &random).reveal());
    }

    #[test]
    fn a_token_is_read_out_of_what_people_paste() {
        let token = "0123456789abcdef".repeat(4);
        let expected = token.parse::<OpaqueToken>().expect("a token").digest();
        for pasted in [
            format!(" {token}\r\n"),
            format!("{token}."),
            format!("<{token}>"),
            format!("{token}%20"),
            format!("3D{token}"),
            format!("https://shop.example/reset?lang=en&token={token}"),
            format!("<https://shop.example/reset?token={token}&utm_source=mail#top>"),
        ] {
            assert_eq!(pasted.parse::<OpaqueToken>().expect(&pasted).digest(), expected, "{pasted}");
        }
    }

    #[test]
    fn only_64_lower_case_hex_digits_are_a_token() {
        for text in ["", "ab", &"A".repeat(64), &"g".repeat(64), &"0".repeat(63), &"0".repeat(65)] {
            assert!(text.parse::<OpaqueToken>().is_err(), "{text}");
        }
    }
}
