//! A new passkey (WebAuthn level 3 §7.1). The store has the last word on step 26, that the credential is nobody's yet.

use aws_lc_rs::digest;

use crate::passkey::authenticator_data::{AuthenticatorData, NewCredential};
use crate::passkey::cbor::{Item, NotCbor, Reader};
use crate::passkey::challenge::{Challenge, Purpose};
use crate::passkey::client_data::ClientData;
use crate::passkey::cose::{NotAKey, PublicKey};
use crate::passkey::json::RegistrationAnswer;
use crate::passkey::relying_party::RelyingParty;
use crate::passkey::{CredentialId, Refused, Transport};

/// What a registration gave, once it is believed.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The challenge that it answered, which is now spent.
    pub challenge: Challenge,
    /// The credential's id.
    pub credential: CredentialId,
    /// Its public key.
    pub key: PublicKey,
    /// How often the key has signed.
    pub sign_count: u32,
    /// Whether the key may be copied.
    pub backup_eligible: bool,
    /// Whether the key was copied.
    pub backed_up: bool,
    /// How the authenticator is reached.
    pub transports: Vec<Transport>,
}

/// Checks an answer to options of ours. `recognise` says whether a challenge is of ours, for a page of that origin.
///
/// # Errors
/// [`Refused`]
pub fn verify(
    answer: &RegistrationAnswer,
    relying_party: &RelyingParty,
    recognise: impl FnOnce(&[u8], &str) -> Option<Challenge>,
) -> Result<Registered, Refused> {
    // Steps 5 to 11.
    let client_data = ClientData::read(&answer.client_data, Purpose::Registration, relying_party)?;
    let challenge = recognise(&client_data.challenge, &client_data.origin).ok_or(Refused::Challenge)?;
    // Steps 12 and 13.
    let hash = digest::digest(&digest::SHA256, &answer.client_data);
    let attestation = Attestation::read(&answer.attestation)?;
    let data = AuthenticatorData::read(attestation.data).map_err(|error| match error {
        NotAKey::Malformed => Refused::Malformed,
        // Step 20: no key is read that is for another algorithm than those of the options.
        NotAKey::Algorithm | NotAKey::Unusable => Refused::Algorithm,
    })?;
    // Step 14.
    if !relying_party.is_hashed_to(data.rp_id_hash) {
        return Err(Refused::RelyingParty);
    }
    // Step 15. Step 16 is not taken: user verification is preferred.
    if !data.flags.user_present() {
        return Err(Refused::UserAbsent);
    }
    // Step 17.
    if data.flags.backed_up() && !data.flags.backup_eligible() {
        return Err(Refused::Backup);
    }
    let NewCredential { id, key, .. } = data.credential.ok_or(Refused::Malformed)?;
    // Steps 21 to 24.
    attestation.check(&key, hash.as_ref())?;
    // Step 25, and the id beside is that of the new credential.
    let credential = CredentialId::new(id.to_vec()).filter(|id| *id == answer.id).ok_or(Refused::CredentialId)?;
    Ok(Registered {
        challenge,
        credential,
        key,
        sign_count: data.sign_count,
        backup_eligible: data.flags.backup_eligible(),
        backed_up: data.flags.backed_up(),
        transports: answer.transports.clone(),
    })
}

/// An attestation object (§6.5).
struct Attestation<'a> {
    format: &'a str,
    statement: Statement<'a>,
    data: &'a [u8],
}

/// What we look at in an attestation statement.
#[derive(Default)]
struct Statement<'a> {
    is_empty: bool,
    algorithm: Option<i64>,
    signature: Option<&'a [u8]>,
    has_certificates: bool,
}

impl<'a> Attestation<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Refused> {
        let (mut format, mut statement, mut data) = (None, None, None);
        let mut reader = Reader::new(bytes);
        let read = reader.map(|name, reader| {
            match name {
                Item::Text("fmt") => format = Some(reader.text()?),
                Item::Text("attStmt") => statement = Some(Statement::read(reader)?),
                Item::Text("authData") => data = Some(reader.bytes()?),
                _ => return Err(NotCbor),
            }
            Ok(())
        });
        read.and_then(|()| reader.end()).map_err(|_| Refused::Malformed)?;
        match (format, statement, data) {
            (Some(format), Some(statement), Some(data)) => Ok(Self { format, statement, data }),
            _ => Err(Refused::Malformed),
        }
    }

    /// We ask for no attestation and trust no maker of authenticators, so a statement about the authenticator tells us nothing: it is
    /// passed over. What comes in spite of that and can be checked without anybody's trust is checked: that there is no statement
    /// where the format says so (§8.7), and that an authenticator which attests itself has the private key (§8.2).
    fn check(&self, key: &PublicKey, hash: &[u8]) -> Result<(), Refused> {
        let Statement { is_empty, algorithm, signature, has_certificates } = &self.statement;
        let is_right = match self.format {
            "none" => *is_empty,
            "packed" if !has_certificates => {
                let signs = |signature: &&[u8]| key.verifies(&[self.data, hash].concat(), signature);
                *algorithm == Some(key.algorithm()) && signature.as_ref().is_some_and(signs)
            }
            _ => true,
        };
        if is_right { Ok(()) } else { Err(Refused::Attestation) }
    }
}

impl<'a> Statement<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, NotCbor> {
        let mut statement = Self { is_empty: true, ..Self::default() };
        reader.map(|name, reader| {
            statement.is_empty = false;
            match name {
                Item::Text("alg") => statement.algorithm = Some(reader.integer()?),
                Item::Text("sig") => statement.signature = Some(reader.bytes()?),
                Item::Text("x5c") => {
                    statement.has_certificates = true;
                    reader.skip()?;
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(statement)
    }
}

#[cfg(test)]
mod tests {
    use super::{Registered, verify};
    use crate::passkey::vectors::{Software, Vector, challenge, example_org};
    use crate::passkey::{CredentialId, Refused};

    fn check(software: &Software) -> Result<Registered, Refused> {
        let ours = |bytes: &[u8], origin: &str| (bytes == [1; 32] && origin == "https://example.org").then(challenge);
        verify(&software.registration(), &example_org(), ours)
    }

    fn refusal(change: impl FnOnce(&mut Software)) -> Option<Refused> {
        let mut software = Software::new();
        change(&mut software);
        check(&software).err()
    }

    #[test]
    fn an_honest_answer_gives_the_credential() {
        let software = Software::new();
        let registered = check(&software).expect("believed");
        assert_eq!(registered.credential.as_bytes(), software.id);
        assert_eq!(registered.key.as_cose(), software.cose());
        assert_eq!((registered.sign_count, registered.backup_eligible, registered.backed_up), (0, true, true));
        assert_eq!(registered.challenge, challenge());
    }

    #[test]
    fn the_vectors_of_the_specification_are_believed() {
        for vector in Vector::all().iter().filter(|vector| !vector.is_framed()) {
            let expected = vector.registration_challenge();
            let ours = |bytes: &[u8], _: &str| (bytes == expected).then(challenge);
            let registered = verify(&vector.registration(), &example_org(), ours);
            let id = registered.unwrap_or_else(|refused| panic!("{}: {refused}", vector.name)).credential;
            assert_eq!(Some(id), CredentialId::new(vector.credential_id()), "{}", vector.name);
        }
    }

    #[test]
    fn step_5_client_data_is_utf_8() {
        assert_eq!(refusal(|software| software.client_data = Some(vec![0xff; 9])), Some(Refused::Malformed));
    }

    #[test]
    fn step_6_client_data_is_json() {
        assert_eq!(refusal(|software| software.client_data = Some(b"{".to_vec())), Some(Refused::Malformed));
    }

    #[test]
    fn step_7_an_answer_to_an_authentication_is_refused() {
        assert_eq!(refusal(|software| software.kind = Some("webauthn.get")), Some(Refused::Type));
    }

    #[test]
    fn step_8_another_challenge_is_refused() {
        assert_eq!(refusal(|software| software.challenge = vec![2; 32]), Some(Refused::Challenge));
    }

    #[test]
    fn step_9_another_origin_is_refused() {
        assert_eq!(refusal(|software| software.origin = "https://evil.example".into()), Some(Refused::Origin));
        // One that is ours, but not the page that the challenge was made for.
        assert_eq!(refusal(|software| software.origin = "https://app.example.org".into()), Some(Refused::Challenge));
    }

    #[test]
    fn step_10_a_frame_in_another_sites_page_is_refused() {
        assert_eq!(refusal(|software| software.cross_origin = true), Some(Refused::Framed));
        let vectors = Vector::all();
        let framed = vectors.iter().find(|vector| vector.is_framed()).expect("a vector");
        let refused = verify(&framed.registration(), &example_org(), |_, _| Some(challenge())).err();
        assert_eq!(refused, Some(Refused::Framed));
    }

    #[test]
    fn step_11_a_page_above_is_refused() {
        assert_eq!(refusal(|software| software.top_origin = Some("https://example.org")), Some(Refused::Framed));
    }

    /// The client data means the same with a space behind it, and the authenticator has attested other bytes.
    #[test]
    fn step_12_the_hash_is_that_of_the_client_data_byte_for_byte() {
        let vectors = Vector::all();
        let vector = vectors.iter().find(|vector| vector.name == "packed-self.ES256").expect("a vector");
        let mut spaced = vector.registration();
        spaced.client_data.push(b' ');
        let refused = verify(&spaced, &example_org(), |_, _| Some(challenge())).err();
        assert_eq!(refused, Some(Refused::Attestation));
    }

    #[test]
    fn step_13_the_attestation_object_is_canonical_and_whole() {
        assert_eq!(refusal(|software| software.cut = 1), Some(Refused::Malformed));
        assert_eq!(refusal(|software| software.trailing = vec![0]), Some(Refused::Malformed));
        assert_eq!(refusal(|software| software.flags &= !0x40), Some(Refused::Malformed));
    }

    /// {"fmt": "none", "attStmt": {}, "authData": h'…'}, and what is made of it.
    #[test]
    fn step_13_an_attestation_object_in_any_other_form_is_refused() {
        let honest = Software::new().registration();
        let end = honest.attestation.windows(9).position(|window| window == b"hauthData").expect("there");
        let (head, data) = honest.attestation.split_at(end);
        assert_eq!(head, b"\xa3cfmtdnonegattStmt\xa0");
        let twice = [data, data].concat();
        for (form, head, data) in [
            ("a member that stands twice", &b"\xa4cfmtdnonecfmtdnonegattStmt\xa0"[..], data),
            ("data that stands twice", b"\xa4cfmtdnonegattStmt\xa0", &twice),
            ("another order", b"\xa3gattStmt\xa0cfmtdnone", data),
            ("an indefinite length", b"\xbfcfmtdnonegattStmt\xa0", data),
            ("a statement of indefinite length", b"\xa3cfmtdnonegattStmt\xbf\xff", data),
            ("a text of indefinite length", b"\xa3cfmt\x7fdnone\xffgattStmt\xa0", data),
            ("more members than there are", b"\xbb\xff\xff\xff\xff\xff\xff\xff\xffcfmtdnonegattStmt\xa0", data),
            ("more bytes than there are", b"\xa3cfmt\x7b\xff\xff\xff\xff\xff\xff\xff\xffnonegattStmt\xa0", data),
            ("a length that could be shorter", b"\xa3cfmt\x78\x04nonegattStmt\xa0", data),
            ("deep nesting", b"\xa3cfmtctpmgattStmt\xa1ax\x81\x81\x81\x81\x80", data),
            ("a tag", b"\xa3cfmtctpmgattStmt\xa1ax\xc1\x00", data),
            ("a format that is bytes", b"\xa3cfmtDnonegattStmt\xa0", data),
            ("a statement that is a list", b"\xa3cfmtdnonegattStmt\x80", data),
            ("no format", b"\xa2gattStmt\xa0", data),
            ("no statement", b"\xa2cfmtdnone", data),
            ("no data", b"\xa2cfmtdnonegattStmt\xa0", &[]),
        ] {
            let mut forged = honest.clone();
            forged.attestation = [head, data].concat();
            let refused = verify(&forged, &example_org(), |_, _| Some(challenge())).err();
            assert_eq!(refused, Some(Refused::Malformed), "{form}");
        }
    }

    #[test]
    fn step_14_another_rp_id_is_refused() {
        assert_eq!(refusal(|software| software.rp_id = "evil.example".into()), Some(Refused::RelyingParty));
        assert_eq!(refusal(|software| software.rp_id = "app.example.org".into()), Some(Refused::RelyingParty));
    }

    #[test]
    fn step_15_an_absent_user_is_refused() {
        assert_eq!(refusal(|software| software.flags &= !0x01), Some(Refused::UserAbsent));
    }

    #[test]
    fn step_16_user_verification_is_not_demanded() {
        assert_eq!(refusal(|software| software.flags &= !0x04), None);
    }

    #[test]
    fn step_17_a_key_that_cannot_be_copied_was_not_copied() {
        assert_eq!(refusal(|software| software.flags &= !0x08), Some(Refused::Backup));
        assert_eq!(refusal(|software| software.flags &= !0x18), None);
        assert_eq!(refusal(|software| software.flags &= !0x10), None);
    }

    #[test]
    fn steps_18_and_19_what_the_authenticator_says_of_copies_is_kept() {
        for (flags, said) in [(0x00, (false, false)), (0x08, (true, false)), (0x18, (true, true))] {
            let mut software = Software::new();
            software.flags = (software.flags & !0x18) | flags;
            let registered = check(&software).expect("believed");
            assert_eq!((registered.backup_eligible, registered.backed_up), said, "{flags:x}");
        }
    }

    #[test]
    fn step_20_an_algorithm_that_was_not_offered_is_refused() {
        // ES256 is called ES384, EdDSA, and RS256.
        for algorithm in [&[0x38, 34][..], &[0x27], &[0x39, 1, 0]] {
            assert_eq!(refusal(|software| software.algorithm = algorithm.to_vec()), Some(Refused::Algorithm));
        }
    }

    /// Formats are compared letter by letter, so this one is not `packed`, and is passed over.
    #[test]
    fn step_21_a_format_that_nobody_knows_is_passed_over() {
        for format in ["Packed", "NONE", "compound", ""] {
            let change = |software: &mut Software| {
                software.format = format;
                software.statement = vec![0xa1, 0x63, b's', b'i', b'g', 0x41, 0];
            };
            assert_eq!(refusal(change), None, "{format}");
        }
    }

    /// Of the signature and the algorithm, each is missing once, and both.
    #[test]
    fn step_22_an_authenticator_that_attests_itself_says_how() {
        let (algorithm, signature) = (&b"calg\x26"[..], &b"csig\x41\x00"[..]);
        for (head, members) in
            [(0xa0, vec![]), (0xa1, vec![algorithm]), (0xa1, vec![signature]), (0xa2, vec![algorithm, signature])]
        {
            let change = |software: &mut Software| {
                software.format = "packed";
                software.statement = [&[head][..], members.concat().as_slice()].concat();
            };
            assert_eq!(refusal(change), Some(Refused::Attestation), "{members:?}");
        }
    }

    #[test]
    fn step_22_the_format_none_has_an_empty_statement() {
        let statement = vec![0xa1, 0x63, b's', b'i', b'g', 0x41, 0];
        assert_eq!(refusal(|software| software.statement = statement), Some(Refused::Attestation));
    }

    #[test]
    fn step_22_an_authenticator_that_attests_itself_has_the_key() {
        let vectors = Vector::all();
        let vector = vectors.iter().find(|vector| vector.name == "packed-self.ES256").expect("a vector");
        let ours = |_: &[u8], _: &str| Some(challenge());
        let honest = vector.registration();
        assert!(verify(&honest, &example_org(), ours).is_ok());
        // {"fmt": "packed", "attStmt": {"alg": -7, "sig": h'30…
        let at = |object: &[u8], needle: &[u8]| {
            object.windows(needle.len()).position(|window| window == needle).expect("there") + needle.len()
        };
        for (needle, byte) in [(&b"calg"[..], 0x27), (b"csig\x58\x46\x30\x44\x02\x20", 0x07)] {
            let mut forged = honest.clone();
            let place = at(&forged.attestation, needle);
            forged.attestation[place] = byte;
            assert_eq!(verify(&forged, &example_org(), ours).err(), Some(Refused::Attestation));
        }
    }

    #[test]
    fn step_24_statements_about_the_authenticator_are_passed_over() {
        let statement = vec![0xa2, 0x63, b'v', b'e', b'r', 0x61, b'1', 0x63, b'x', b'5', b'c', 0x81, 0x41, 0];
        assert_eq!(
            refusal(|software| {
                software.format = "tpm";
                software.statement = statement;
            }),
            None
        );
    }

    #[test]
    fn step_25_a_credential_id_has_1023_bytes_at_most() {
        assert_eq!(refusal(|software| software.id = vec![5; 1023]), None);
        assert_eq!(refusal(|software| software.id = vec![5; 1024]), Some(Refused::CredentialId));
    }

    /// Of an authenticator that adds its extensions unasked. What it announces has to be there, and to be CBOR.
    #[test]
    fn step_29_what_extensions_gave_is_passed_over_and_has_to_be_well_formed() {
        let with = |extensions: &[u8]| {
            refusal(|software| {
                software.flags |= 0x80;
                software.extensions = extensions.to_vec();
            })
        };
        assert_eq!(with(b"\xa1kcredProtect\x02"), None);
        for forged in [&b""[..], b"\x80", b"\xa2axa\x01axa\x01", b"\xa0\x00", b"\xbf\xff"] {
            assert_eq!(with(forged), Some(Refused::Malformed), "{forged:02x?}");
        }
    }

    #[test]
    fn the_id_beside_is_that_of_the_new_credential() {
        assert_eq!(refusal(|software| software.id_beside = Some(vec![6; 16])), Some(Refused::CredentialId));
    }
}
