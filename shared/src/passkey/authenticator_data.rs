//! What an authenticator says and signs (WebAuthn level 3 §6.1).

use crate::passkey::cbor::{NotCbor, Reader};
use crate::passkey::cose::{NotAKey, PublicKey};

/// The bits of the flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// Somebody was there: they touched the authenticator, or did what it asks instead.
    #[must_use]
    pub const fn user_present(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// The authenticator knows that it was its owner, by a PIN or a finger.
    #[must_use]
    pub const fn user_verified(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// The private key may be copied to other devices.
    #[must_use]
    pub const fn backup_eligible(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// The private key has been copied.
    #[must_use]
    pub const fn backed_up(self) -> bool {
        self.0 & 0x10 != 0
    }

    const fn has_credential(self) -> bool {
        self.0 & 0x40 != 0
    }

    const fn has_extensions(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// The authenticator data of a registration or of an authentication.
#[derive(Clone, Debug)]
pub struct AuthenticatorData<'a> {
    /// The SHA-256 of the RP id that it signed for.
    pub rp_id_hash: &'a [u8; 32],
    /// The flags.
    pub flags: Flags,
    /// How often the key has signed, of an authenticator that counts.
    pub sign_count: u32,
    /// The new credential, in a registration.
    pub credential: Option<NewCredential<'a>>,
}

/// A credential that an authenticator has just made.
#[derive(Clone, Debug)]
pub struct NewCredential<'a> {
    /// The model of the authenticator; zeros where it does not say.
    pub aaguid: &'a [u8; 16],
    /// The credential's id, of the authenticator's choice.
    pub id: &'a [u8],
    /// Its public key.
    pub key: PublicKey,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads authenticator data to its end.
    ///
    /// # Errors
    /// [`NotAKey`]: [`NotAKey::Malformed`] also for what stands around the key.
    pub fn read(bytes: &'a [u8]) -> Result<Self, NotAKey> {
        let mut reader = Reader::new(bytes);
        let rp_id_hash = reader.array()?;
        let flags = Flags(reader.array::<1>()?[0]);
        let sign_count = u32::from_be_bytes(*reader.array()?);
        let credential = flags.has_credential().then(|| NewCredential::read(&mut reader)).transpose()?;
        if flags.has_extensions() {
            // We ask for none, and some authenticators add theirs all the same.
            reader.map(|_, reader| reader.skip())?;
        }
        reader.end()?;
        Ok(Self { rp_id_hash, flags, sign_count, credential })
    }
}

impl<'a> NewCredential<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, NotAKey> {
        let aaguid = reader.array()?;
        let length = u16::from_be_bytes(*reader.array()?);
        let id = reader.take(u64::from(length))?;
        if id.is_empty() {
            return Err(NotCbor.into());
        }
        Ok(Self { aaguid, id, key: PublicKey::read_from(reader)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::AuthenticatorData;
    use crate::passkey::cose::NotAKey;
    use crate::passkey::vectors::{Vector, es256_key};

    fn data(flags: u8, rest: &[u8]) -> Vec<u8> {
        [&[7; 32][..], &[flags], &[0, 0, 1, 2], rest].concat()
    }

    fn credential() -> Vec<u8> {
        [&[9; 16][..], &[0, 3, 1, 2, 3], &es256_key()].concat()
    }

    #[test]
    fn flags_count_and_credential_are_read() {
        let with_all = data(0xdd, &[&credential()[..], &[0xa1, 0x61, b'x', 0xf5]].concat());
        let read = AuthenticatorData::read(&with_all).expect("reads");
        let flags = read.flags;
        assert!(flags.user_present() && flags.user_verified() && flags.backup_eligible() && flags.backed_up());
        assert_eq!((read.rp_id_hash, read.sign_count), (&[7; 32], 258));
        let credential = read.credential.expect("a credential");
        assert_eq!((credential.aaguid, credential.id), (&[9; 16], &[1, 2, 3][..]));

        let bare = data(0x00, &[]);
        let flags = AuthenticatorData::read(&bare).expect("reads").flags;
        assert!(!(flags.user_present() || flags.user_verified() || flags.backup_eligible() || flags.backed_up()));
    }

    #[test]
    fn what_the_flags_announce_is_there_and_nothing_else() {
        for (flags, rest) in [
            (0x41, vec![]),
            (0x01, credential()),
            (0x81, vec![]),
            (0x81, vec![0x80]),
            (0x01, vec![0xa0]),
            (0xc1, credential()),
            (0x41, [&credential()[..], &[0xa0]].concat()),
            (0x41, [&[9; 16][..], &[0, 0], &es256_key()].concat()),
            (0x41, [&[9; 16][..], &[255, 255], &es256_key()].concat()),
        ] {
            let read = AuthenticatorData::read(&data(flags, &rest)).map(drop);
            assert_eq!(read, Err(NotAKey::Malformed), "{flags:02x} {rest:02x?}");
        }
        assert!(AuthenticatorData::read(&[7; 36]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = AuthenticatorData::read(&bytes);
        }

        #[test]
        fn no_damage_to_honest_data_makes_it_panic(place in 0usize..160, byte in any::<u8>(), end in 0usize..200) {
            let mut bytes = Vector::all()[0].registration_data();
            let place = place % bytes.len();
            bytes[place] = byte;
            bytes.truncate(end);
            let _ = AuthenticatorData::read(&bytes);
        }
    }
}
