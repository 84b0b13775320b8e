//! Argon2, in PHC form: argon2d, argon2i and argon2id, both versions.

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::NotAForeignHash;
use crate::user::arena;

/// 128 MiB: Django's default is 100.
const MEMORY_KIB_MAX: u32 = 1 << 17;

/// KiB times passes: some half a second on a whole core.
const WORK_MAX: u64 = 1 << 20;

#[derive(Clone)]
pub(super) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    output: Output,
}

impl Argon2Hash {
    pub(super) fn read(text: &str) -> Result<Self, NotAForeignHash> {
        let damaged = |_| NotAForeignHash::Damaged;
        let phc = Phc::new(text).map_err(|_| NotAForeignHash::Damaged)?;
        let params = Params::try_from(&phc).map_err(|_| NotAForeignHash::Damaged)?;
        if params.m_cost() > MEMORY_KIB_MAX || u64::from(params.m_cost()) * u64::from(params.t_cost()) > WORK_MAX {
            return Err(NotAForeignHash::TooCostly);
        }
        Ok(Self {
            algorithm: Algorithm::new(phc.algorithm.as_str()).map_err(damaged)?,
            // A text without a version is of the first one.
            version: phc.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(damaged)?,
            params,
            salt: phc.salt.ok_or(NotAForeignHash::Damaged)?,
            output: phc.hash.ok_or(NotAForeignHash::Damaged)?,
        })
    }

    pub(super) fn opens(&self, password: &[u8]) -> bool {
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        let mut output = vec![0; self.output.len()];
        let derived = arena::with(self.params.block_count(), |blocks| {
            argon2.hash_password_into_with_memory(password, self.salt.as_ref(), &mut output, blocks)
        });
        derived.is_ok() && verify_slices_are_equal(&output, self.output.as_bytes()).is_ok()
    }
}
