//! bcrypt, in its modular form, and Django's, which hashes the hex SHA-256 of the password.

use aws_lc_rs::digest::{SHA256, digest};

use super::NotAForeignHash;
use crate::hex::hex;
use crate::secret::Secret;

/// The least that bcrypt has.
const COST_MIN: u32 = 4;

/// 2^14 rounds: some eight tenths of a second on a whole core.
const COST_MAX: u32 = 14;

#[derive(Clone)]
pub(super) struct Bcrypt {
    text: String,
    is_of_digest: bool,
}

impl Bcrypt {
    pub(super) fn read(text: &str) -> Result<Self, NotAForeignHash> {
        let (text, is_of_digest) = match text.strip_prefix("bcrypt_sha256$") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let parts: bcrypt::HashParts = text.parse().map_err(|_| NotAForeignHash::Damaged)?;
        match parts.get_cost() {
            ..COST_MIN => Err(NotAForeignHash::Damaged),
            COST_MIN..=COST_MAX => Ok(Self { text: text.to_owned(), is_of_digest }),
            _ => Err(NotAForeignHash::TooCostly),
        }
    }

    /// Of a password over 72 bytes bcrypt looks at the first 72.
    pub(super) fn opens(&self, password: &[u8]) -> bool {
        if self.is_of_digest {
            let digest = Secret::new(hex(digest(&SHA256, password).as_ref()));
            return bcrypt::verify(digest.expose(), &self.text).unwrap_or(false);
        }
        bcrypt::verify(password, &self.text).unwrap_or(false)
    }
}
