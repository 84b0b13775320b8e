//! Firebase's own use of scrypt: the derived key encrypts the project's signer key by AES-256 in counter mode, and the result
//! is the hash.

use std::fmt;

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;

use super::scrypt::{Cost, derive};
use super::{NotAForeignHash, decode, encode, parts};
use crate::secret::Secret;

pub(super) const ID: &str = "$firebase-scrypt$";

/// Counter mode adds a stream of the key's to the plain text. The stream is the hash without the signer key, and comparing it
/// is comparing the hash: so the signer key, which is one for all users of a project, is kept nowhere.
#[derive(Clone)]
pub(super) struct Firebase {
    cost: Cost,
    salt: Vec<u8>,
    stream: Vec<u8>,
}

impl Firebase {
    pub(super) fn new(
        cost: Cost,
        salt: &[u8],
        separator: &[u8],
        signer_key: &Secret<Vec<u8>>,
        hash: &[u8],
    ) -> Result<Self, NotAForeignHash> {
        if hash.len() < 16 || hash.len() != signer_key.expose().len() {
            return Err(NotAForeignHash::Damaged);
        }
        let stream = hash.iter().zip(signer_key.expose()).map(|(hash, key)| hash ^ key).collect();
        Ok(Self { cost, salt: [salt, separator].concat(), stream })
    }

    pub(super) fn read(text: &str) -> Result<Self, NotAForeignHash> {
        let [cost, salt, stream] = parts(text, ID)?;
        let (cost, salt, stream) = (Cost::read(cost)?, decode(salt)?, decode(stream)?);
        if stream.len() < 16 { Err(NotAForeignHash::Damaged) } else { Ok(Self { cost, salt, stream }) }
    }

    pub(super) fn opens(&self, password: &[u8]) -> bool {
        self.stream(password).is_ok_and(|stream| verify_slices_are_equal(&stream, &self.stream).is_ok())
    }

    fn stream(&self, password: &[u8]) -> Result<Vec<u8>, NotAForeignHash> {
        let mut key = [0; 32];
        derive(self.cost, password, &self.salt, &mut key)?;
        let (key, mut stream) = (Secret::new(key), vec![0; self.stream.len()]);
        let key = UnboundCipherKey::new(&AES_256, key.expose()).and_then(EncryptingKey::ctr);
        key.and_then(|key| key.less_safe_encrypt(&mut stream, EncryptionContext::Iv128(FixedLength::from([0; 16]))))
            .map_err(|_| NotAForeignHash::Damaged)?;
        Ok(stream)
    }
}

impl fmt::Display for Firebase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ID}{}${}${}", self.cost, encode(&self.salt), encode(&self.stream))
    }
}
