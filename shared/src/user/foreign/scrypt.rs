//! scrypt (RFC 7914), in PHC form.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::{NotAForeignHash, decode, encode, parameter, parts};

pub(super) const ID: &str = "$scrypt$";

/// Bytes times lanes: some seven tenths of a second on a whole core.
const WORK_MAX: u64 = 1 << 28;

/// 128 MiB.
const MEMORY_MAX: u64 = 1 << 27;

/// How much work scrypt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The binary logarithm of N.
    pub log_n: u8,
    /// The size of a block.
    pub r: u32,
    /// How many lanes.
    pub p: u32,
}

impl Cost {
    pub(super) fn read(parameters: &str) -> Result<Self, NotAForeignHash> {
        let number = |name| parameter(parameters, name);
        let cost = Self { log_n: parameter(parameters, "ln")?, r: number("r")?, p: number("p")? };
        cost.params().map(|_| cost)
    }

    pub(super) fn params(self) -> Result<scrypt::Params, NotAForeignHash> {
        let bytes = 1_u64.checked_shl(self.log_n.into()).and_then(|n| n.checked_mul(128 * u64::from(self.r)));
        let bytes = bytes.filter(|bytes| *bytes <= MEMORY_MAX && bytes.saturating_mul(self.p.into()) <= WORK_MAX);
        bytes.ok_or(NotAForeignHash::TooCostly)?;
        scrypt::Params::new(self.log_n, self.r, self.p).map_err(|_| NotAForeignHash::Damaged)
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ln={},r={},p={}", self.log_n, self.r, self.p)
    }
}

/// A hash by scrypt. Its text is what a [`ForeignHash`](super::ForeignHash) is read from.
#[derive(Clone)]
pub struct Scrypt {
    /// How much work it is.
    pub cost: Cost,
    /// The salt.
    pub salt: Vec<u8>,
    /// What is derived.
    pub hash: Vec<u8>,
}

impl Scrypt {
    pub(super) fn read(text: &str) -> Result<Self, NotAForeignHash> {
        let [cost, salt, hash] = parts(text, ID)?;
        let (cost, salt, hash) = (Cost::read(cost)?, decode(salt)?, decode(hash)?);
        if hash.len() < 16 { Err(NotAForeignHash::Damaged) } else { Ok(Self { cost, salt, hash }) }
    }

    pub(super) fn opens(&self, password: &[u8]) -> bool {
        let mut derived = vec![0; self.hash.len()];
        derive(self.cost, password, &self.salt, &mut derived).is_ok()
            && verify_slices_are_equal(&derived, &self.hash).is_ok()
    }
}

pub(super) fn derive(cost: Cost, password: &[u8], salt: &[u8], derived: &mut [u8]) -> Result<(), NotAForeignHash> {
    scrypt::scrypt(password, salt, &cost.params()?, derived).map_err(|_| NotAForeignHash::Damaged)
}

impl fmt::Display for Scrypt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ID}{}${}${}", self.cost, encode(&self.salt), encode(&self.hash))
    }
}
