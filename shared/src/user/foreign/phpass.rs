//! phpass's portable form, of `WordPress` and others: MD5 in rounds. The crate of that name is not kept up
//! and panics at some texts, so its ten lines are here, over a library's MD5 and base64.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64ct::{Base64ShaCrypt, Encoding as _};
use md5::{Digest as _, Md5};

use super::NotAForeignHash;

const LETTERS: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `WordPress` has 13.
const LOG_ROUNDS_MAX: usize = 18;

#[derive(Clone)]
pub(super) struct Phpass {
    log_rounds: usize,
    salt: String,
    hash: Vec<u8>,
}

impl Phpass {
    pub(super) fn read(text: &str) -> Result<Self, NotAForeignHash> {
        // `$P$`, a letter for the rounds, eight of salt, 22 of hash.
        if text.len() != 34 || !text.is_ascii() {
            return Err(NotAForeignHash::Damaged);
        }
        let log_rounds = LETTERS.find(&text[3..4]).ok_or(NotAForeignHash::Damaged)?;
        if log_rounds > LOG_ROUNDS_MAX {
            return Err(NotAForeignHash::TooCostly);
        }
        let hash = Base64ShaCrypt::decode_vec(&text[12..]).map_err(|_| NotAForeignHash::Damaged)?;
        Ok(Self { log_rounds, salt: text[4..12].to_owned(), hash })
    }

    pub(super) fn opens(&self, password: &[u8]) -> bool {
        let first = Md5::new().chain_update(&self.salt).chain_update(password).finalize();
        let again = |hash, _| Md5::new().chain_update(hash).chain_update(password).finalize();
        let derived = (0_u32..1 << self.log_rounds).fold(first, again);
        verify_slices_are_equal(&derived, &self.hash).is_ok()
    }
}
