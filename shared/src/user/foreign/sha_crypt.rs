//! sha-crypt, of Unix systems: `$5$` and `$6$`.

use argon2::password_hash::PasswordVerifier as _;
use sha_crypt::{Params, ShaCrypt};

use super::NotAForeignHash;

/// Some half a second on a whole core.
const ROUNDS_MAX: u32 = 1_000_000;

#[derive(Clone)]
pub(super) struct ShaCryptHash(String);

impl ShaCryptHash {
    pub(super) fn read(text: &str) -> Result<Self, NotAForeignHash> {
        let fields: Vec<_> = text.split('$').skip(2).collect();
        let (rounds, hash) = match fields.as_slice() {
            [rounds, _, hash] => (rounds.strip_prefix("rounds=").and_then(|rounds| rounds.parse().ok()), *hash),
            [_, hash] => (Some(Params::RECOMMENDED_ROUNDS), *hash),
            _ => return Err(NotAForeignHash::Damaged),
        };
        match rounds {
            Some(Params::ROUNDS_MIN..=ROUNDS_MAX) if is_hash(hash) => Ok(Self(text.to_owned())),
            Some(rounds) if rounds > ROUNDS_MAX => Err(NotAForeignHash::TooCostly),
            _ => Err(NotAForeignHash::Damaged),
        }
    }

    pub(super) fn opens(&self, password: &[u8]) -> bool {
        ShaCrypt::default().verify_password(password, self.0.as_str()).is_ok()
    }
}

/// 43 letters of SHA-256's or 86 of SHA-512's, of the alphabet that Unix has for hashes.
fn is_hash(text: &str) -> bool {
    matches!(text.len(), 43 | 86)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'))
}
