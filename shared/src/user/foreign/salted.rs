//! One digest of salt and password, as old products have it.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512, digest};
use md5::Digest as _;

use super::{NotAForeignHash, decode, encode, parts};

pub(super) const ID: &str = "$salted-";

/// A digest. MD5 and SHA-1 are long broken for signatures; what matters here is that all of them are quick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// MD5
    Md5,
    /// SHA-1
    Sha1,
    /// SHA-256
    Sha256,
    /// SHA-512
    Sha512,
}

impl FromStr for Digest {
    type Err = NotAForeignHash;

    fn from_str(text: &str) -> Result<Self, NotAForeignHash> {
        match text {
            "md5" => Ok(Self::Md5),
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            "sha512" => Ok(Self::Sha512),
            _ => Err(NotAForeignHash::Unknown),
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        })
    }
}

/// A digest of salt, password, salt. Its text is what a [`ForeignHash`](super::ForeignHash) is read from.
#[derive(Clone)]
pub struct Salted {
    /// Which digest.
    pub digest: Digest,
    /// The salt before the password, or nothing.
    pub before: Vec<u8>,
    /// The salt behind it, or nothing.
    pub after: Vec<u8>,
    /// The digest.
    pub hash: Vec<u8>,
}

impl Salted {
    pub(super) fn read(text: &str) -> Result<Self, NotAForeignHash> {
        let [digest, before, after, hash] = parts(text, ID)?;
        let digest: Digest = digest.parse()?;
        let hash = decode(hash)?;
        if hash.len() != digest.bytes() {
            return Err(NotAForeignHash::Damaged);
        }
        Ok(Self { digest, before: decode(before)?, after: decode(after)?, hash })
    }

    pub(super) fn opens(&self, password: &[u8]) -> bool {
        let salted = [&self.before, password, &self.after].concat();
        verify_slices_are_equal(&self.digest.of(&salted), &self.hash).is_ok()
    }
}

impl Digest {
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => md5::Md5::digest(message).to_vec(),
            Self::Sha1 => digest(&SHA1_FOR_LEGACY_USE_ONLY, message).as_ref().to_vec(),
            Self::Sha256 => digest(&SHA256, message).as_ref().to_vec(),
            Self::Sha512 => digest(&SHA512, message).as_ref().to_vec(),
        }
    }
}

impl fmt::Display for Salted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digest, before, after, hash } = self;
        write!(f, "{ID}{digest}${}${}${}", encode(before), encode(after), encode(hash))
    }
}
