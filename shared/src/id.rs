//! The ids of apps, users, sessions, clients and grants, and the epoch of a user's credentials.

use std::fmt;
use std::str::FromStr;

use crate::hex::{hex, unhex};
use crate::random::Random;

/// An app's name on the wire: 1–32 of `a-z`, `0-9`, `-`, `_`, beginning with a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(String);

impl AppId {
    /// The app that the Browser and the Account API are bound to where nobody says otherwise.
    pub const DEFAULT: &'static str = "default";

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppId {
    type Err = NotAnAppId;

    fn from_str(text: &str) -> Result<Self, NotAnAppId> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
            && !text.starts_with(['-', '_']);
        fits.then(|| Self(text.to_owned())).ok_or(NotAnAppId)
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot be an app's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an app id is 1 to 32 of a-z, 0-9, - and _, and begins with a letter or digit")]
pub struct NotAnAppId;

/// A user's number: random, positive and below 2^53, so that a JSON number carries it exactly in every client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(u64);

impl UserId {
    const LIMIT: u64 = 1 << 53;

    /// Draws a new number. Two users may draw the same: the store's condition tells, and one draws again.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        loop {
            let number = u64::from_be_bytes(random.bytes()) % Self::LIMIT;
            if number != 0 {
                return Self(number);
            }
        }
    }

    /// The number of a user who comes from elsewhere, of bytes that are derived from where: the same each time.
    pub(crate) fn derived(bytes: [u8; Self::BYTES]) -> Self {
        Self(1 + u64::from_be_bytes(bytes) % (Self::LIMIT - 1))
    }

    /// How many bytes [`UserId::to_bytes`] gives.
    pub(crate) const BYTES: usize = 8;

    /// The number in a token.
    pub(crate) const fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0.to_be_bytes()
    }

    /// The number from a token.
    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Option<Self> {
        let number = u64::from_be_bytes(bytes);
        (1..Self::LIMIT).contains(&number).then_some(Self(number))
    }

    /// The number itself, for the dialect that shows one.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserId {
    type Err = NotAUserId;

    /// Reads the one spelling that [`fmt::Display`] writes: no sign, no leading zero.
    fn from_str(text: &str) -> Result<Self, NotAUserId> {
        let number = text.parse().map_err(|_| NotAUserId)?;
        let canonical = (1..Self::LIMIT).contains(&number) && !text.starts_with(['+', '0']);
        canonical.then_some(Self(number)).ok_or(NotAUserId)
    }
}

/// The text is not a user's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a user id")]
pub struct NotAUserId;

/// A user's epoch: sessions, links and passwords belong to one, and die together when it moves on.
///
/// It is kept with the user and copied to each identity, so that a login reads password and epoch in one item: a
/// login that checked the old password while a reset ran gets a session of the old epoch, which is dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A session's id: 128 random bits, written as 32 lower-case hex digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId([u8; Self::BYTES]);

impl SessionId {
    /// How many bytes an id has.
    pub(crate) const BYTES: usize = 16;

    /// Draws a new id.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(random.bytes())
    }

    /// The id in a token.
    pub(crate) const fn to_bytes(&self) -> [u8; Self::BYTES] {
        self.0
    }

    /// The id from a token.
    pub(crate) const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
}

impl FromStr for SessionId {
    type Err = NotASessionId;

    fn from_str(text: &str) -> Result<Self, NotASessionId> {
        unhex(text).map(Self).ok_or(NotASessionId)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a session's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session id")]
pub struct NotASessionId;

/// A client's name on the wire: 1–64 of letters, digits, `-`, `_` and `.`, or the address of a document that describes it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// What the ids begin with that we draw. It only says what to look for first: an app's id may begin so, too.
    pub const PREFIX: &str = "lc_";

    /// Draws a new id.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(format!("{}{}", Self::PREFIX, hex(&random.bytes::<12>())))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host of the document that describes the client, where nobody registered it: its id is that document's address.
    #[must_use]
    pub fn document_host(&self) -> Option<&str> {
        document_host(&self.0)
    }
}

/// The host and the port of an address that is a client's id (draft-ietf-oauth-client-id-metadata-document §3): `https`, or `http`
/// on this very machine, with a path, without user, fragment and dot segments, in letters that are read in one way only.
fn document_host(text: &str) -> Option<&str> {
    const LONGEST: usize = 256;
    let (scheme, rest) = text.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/')?);
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    let is_here = ["127.0.0.1", "localhost"].contains(&host);
    let is_host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:".contains(&byte);
    let is_path = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}#@".contains(&byte);
    let fits = text.len() <= LONGEST
        && (scheme == "https" || (scheme == "http" && is_here))
        && !host.is_empty()
        && authority.bytes().all(is_host)
        && path.len() > 1
        && path.bytes().all(is_path)
        && !path.split(['/', '?']).any(|segment| [".", ".."].contains(&segment));
    fits.then_some(authority)
}

impl FromStr for ClientId {
    type Err = NotAClientId;

    fn from_str(text: &str) -> Result<Self, NotAClientId> {
        let is_word = (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        (is_word || document_host(text).is_some()).then(|| Self(text.to_owned())).ok_or(NotAClientId)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot be a client's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a client id")]
pub struct NotAClientId;

/// Tells a grant from one that the same user gave the same client before and took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantId(String);

impl GrantId {
    /// How many hex digits an id has.
    pub(crate) const DIGITS: usize = 16;

    /// Draws a new id.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(hex(&random.bytes::<{ Self::DIGITS / 2 }>()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store or a token had.
    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{AppId, ClientId, SessionId, UserId};
    use crate::random::Random;

    #[test]
    fn an_id_is_a_short_lower_case_word() {
        for text in ["", "-a", "_a", "A", "a b", "a#b", "a\0", "é", &"a".repeat(33)] {
            assert!(text.parse::<AppId>().is_err(), "{text}");
        }
        for text in ["a", "demo-2", "0", "my_app", &"a".repeat(32)] {
            assert!(text.parse::<AppId>().is_ok(), "{text}");
        }
    }

    #[test]
    fn drawn_ids_fit_a_json_number_and_read_back() {
        for _ in 0..1000 {
            let id = UserId::draw(&Random::system());
            assert!((1..1 << 53).contains(&id.number()));
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        for text in ["", "0", "007", "+7", "-7", "7 ", "9007199254740992", "18446744073709551616", "x"] {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_client_is_a_word_or_the_address_of_a_document() {
        for (text, host) in [
            ("lc_0123", None),
            ("https://agent.example/client.json", Some("agent.example")),
            ("https://agent.example:8443/a/b?c=d", Some("agent.example:8443")),
            ("http://127.0.0.1:3000/client.json", Some("127.0.0.1:3000")),
            ("http://localhost/client.json", Some("localhost")),
        ] {
            assert_eq!(text.parse::<ClientId>().expect("an id").document_host(), host, "{text}");
        }
        for text in [
            "",
            "a b",
            "https://agent.example",
            "https://agent.example/",
            "http://agent.example/client.json",
            "http://127.0.0.1.evil.example/client.json",
            "https://user@agent.example/client.json",
            "https://agent.example/client.json#x",
            "https://agent.example/a/../client.json",
            "https://agent.example/./client.json",
            "https://AGENT.example/client.json",
            "https:///client.json",
            "ftp://agent.example/client.json",
            "https://agent.example/a b",
            &format!("https://agent.example/{}", "x".repeat(256)),
        ] {
            assert!(text.parse::<ClientId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_session_id_is_32_lower_case_hex_digits() {
        let id = SessionId::draw(&Random::system());
        assert_eq!(id.to_string().len(), 32);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "0", &"A".repeat(32), &"g".repeat(32), &"0".repeat(31), &"0".repeat(33)] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }
}
