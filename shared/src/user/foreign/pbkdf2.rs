//! PBKDF2 (RFC 8018 §5.2), in a form like PHC's.

use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;

use super::salted::Digest;
use super::{NotAForeignHash, decode, encode, parameter, parts};

pub(super) const ID: &str = "$pbkdf2-";

/// Some half a second on a whole core. Django asks for a million and a half.
const ITERATIONS_MAX: u32 = 2_000_000;

/// A hash by PBKDF2 with HMAC. Its text is what a [`ForeignHash`](super::ForeignHash) is read from.
#[derive(Clone)]
pub struct Pbkdf2 {
    /// HMAC's digest.
    pub digest: Digest,
    /// How often.
    pub iterations: NonZeroU32,
    /// The salt.
    pub salt: Vec<u8>,
    /// What is derived.
    pub hash: Vec<u8>,
}

impl Pbkdf2 {
    pub(super) fn read(text: &str) -> Result<Self, NotAForeignHash> {
        let [digest, iterations, salt, hash] = parts(text, ID)?;
        let digest = digest.parse()?;
        let iterations: NonZeroU32 = parameter(iterations, "i")?;
        if iterations.get() > ITERATIONS_MAX {
            return Err(NotAForeignHash::TooCostly);
        }
        let hash = Self { digest, iterations, salt: decode(salt)?, hash: decode(hash)? };
        // Nobody uses HMAC with MD5 here, and the library has none.
        if hash.algorithm().is_none() || hash.hash.len() < 16 { Err(NotAForeignHash::Damaged) } else { Ok(hash) }
    }

    const fn algorithm(&self) -> Option<pbkdf2::Algorithm> {
        match self.digest {
            Digest::Md5 => None,
            Digest::Sha1 => Some(pbkdf2::PBKDF2_HMAC_SHA1),
            Digest::Sha256 => Some(pbkdf2::PBKDF2_HMAC_SHA256),
            Digest::Sha512 => Some(pbkdf2::PBKDF2_HMAC_SHA512),
        }
    }

    /// Each block of what is derived takes all iterations (RFC 8018 §5.2), and the first tells a password as well as all do. So a long
    /// hash takes no more work than a short one.
    pub(super) fn opens(&self, password: &[u8]) -> bool {
        let first = &self.hash[..self.hash.len().min(self.digest.bytes())];
        self.algorithm()
            .is_some_and(|algorithm| pbkdf2::verify(algorithm, self.iterations, &self.salt, password, first).is_ok())
    }
}

impl fmt::Display for Pbkdf2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ID}{}$i={}${}${}", self.digest, self.iterations, encode(&self.salt), encode(&self.hash))
    }
}
