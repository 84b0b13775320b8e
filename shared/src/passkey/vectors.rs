//! What the tests of the ceremonies are made of: the vectors of the specification, and an authenticator in software.

use std::ops::{Deref, DerefMut};

use local::authenticator::Authenticator;
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::id::{AppId, Epoch, UserId};
use crate::passkey::authenticator_data::AuthenticatorData;
use crate::passkey::challenge::Challenge;
use crate::passkey::cose::PublicKey;
use crate::passkey::json::{AuthenticationAnswer, RegistrationAnswer};
use crate::passkey::relying_party::RelyingParty;
use crate::passkey::{CredentialId, Passkey, UserHandle};
use crate::token::opaque::TokenDigest;

/// Bytes in hex.
pub(super) fn bytes(hex: &str) -> Vec<u8> {
    let byte = |place| u8::from_str_radix(&hex[place..place + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// The key of the first vector.
pub(super) fn es256_key() -> Vec<u8> {
    bytes(
        "a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b034\
         58abf879717c12cc68ed73290af2e2664796b9220",
    )
}

/// The relying party of the vectors.
pub(super) fn example_org() -> RelyingParty {
    let origins = ["https://example.org", "https://app.example.org"].map(str::to_owned);
    RelyingParty::of("https://example.org", None, &origins).expect("usable").expect("a domain")
}

/// The app of the tests.
pub(super) fn acme() -> AppId {
    "acme".parse().expect("an app")
}

/// The user of the tests.
pub(super) fn ada() -> UserId {
    "7".parse().expect("a user")
}

/// What a challenge of the tests is recognised as.
pub(super) fn challenge() -> Challenge {
    Challenge { digest: TokenDigest::of(&[1; 32]), expires: Timestamp::from_unix(1_800_000_300) }
}

/// A vector of WebAuthn level 3 §16: a registration and an authentication for `https://example.org`.
#[derive(Deserialize)]
pub(super) struct Vector {
    /// What the specification derives it from.
    pub(super) name: String,
    registration: Registration,
    authentication: Authentication,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    challenge: String,
    credential_id: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authentication {
    challenge: String,
    authenticator_data: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    signature: String,
}

impl Vector {
    pub(super) fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("../../tests/webauthn/vectors.json")).expect("vectors")
    }

    /// Whether its pages are in a frame.
    pub(super) fn is_framed(&self) -> bool {
        self.name.ends_with("crossOrigin")
    }

    pub(super) fn registration_challenge(&self) -> Vec<u8> {
        bytes(&self.registration.challenge)
    }

    pub(super) fn authentication_challenge(&self) -> Vec<u8> {
        bytes(&self.authentication.challenge)
    }

    pub(super) fn credential_id(&self) -> Vec<u8> {
        bytes(&self.registration.credential_id)
    }

    fn id(&self) -> CredentialId {
        CredentialId::new(self.credential_id()).expect("an id")
    }

    pub(super) fn registration(&self) -> RegistrationAnswer {
        RegistrationAnswer {
            id: self.id(),
            client_data: bytes(&self.registration.client_data),
            attestation: bytes(&self.registration.attestation_object),
            transports: Vec::new(),
        }
    }

    /// The authenticator data of the registration: the last member of its object.
    pub(super) fn registration_data(&self) -> Vec<u8> {
        let object = bytes(&self.registration.attestation_object);
        let name = b"hauthData\x58\xa4";
        let place = object.windows(name.len()).position(|window| window == name).expect("there");
        object[place + name.len()..].to_vec()
    }

    pub(super) fn authentication(&self) -> AuthenticationAnswer {
        AuthenticationAnswer {
            id: self.id(),
            client_data: bytes(&self.authentication.client_data),
            authenticator_data: bytes(&self.authentication.authenticator_data),
            signature: bytes(&self.authentication.signature),
            user_handle: UserHandle::of(&acme(), ada()).as_bytes().to_vec(),
        }
    }

    /// The passkey that the registration gave.
    pub(super) fn passkey(&self) -> Passkey {
        let ours = |_: &[u8], _: &str| Some(challenge());
        let registered = super::registration::verify(&self.registration(), &example_org(), ours).expect("believed");
        Passkey {
            credential: registered.credential,
            key: registered.key,
            sign_count: registered.sign_count,
            backup_eligible: registered.backup_eligible,
            backed_up: registered.backed_up,
            ..passkey_of(&es256_key())
        }
    }
}

fn passkey_of(cose: &[u8]) -> Passkey {
    Passkey {
        credential: CredentialId::new(vec![1]).expect("an id"),
        name: "Telephone".parse().expect("a name"),
        key: PublicKey::read(cose).expect("a key"),
        sign_count: 0,
        backup_eligible: false,
        backed_up: false,
        transports: Vec::new(),
        created: Timestamp::from_unix(1_800_000_000),
        epoch: Epoch::default(),
        used: None,
        places: Vec::new(),
    }
}

/// An authenticator in software that was asked by `https://example.org`, with the challenge of thirty-two ones.
pub(super) struct Software(Authenticator);

impl Deref for Software {
    type Target = Authenticator;

    fn deref(&self) -> &Authenticator {
        &self.0
    }
}

impl DerefMut for Software {
    fn deref_mut(&mut self) -> &mut Authenticator {
        &mut self.0
    }
}

impl Software {
    pub(super) fn new() -> Self {
        let mut authenticator = Authenticator::new("example.org", "https://example.org").expect("a key");
        authenticator.challenge = vec![1; 32];
        authenticator.user_handle = UserHandle::of(&acme(), ada()).as_bytes().to_vec();
        Self(authenticator)
    }

    /// The same authenticator at its next ceremony.
    pub(super) fn again(&self) -> Self {
        Self(self.0.clone())
    }

    pub(super) fn registration(&self) -> RegistrationAnswer {
        let answer = self.create();
        RegistrationAnswer::read(&answer).unwrap_or_else(|_| RegistrationAnswer {
            // The answer's own reader holds the id to its length: the ceremony is asked all the same.
            id: CredentialId::new(vec![1]).expect("an id"),
            client_data: base64url(&answer["response"]["clientDataJSON"]),
            attestation: base64url(&answer["response"]["attestationObject"]),
            transports: Vec::new(),
        })
    }

    pub(super) fn authentication(&self) -> AuthenticationAnswer {
        AuthenticationAnswer::read(&self.get().expect("signs")).expect("reads")
    }

    /// The passkey that its registration gives.
    pub(super) fn passkey(&self) -> Passkey {
        Passkey {
            credential: CredentialId::new(self.id.clone()).expect("an id"),
            sign_count: self.sign_count,
            backup_eligible: self.flags & 0x08 != 0,
            backed_up: self.flags & 0x10 != 0,
            ..passkey_of(&self.cose())
        }
    }
}

fn base64url(text: &serde_json::Value) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text.as_str().expect("text")).expect("base64url")
}

/// The vectors' own data is read, too.
#[test]
fn the_data_of_the_first_vector_is_whole() {
    assert!(AuthenticatorData::read(&Vector::all()[0].registration_data()).is_ok());
}
