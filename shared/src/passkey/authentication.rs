//! A sign-in with a passkey (WebAuthn level 3 §7.2).
//!
//! It comes in two parts, as the passkey is read from the store between them: [`begin`] looks at what can be looked at without it.

use aws_lc_rs::digest;

use crate::id::{AppId, UserId};
use crate::passkey::authenticator_data::AuthenticatorData;
use crate::passkey::challenge::{Challenge, Purpose};
use crate::passkey::client_data::ClientData;
use crate::passkey::json::AuthenticationAnswer;
use crate::passkey::relying_party::RelyingParty;
use crate::passkey::{Passkey, Refused, UserHandle};

/// An answer to a challenge of ours, whose signature was not looked at yet.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The challenge that it answered.
    pub challenge: Challenge,
    /// Whose passkey it says it is.
    pub user: UserId,
}

/// What an authentication says, once it is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// Whether the authenticator knows that it was its owner.
    pub user_verified: bool,
    /// How often the key has signed.
    pub sign_count: u32,
    /// Whether the key was copied.
    pub backed_up: bool,
}

/// Looks at what the browser says and whom the passkey names. `recognise` says whether a challenge is of ours, for a page of that
/// origin.
///
/// # Errors
/// [`Refused`]
pub fn begin(
    answer: &AuthenticationAnswer,
    app: &AppId,
    relying_party: &RelyingParty,
    recognise: impl FnOnce(&[u8], &str) -> Option<Challenge>,
) -> Result<Begun, Refused> {
    // Steps 8 to 14.
    let client_data = ClientData::read(&answer.client_data, Purpose::Authentication, relying_party)?;
    let challenge = recognise(&client_data.challenge, &client_data.origin).ok_or(Refused::Challenge)?;
    // Step 6: nobody said who they are before, so the passkey has to.
    let user = UserHandle::read(&answer.user_handle, app).ok_or(Refused::Unknown)?;
    Ok(Begun { challenge, user })
}

/// Checks the answer against the passkey that the user of [`Begun`] has of that credential id. Step 6 needs it to be theirs.
///
/// # Errors
/// [`Refused`]
pub fn verify(
    answer: &AuthenticationAnswer,
    passkey: &Passkey,
    relying_party: &RelyingParty,
) -> Result<Authenticated, Refused> {
    // Step 6.
    if passkey.credential != answer.id {
        return Err(Refused::Unknown);
    }
    let data = AuthenticatorData::read(&answer.authenticator_data).map_err(|_| Refused::Malformed)?;
    // Step 15.
    if !relying_party.is_hashed_to(data.rp_id_hash) {
        return Err(Refused::RelyingParty);
    }
    // Step 16. Step 17 is not taken: user verification is preferred, and the session says whether it was done.
    if !data.flags.user_present() {
        return Err(Refused::UserAbsent);
    }
    // Step 18.
    if data.flags.backed_up() && !data.flags.backup_eligible() {
        return Err(Refused::Backup);
    }
    // Step 19.
    if data.flags.backup_eligible() != passkey.backup_eligible {
        return Err(Refused::Backup);
    }
    // Steps 20 and 21.
    let hash = digest::digest(&digest::SHA256, &answer.client_data);
    let signed = [answer.authenticator_data.as_slice(), hash.as_ref()].concat();
    if !passkey.key.verifies(&signed, &answer.signature) {
        return Err(Refused::Signature);
    }
    // Step 22. The store compares once more, as two answers may come at once.
    let counts = data.sign_count != 0 || passkey.sign_count != 0;
    if counts && data.sign_count <= passkey.sign_count {
        return Err(Refused::CountedBack);
    }
    Ok(Authenticated {
        user_verified: data.flags.user_verified(),
        sign_count: data.sign_count,
        backed_up: data.flags.backed_up(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Authenticated, begin, verify};
    use crate::passkey::json::AuthenticationAnswer;
    use crate::passkey::vectors::{Software, Vector, acme, ada, challenge, example_org};
    use crate::passkey::{CredentialId, Passkey, Refused, UserHandle};

    /// Both parts, with the passkey that the authenticator had when it was registered.
    fn check(answer: &AuthenticationAnswer, registered: &Software) -> Result<Authenticated, Refused> {
        let ours = |bytes: &[u8], origin: &str| (bytes == [1; 32] && origin == "https://example.org").then(challenge);
        let begun = begin(answer, &acme(), &example_org(), ours)?;
        assert_eq!((begun.user, begun.challenge), (ada(), challenge()));
        verify(answer, &registered.passkey(), &example_org())
    }

    fn refusal(change: impl FnOnce(&mut Software)) -> Option<Refused> {
        let registered = Software::new();
        let mut software = registered.again();
        change(&mut software);
        check(&software.authentication(), &registered).err()
    }

    fn refusal_of(change: impl FnOnce(&mut AuthenticationAnswer)) -> Option<Refused> {
        let registered = Software::new();
        let mut answer = registered.authentication();
        change(&mut answer);
        check(&answer, &registered).err()
    }

    #[test]
    fn an_honest_answer_is_believed() {
        let software = Software::new();
        let said = Authenticated { user_verified: true, sign_count: 0, backed_up: true };
        assert_eq!(check(&software.authentication(), &software), Ok(said));
    }

    #[test]
    fn the_vectors_of_the_specification_are_believed() {
        for vector in Vector::all().iter().filter(|vector| !vector.is_framed()) {
            let (answer, expected) = (vector.authentication(), vector.authentication_challenge());
            let ours = |bytes: &[u8], _: &str| (bytes == expected).then(challenge);
            assert!(begin(&answer, &acme(), &example_org(), ours).is_ok(), "{}", vector.name);
            let verified = verify(&answer, &vector.passkey(), &example_org());
            assert!(verified.is_ok(), "{}: {verified:?}", vector.name);
            // The same with one bit of the signature, the data and the client data changed.
            let mut forged = [answer.clone(), answer.clone(), answer];
            *forged[0].signature.last_mut().expect("a byte") ^= 1;
            *forged[1].authenticator_data.last_mut().expect("a byte") ^= 1;
            *forged[2].client_data.last_mut().expect("a byte") ^= 1;
            for forged in forged {
                let refused = verify(&forged, &vector.passkey(), &example_org());
                assert_eq!(refused, Err(Refused::Signature), "{}", vector.name);
            }
        }
    }

    #[test]
    fn step_6_the_passkey_is_one_of_the_user_whom_it_names() {
        let of_another_app = UserHandle::of(&"other".parse().expect("an app"), ada());
        assert_eq!(refusal_of(|answer| answer.user_handle.clear()), Some(Refused::Unknown));
        assert_eq!(
            refusal_of(|answer| answer.user_handle = of_another_app.as_bytes().to_vec()),
            Some(Refused::Unknown)
        );
        let other = CredentialId::new(vec![6; 16]).expect("an id");
        assert_eq!(refusal_of(|answer| answer.id = other), Some(Refused::Unknown));
    }

    #[test]
    fn step_6_a_handle_of_another_length_names_nobody() {
        let handle = UserHandle::of(&acme(), ada()).as_bytes().to_vec();
        for forged in [&handle[1..], &handle[..23], &[&handle[..], &[0]].concat(), &[0; 64], &[7; 4096]] {
            assert_eq!(refusal_of(|answer| answer.user_handle = forged.to_vec()), Some(Refused::Unknown));
        }
    }

    #[test]
    fn step_8_client_data_is_utf_8() {
        assert_eq!(refusal(|software| software.client_data = Some(vec![0xff; 9])), Some(Refused::Malformed));
    }

    #[test]
    fn step_9_client_data_is_json() {
        assert_eq!(refusal(|software| software.client_data = Some(b"{".to_vec())), Some(Refused::Malformed));
    }

    #[test]
    fn step_10_an_answer_to_a_registration_is_refused() {
        assert_eq!(refusal(|software| software.kind = Some("webauthn.create")), Some(Refused::Type));
    }

    #[test]
    fn step_11_another_challenge_is_refused() {
        assert_eq!(refusal(|software| software.challenge = vec![2; 32]), Some(Refused::Challenge));
    }

    #[test]
    fn step_12_another_origin_is_refused() {
        assert_eq!(refusal(|software| software.origin = "https://evil.example".into()), Some(Refused::Origin));
        assert_eq!(refusal(|software| software.origin = "https://app.example.org".into()), Some(Refused::Challenge));
    }

    #[test]
    fn step_13_a_frame_in_another_sites_page_is_refused() {
        assert_eq!(refusal(|software| software.cross_origin = true), Some(Refused::Framed));
    }

    #[test]
    fn step_14_a_page_above_is_refused() {
        assert_eq!(refusal(|software| software.top_origin = Some("https://example.org")), Some(Refused::Framed));
    }

    #[test]
    fn step_15_another_rp_id_is_refused() {
        assert_eq!(refusal(|software| software.rp_id = "evil.example".into()), Some(Refused::RelyingParty));
    }

    #[test]
    fn step_16_an_absent_user_is_refused() {
        assert_eq!(refusal(|software| software.flags &= !0x01), Some(Refused::UserAbsent));
    }

    #[test]
    fn step_17_user_verification_is_not_demanded_but_told() {
        let registered = Software::new();
        let mut software = registered.again();
        software.flags &= !0x04;
        let said = check(&software.authentication(), &registered).expect("believed");
        assert!(!said.user_verified);
    }

    #[test]
    fn step_18_a_key_that_cannot_be_copied_was_not_copied() {
        let mut registered = Software::new();
        registered.flags &= !0x18;
        let mut software = registered.again();
        software.flags |= 0x10;
        assert_eq!(check(&software.authentication(), &registered), Err(Refused::Backup));
    }

    #[test]
    fn step_19_a_key_does_not_become_one_that_can_be_copied_nor_cease_to_be_one() {
        assert_eq!(refusal(|software| software.flags &= !0x18), Some(Refused::Backup));
        let mut registered = Software::new();
        registered.flags &= !0x18;
        let mut software = registered.again();
        software.flags |= 0x08;
        assert_eq!(check(&software.authentication(), &registered), Err(Refused::Backup));
    }

    /// It means the same with a space behind it, and the authenticator has signed other bytes.
    #[test]
    fn step_20_the_hash_is_that_of_the_client_data_byte_for_byte() {
        assert_eq!(refusal_of(|answer| answer.client_data.push(b' ')), Some(Refused::Signature));
    }

    /// Each vector has a key of its own kind.
    #[test]
    fn step_21_a_signature_of_another_algorithm_is_refused() {
        let vectors = Vector::all();
        let honest: Vec<_> = vectors.iter().filter(|vector| !vector.is_framed()).collect();
        for (vector, other) in honest.iter().flat_map(|vector| honest.iter().map(move |other| (vector, other))) {
            let (passkey, theirs) = (vector.passkey(), other.passkey());
            if passkey.key.algorithm() == theirs.key.algorithm() {
                continue;
            }
            let mut answer = vector.authentication();
            answer.signature = other.authentication().signature;
            let refused = verify(&answer, &passkey, &example_org());
            assert_eq!(refused, Err(Refused::Signature), "{} {}", vector.name, other.name);
            // The other's key in the place of this one's.
            let swapped = Passkey { key: theirs.key, ..passkey };
            let refused = verify(&vector.authentication(), &swapped, &example_org());
            assert_eq!(refused, Err(Refused::Signature), "{} {}", vector.name, other.name);
        }
    }

    #[test]
    fn step_21_another_keys_signature_is_refused() {
        let registered = Software::new();
        let mut other = Software::new();
        other.id.clone_from(&registered.id);
        assert_eq!(check(&other.authentication(), &registered), Err(Refused::Signature));
        assert_eq!(refusal_of(|answer| answer.signature.clear()), Some(Refused::Signature));
        // Flags that nobody signed.
        let of_data = |answer: &mut AuthenticationAnswer| answer.authenticator_data[32] &= !0x04;
        assert_eq!(refusal_of(of_data), Some(Refused::Signature));
    }

    #[test]
    fn step_22_a_sign_count_goes_up() {
        let mut registered = Software::new();
        registered.sign_count = 7;
        for (count, refused) in [
            (0, Some(Refused::CountedBack)),
            (6, Some(Refused::CountedBack)),
            (7, Some(Refused::CountedBack)),
            (8, None),
        ] {
            let mut software = registered.again();
            software.sign_count = count;
            assert_eq!(check(&software.authentication(), &registered).err(), refused, "{count}");
        }
        // An authenticator that does not count says 0 each time.
        registered.sign_count = 0;
        assert!(check(&registered.authentication(), &registered).is_ok());
    }

    #[test]
    fn step_23_what_extensions_gave_is_passed_over_and_has_to_be_well_formed() {
        let with = |extensions: &[u8]| {
            refusal(|software| {
                software.flags |= 0x80;
                software.extensions = extensions.to_vec();
            })
        };
        assert_eq!(with(b"\xa1eappid\xf5"), None);
        for forged in [&b""[..], b"\x80", b"\xa2axa\x01axa\x01", b"\xa0\x00", b"\xbf\xff"] {
            assert_eq!(with(forged), Some(Refused::Malformed), "{forged:02x?}");
        }
    }

    #[test]
    fn no_credential_is_hidden_behind_the_data_and_nothing_follows_it() {
        assert_eq!(refusal_of(|answer| answer.authenticator_data.push(0)), Some(Refused::Malformed));
        assert_eq!(refusal_of(|answer| answer.authenticator_data[32] |= 0x40), Some(Refused::Malformed));
    }
}
