//! Passwords that another product hashed, of users who were moved here. The hash is of the password as it was typed, not of
//! its digest, so it can be compared only where the password itself arrives
//! (docs/decisions/0180-hashes-of-other-products.md).

mod argon2;
mod bcrypt;
mod firebase;
mod pbkdf2;
mod phpass;
mod salted;
mod scrypt;
mod sha_crypt;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::secret::Secret;
use crate::user::nfc::nfc;

pub use self::pbkdf2::Pbkdf2;
pub use self::salted::{Digest, Salted};
pub use self::scrypt::{Cost, Scrypt};

/// A hash of another product's, with all that comparing takes.
#[derive(Clone)]
pub struct ForeignHash {
    text: String,
    recipe: Recipe,
}

#[derive(Clone)]
enum Recipe {
    Argon2(argon2::Argon2Hash),
    Bcrypt(bcrypt::Bcrypt),
    Firebase(firebase::Firebase),
    Pbkdf2(Pbkdf2),
    Phpass(phpass::Phpass),
    Salted(Salted),
    Scrypt(Scrypt),
    ShaCrypt(sha_crypt::ShaCryptHash),
}

/// The longest text that is read, three times the longest of a known kind. It is stored with each handle of its user, and an item of the
/// store is bounded.
const LONGEST: usize = 1024;

/// The longest password that is compared, in bytes. sha-crypt and phpass hash the password itself in each round, so a request with one of
/// 64 kilobytes would take minutes.
const LONGEST_TYPED: usize = 512;

/// Why a hash cannot be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAForeignHash {
    /// It is of no kind that is known here.
    #[error("the password's hash is of an unknown kind")]
    Unknown,
    /// It begins like a kind that is known, and is damaged.
    #[error("the password's hash is damaged")]
    Damaged,
    /// A login would take seconds, or more memory than a function has.
    #[error("the password's hash takes more time or memory than a sign-in has")]
    TooCostly,
}

impl ForeignHash {
    /// A hash by Firebase, whose users share a signer key and a salt separator. The key itself is not kept: see
    /// `firebase::Firebase`.
    ///
    /// # Errors
    /// [`NotAForeignHash`]
    pub fn firebase(
        cost: Cost,
        salt: &[u8],
        separator: &[u8],
        signer_key: &Secret<Vec<u8>>,
        hash: &[u8],
    ) -> Result<Self, NotAForeignHash> {
        firebase::Firebase::new(cost, salt, separator, signer_key, hash)?.to_string().parse()
    }

    /// Whether `typed` is the password. The same letters may have been typed in another of Unicode's forms: both are tried.
    #[must_use]
    pub fn opens(&self, typed: &Secret<String>) -> bool {
        if typed.expose().len() > LONGEST_TYPED {
            return false;
        }
        let composed = nfc(typed.expose());
        self.recipe.opens(typed.expose().as_bytes())
            || (composed.expose() != typed.expose() && self.recipe.opens(composed.expose().as_bytes()))
    }
}

impl Recipe {
    fn opens(&self, password: &[u8]) -> bool {
        match self {
            Self::Argon2(hash) => hash.opens(password),
            Self::Bcrypt(hash) => hash.opens(password),
            Self::Firebase(hash) => hash.opens(password),
            Self::Pbkdf2(hash) => hash.opens(password),
            Self::Phpass(hash) => hash.opens(password),
            Self::Salted(hash) => hash.opens(password),
            Self::Scrypt(hash) => hash.opens(password),
            Self::ShaCrypt(hash) => hash.opens(password),
        }
    }

    fn read(text: &str) -> Result<Self, NotAForeignHash> {
        match kind(text) {
            "$argon2" => argon2::Argon2Hash::read(text).map(Self::Argon2),
            "$2a$" | "$2b$" | "$2x$" | "$2y$" | "bcrypt_sha256$" => bcrypt::Bcrypt::read(text).map(Self::Bcrypt),
            firebase::ID => firebase::Firebase::read(text).map(Self::Firebase),
            pbkdf2::ID => Pbkdf2::read(text).map(Self::Pbkdf2),
            "$P$" | "$H$" => phpass::Phpass::read(text).map(Self::Phpass),
            salted::ID => Salted::read(text).map(Self::Salted),
            scrypt::ID => Scrypt::read(text).map(Self::Scrypt),
            "$5$" | "$6$" => sha_crypt::ShaCryptHash::read(text).map(Self::ShaCrypt),
            _ => Err(NotAForeignHash::Unknown),
        }
    }
}

/// What the text begins with, of what is known.
fn kind(text: &str) -> &'static str {
    const KINDS: [&str; 14] = [
        "$argon2",
        "$2a$",
        "$2b$",
        "$2x$",
        "$2y$",
        "bcrypt_sha256$",
        firebase::ID,
        pbkdf2::ID,
        "$P$",
        "$H$",
        salted::ID,
        scrypt::ID,
        "$5$",
        "$6$",
    ];
    KINDS.into_iter().find(|kind| text.starts_with(kind)).unwrap_or_default()
}

impl FromStr for ForeignHash {
    type Err = NotAForeignHash;

    fn from_str(text: &str) -> Result<Self, NotAForeignHash> {
        if text.len() > LONGEST {
            return Err(NotAForeignHash::Damaged);
        }
        Ok(Self { text: text.to_owned(), recipe: Recipe::read(text)? })
    }
}

/// As it is stored.
impl fmt::Display for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The parts after `id` of a text in the form `$id$parameters$part$part…`.
fn parts<'a, const N: usize>(text: &'a str, id: &str) -> Result<[&'a str; N], NotAForeignHash> {
    let parts: Vec<_> = text.strip_prefix(id).ok_or(NotAForeignHash::Unknown)?.split('$').collect();
    parts.try_into().map_err(|_| NotAForeignHash::Damaged)
}

/// The number that `parameters`, like `ln=14,r=8,p=1`, give for `name`.
fn parameter<T: FromStr>(parameters: &str, name: &str) -> Result<T, NotAForeignHash> {
    let mut named = parameters.split(',').filter_map(|parameter| parameter.split_once('='));
    let value = named.find(|(other, _)| *other == name).ok_or(NotAForeignHash::Damaged)?.1;
    value.parse().map_err(|_| NotAForeignHash::Damaged)
}

fn decode(text: &str) -> Result<Vec<u8>, NotAForeignHash> {
    STANDARD_NO_PAD.decode(text).map_err(|_| NotAForeignHash::Damaged)
}

fn encode(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}
