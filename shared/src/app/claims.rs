//! An app's own claims: the same words in every token that its clients are given.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A claim's name and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnClaim {
    /// The name.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// What an app says in the tokens of its clients, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct OwnClaims(BTreeMap<String, String>);

/// Names that mean something: those that we write ourselves, those of OpenID Connect (Core §5.1), and those of IANA's registry by
/// which servers decide whom to let in.
const RESERVED: [&str; 62] = [
    "_claim_names",
    "_claim_sources",
    "acr",
    "act",
    "active",
    "address",
    "amr",
    "api",
    "at_hash",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "birthdate",
    "c_hash",
    "client_id",
    "cnf",
    "email",
    "email_verified",
    "entitlements",
    "events",
    "exp",
    "family_name",
    "gender",
    "given_name",
    "groups",
    "iat",
    "iss",
    "jti",
    "locale",
    "may_act",
    "mementos",
    "middle_name",
    "name",
    "nbf",
    "nickname",
    "nonce",
    "orig",
    "origid",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "roles",
    "s_hash",
    "scope",
    "sid",
    "sub",
    "sub_id",
    "sub_jwk",
    "toe",
    "token_type",
    "txn",
    "updated_at",
    "username",
    "vc",
    "verified_claims",
    "vot",
    "vp",
    "website",
    "zoneinfo",
];

/// The text cannot be a claim of an app's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAClaim {
    /// It has no `=`, or a part of it is too long or has other letters.
    #[error(
        "a claim is NAME=VALUE: up to 64 visible letters of ASCII without quotes, and one line of up to 128 letters"
    )]
    Malformed,
    /// The name has a meaning already.
    #[error("this name has a meaning in tokens already: take another, like https://your.domain/name")]
    Reserved,
}

/// They are more than a token carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an app's claims are at most {} bytes in all: they stand in every token", OwnClaims::MOST_BYTES)]
pub struct TooManyClaims;

/// Why a map is not an app's claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOwnClaims {
    /// One of them cannot be.
    #[error(transparent)]
    Claim(#[from] NotAClaim),
    /// They are too many.
    #[error(transparent)]
    TooMany(#[from] TooManyClaims),
}

impl FromStr for OwnClaim {
    type Err = NotAClaim;

    fn from_str(text: &str) -> Result<Self, NotAClaim> {
        let (name, value) = text.split_once('=').ok_or(NotAClaim::Malformed)?;
        Self::new(name, value)
    }
}

impl OwnClaim {
    fn new(name: &str, value: &str) -> Result<Self, NotAClaim> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\'".contains(&byte);
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(plain)
            && (1..=128).contains(&value.chars().count())
            && !value.contains(char::is_control);
        match fits {
            // In any letters: there are readers of JSON, Go's among them, that take `Sub` for `sub`.
            true if RESERVED.contains(&name.to_ascii_lowercase().as_str()) => Err(NotAClaim::Reserved),
            true => Ok(Self { name: name.to_owned(), value: value.to_owned() }),
            false => Err(NotAClaim::Malformed),
        }
    }
}

/// What an export had may have been written by anybody who knows the recipient.
impl TryFrom<BTreeMap<String, String>> for OwnClaims {
    type Error = NotOwnClaims;

    fn try_from(claims: BTreeMap<String, String>) -> Result<Self, NotOwnClaims> {
        let claims = claims.iter().map(|(name, value)| OwnClaim::new(name, value)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::of(claims)?)
    }
}

impl From<OwnClaims> for BTreeMap<String, String> {
    fn from(claims: OwnClaims) -> Self {
        claims.0
    }
}

impl OwnClaims {
    /// With a user's roles and the mementos that a token is narrowed to, a token still fits in a header.
    pub const MOST_BYTES: usize = 512;

    /// Those of a list; the last of a name counts.
    ///
    /// # Errors
    /// [`TooManyClaims`]
    pub fn of(claims: impl IntoIterator<Item = OwnClaim>) -> Result<Self, TooManyClaims> {
        let claims: BTreeMap<_, _> = claims.into_iter().map(|OwnClaim { name, value }| (name, value)).collect();
        // As in JSON, where a letter is escaped to two at most, for control characters are refused.
        let escaped = |value: &String| value.len() + value.matches(['"', '\\']).count();
        let bytes: usize = claims.iter().map(|(name, value)| name.len() + escaped(value) + r#""":"","#.len()).sum();
        // The braces are two, and the last claim has no comma.
        if bytes < Self::MOST_BYTES { Ok(Self(claims)) } else { Err(TooManyClaims) }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the store had.
    pub(crate) const fn stored(claims: BTreeMap<String, String>) -> Self {
        Self(claims)
    }

    /// Name and value of each, in the order of the names.
    #[must_use]
    pub const fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The claims of both; where both have a name, the value is that of `self`.
    ///
    /// # Errors
    /// [`TooManyClaims`]
    pub fn and(self, others: Self) -> Result<Self, TooManyClaims> {
        let others = others.0.into_iter().chain(self.0);
        Self::of(others.map(|(name, value)| OwnClaim { name, value }))
    }
}

#[cfg(test)]
mod tests {
    use super::{NotAClaim, OwnClaim, OwnClaims, RESERVED, TooManyClaims};

    fn claim(text: &str) -> Result<OwnClaim, NotAClaim> {
        text.parse()
    }

    #[test]
    fn a_claim_is_a_name_and_one_line() {
        let read = claim("https://shop.example/tenant=a=b \"c\" 商店").expect("a claim");
        assert_eq!((read.name.as_str(), read.value.as_str()), ("https://shop.example/tenant", "a=b \"c\" 商店"));
        let long = format!("{}=x", "a".repeat(65));
        for text in ["", "tenant", "=x", "tenant=", "a b=x", "a\"=x", "ä=x", "tenant=a\nb", "tenant=a\u{0}", &long] {
            assert_eq!(claim(text), Err(NotAClaim::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_name_that_has_a_meaning_is_refused() {
        let ours = ["iss", "sub", "aud", "exp", "api", "client_id", "scope", "sid", "mementos", "azp", "active"];
        for name in RESERVED.into_iter().chain(ours) {
            for name in [name.to_owned(), name.to_ascii_uppercase()] {
                assert_eq!(claim(&format!("{name}=x")), Err(NotAClaim::Reserved), "{name}");
            }
        }
        assert!(claim("subject=x").is_ok());
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn all_of_them_are_bounded_as_they_stand_in_json() {
        let of = |letter: &str, claims: usize, length: usize| {
            OwnClaims::of(
                (0..claims).map(|number| OwnClaim { name: format!("n{number}"), value: letter.repeat(length) }),
            )
        };
        let fits = of("a", 4, 119).expect("they fit");
        let json = serde_json::to_string(fits.entries()).expect("JSON");
        assert!(json.len() <= OwnClaims::MOST_BYTES, "{}", json.len());
        assert_eq!(of("a", 4, 128), Err(TooManyClaims));
        assert_eq!(of("\"", 4, 64), Err(TooManyClaims), "each is two letters in JSON");
    }

    #[test]
    fn what_is_read_from_elsewhere_is_held_to_the_same_rules() {
        let read = |text: &str| serde_json::from_str::<OwnClaims>(text);
        assert_eq!(read(r#"{"tenant":"shop"}"#).expect("claims").entries()["tenant"], "shop");
        for text in [r#"{"sub":"1"}"#, r#"{"a b":"x"}"#, &format!(r#"{{"a":"{}"}}"#, "x".repeat(129))] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_there_goes_before_what_comes() {
        let of = |text: &str| OwnClaims::of([claim(text).expect("a claim")]).expect("it fits");
        let both = of("tenant=here").and(of("tenant=there")).expect("they fit");
        assert_eq!(both, of("tenant=here"));
        assert_eq!(of("a=1").and(of("b=2")).expect("they fit").entries().len(), 2);
    }
}
