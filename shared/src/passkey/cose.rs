//! A passkey's public key as its authenticator writes it (RFC 9052 §7, RFC 9053 §7, RFC 8230 §4; WebAuthn level 3 §5.8.5, §6.5.1.1).

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

use crate::passkey::cbor::{Item, NotCbor, Reader};

/// The algorithms that passkeys may sign with, by their COSE numbers, the one that we like best first: what a registration offers.
pub const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];

const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

/// The bits of an RSA modulus. A longer one takes more time to verify than it is worth.
const MODULUS: std::ops::RangeInclusive<u32> = 2048..=4096;

/// A public key, whose kind fixes the algorithm that it verifies.
#[derive(Clone)]
pub struct PublicKey {
    cose: Vec<u8>,
    algorithm: i64,
    parsed: ParsedPublicKey,
}

/// Why bytes are not a key that a passkey may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// They are not a canonical `COSE_Key`, or one with other members than its kind has.
    #[error("the public key is malformed")]
    Malformed,
    /// Nobody offered the algorithm, or the key is of another kind than the algorithm takes.
    #[error("the public key is for an algorithm that was not offered")]
    Algorithm,
    /// The numbers are no key: a point off the curve, a modulus that is too short.
    #[error("the public key cannot be used")]
    Unusable,
}

impl From<NotCbor> for NotAKey {
    fn from(_: NotCbor) -> Self {
        Self::Malformed
    }
}

impl PublicKey {
    /// Reads a key that is all of `cose`.
    ///
    /// # Errors
    /// [`NotAKey`]
    pub fn read(cose: &[u8]) -> Result<Self, NotAKey> {
        let mut reader = Reader::new(cose);
        let key = Self::read_from(&mut reader)?;
        reader.end()?;
        Ok(key)
    }

    /// Reads the key that comes next.
    pub(super) fn read_from(reader: &mut Reader<'_>) -> Result<Self, NotAKey> {
        let start = reader.rest();
        let (mut kind, mut algorithm, mut parts) = (None, None, [None; 3]);
        reader.map(|label, reader| {
            match label {
                Item::Unsigned(1) => kind = Some(reader.integer()?),
                Item::Unsigned(3) => algorithm = Some(reader.integer()?),
                Item::Negative(n @ 0..=2) => {
                    // `n` is below three.
                    let part = usize::try_from(n).ok().and_then(|n| parts.get_mut(n)).ok_or(NotCbor)?;
                    *part = Some(reader.item()?);
                }
                // WebAuthn §6.5.1.1: the key has no other optional member.
                _ => return Err(NotCbor),
            }
            Ok(())
        })?;
        let cose = start[..start.len() - reader.rest().len()].to_vec();
        let (Some(kind), Some(algorithm)) = (kind, algorithm) else { return Err(NotAKey::Malformed) };
        let parsed = match (kind, algorithm) {
            (2, ES256) => es256(parts)?,
            (1, EDDSA) => eddsa(parts)?,
            (3, RS256) => rs256(parts)?,
            _ => return Err(NotAKey::Algorithm),
        };
        Ok(Self { cose, algorithm, parsed })
    }

    /// The key as its authenticator wrote it, to be stored.
    #[must_use]
    pub fn as_cose(&self) -> &[u8] {
        &self.cose
    }

    /// The COSE number of the algorithm that it verifies.
    #[must_use]
    pub const fn algorithm(&self) -> i64 {
        self.algorithm
    }

    /// Whether `signature` is this key's for `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.cose == other.cose
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// Curve P-256 and both coordinates. WebAuthn §5.8.5 has no compressed points.
fn es256(parts: [Option<Item<'_>>; 3]) -> Result<ParsedPublicKey, NotAKey> {
    let [Some(curve), Some(Item::Bytes(x)), Some(Item::Bytes(y))] = parts else { return Err(NotAKey::Malformed) };
    if curve != Item::Unsigned(1) {
        return Err(NotAKey::Algorithm);
    }
    if x.len() != 32 || y.len() != 32 {
        return Err(NotAKey::Unusable);
    }
    // SEC 1 §2.3.3. The point is looked for on the curve here, not first when it is to verify something.
    let point = [&[4][..], x, y].concat();
    ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map_err(|_| NotAKey::Unusable)
}

fn eddsa(parts: [Option<Item<'_>>; 3]) -> Result<ParsedPublicKey, NotAKey> {
    let [Some(curve), Some(Item::Bytes(point)), None] = parts else { return Err(NotAKey::Malformed) };
    // Ed25519 alone: the same algorithm number also stands for Ed448.
    if curve != Item::Unsigned(6) {
        return Err(NotAKey::Algorithm);
    }
    if point.len() != 32 {
        return Err(NotAKey::Unusable);
    }
    ParsedPublicKey::new(&ED25519, point).map_err(|_| NotAKey::Unusable)
}

fn rs256(parts: [Option<Item<'_>>; 3]) -> Result<ParsedPublicKey, NotAKey> {
    let [Some(Item::Bytes(modulus)), Some(Item::Bytes(exponent)), None] = parts else {
        return Err(NotAKey::Malformed);
    };
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    let fits = bits(modulus).is_some_and(|bits| MODULUS.contains(&bits))
        && bits(exponent).is_some_and(|bits| (2..=32).contains(&bits))
        && is_odd(modulus)
        && is_odd(exponent);
    if !fits {
        return Err(NotAKey::Unusable);
    }
    let components = RsaPublicKeyComponents { n: modulus, e: exponent };
    components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).map_err(|_| NotAKey::Unusable)
}

/// How many bits a number has. `None`: it is too long, or begins with a zero.
fn bits(number: &[u8]) -> Option<u32> {
    let first = number.first().filter(|first| **first != 0)?;
    Some(u32::try_from(number.len()).ok()?.checked_mul(8)? - first.leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::{NotAKey, PublicKey};
    use crate::passkey::vectors::{bytes, es256_key};

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        let length = u16::try_from(modulus.len()).expect("short").to_be_bytes();
        let short = u8::try_from(exponent.len()).expect("short");
        [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59][..], &length, modulus, &[0x21, 0x40 + short], exponent].concat()
    }

    fn modulus(bytes: usize) -> Vec<u8> {
        vec![0x91; bytes]
    }

    #[test]
    fn keys_of_the_three_algorithms_are_read_and_written_back() {
        let ed25519 = bytes("a4010103272006215820d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        for (cose, algorithm) in [(es256_key(), -7), (ed25519, -8), (rsa(&modulus(256), &[1, 0, 1]), -257)] {
            let key = PublicKey::read(&cose).expect("a key");
            assert_eq!((key.algorithm(), key.as_cose()), (algorithm, cose.as_slice()));
        }
    }

    #[test]
    fn a_key_is_of_the_kind_that_its_algorithm_takes() {
        let good = es256_key();
        let swapped = |place: usize, byte: u8| {
            let mut cose = good.clone();
            cose[place] = byte;
            PublicKey::read(&cose)
        };
        // {1: kind, 3: algorithm, -1: curve, …}
        assert_eq!(good[..7], [0xa5, 1, 2, 3, 0x26, 0x20, 1]);
        assert_eq!(swapped(2, 1), Err(NotAKey::Algorithm));
        // ES256 becomes EdDSA, then ES256K's neighbour −6, then HMAC 5.
        assert_eq!(swapped(4, 0x27), Err(NotAKey::Algorithm));
        assert_eq!(swapped(4, 0x25), Err(NotAKey::Algorithm));
        assert_eq!(swapped(4, 5), Err(NotAKey::Algorithm));
        // P-384.
        assert_eq!(swapped(6, 2), Err(NotAKey::Algorithm));
    }

    #[test]
    fn a_point_off_the_curve_or_compressed_is_no_key() {
        let mut off = es256_key();
        let last = off.len() - 1;
        off[last] ^= 1;
        assert_eq!(PublicKey::read(&off), Err(NotAKey::Unusable));
        // -3 says which of two, as in RFC 9053 §7.1.1.
        let compressed = [&es256_key()[..42], &[0x22, 0xf5]].concat();
        assert_eq!(PublicKey::read(&compressed), Err(NotAKey::Malformed));
    }

    #[test]
    fn an_rsa_key_has_2048_to_4096_bits_and_an_honest_exponent() {
        for good in [256, 384, 512] {
            assert!(PublicKey::read(&rsa(&modulus(good), &[1, 0, 1])).is_ok(), "{good}");
        }
        for (modulus, exponent) in [
            (modulus(513), &[1, 0, 1][..]),
            ([&[0x7f][..], &modulus(255)].concat(), &[1, 0, 1]),
            ([&[0][..], &modulus(256)].concat(), &[1, 0, 1]),
            ([&modulus(255)[..], &[0x90]].concat(), &[1, 0, 1]),
            (modulus(256), &[1]),
            (modulus(256), &[2]),
            (modulus(256), &[]),
            (modulus(256), &[0, 3]),
            (modulus(256), &[1, 0, 0, 0, 1]),
        ] {
            assert_eq!(PublicKey::read(&rsa(&modulus, exponent)), Err(NotAKey::Unusable), "{exponent:?}");
        }
    }

    #[test]
    fn other_members_missing_ones_and_what_follows_are_refused() {
        let good = es256_key();
        assert_eq!(PublicKey::read(&[&good[..], &[0]].concat()), Err(NotAKey::Malformed));
        // A sixth member, `kid`, between the kind and the algorithm.
        let with_kid = [&[0xa6, 1, 2, 2, 0x41, 7][..], &good[3..]].concat();
        assert_eq!(PublicKey::read(&with_kid), Err(NotAKey::Malformed));
        // Without the algorithm.
        let without = [&[0xa4, 1, 2][..], &good[5..]].concat();
        assert_eq!(PublicKey::read(&without), Err(NotAKey::Malformed));
    }
}
