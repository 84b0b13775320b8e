//! An authenticator in software, with its browser: what WebAuthn's tests sign in with, honest or not.
//!
//! Whatever it says can be changed before it says it, so that a test can send what no honest authenticator would.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The flags of a passkey on a telephone that makes copies: user present and verified, backed up, and a credential follows.
const FLAGS: u8 = 0x01 | 0x04 | 0x08 | 0x10 | 0x40;

const CREDENTIAL_FOLLOWS: u8 = 0x40;

const EXTENSIONS_FOLLOW: u8 = 0x80;

/// One passkey, with what its authenticator and the browser say in the next ceremony.
#[derive(Clone, Debug)]
pub struct Authenticator {
    key: Arc<EcdsaKeyPair>,
    /// The credential's id.
    pub id: Vec<u8>,
    /// Another id for the JSON.
    pub id_beside: Option<Vec<u8>>,
    /// The user handle that it keeps.
    pub user_handle: Vec<u8>,
    /// The `type` of the client data, if not that of the ceremony.
    pub kind: Option<&'static str>,
    /// The challenge.
    pub challenge: Vec<u8>,
    /// The page's origin.
    pub origin: String,
    /// `crossOrigin`.
    pub cross_origin: bool,
    /// `topOrigin`.
    pub top_origin: Option<&'static str>,
    /// The client data, if not of the above.
    pub client_data: Option<Vec<u8>>,
    /// The RP id.
    pub rp_id: String,
    /// The flags.
    pub flags: u8,
    /// The sign count.
    pub sign_count: u32,
    /// The algorithm of the public key, in CBOR.
    pub algorithm: Vec<u8>,
    /// The format of the attestation.
    pub format: &'static str,
    /// The attestation statement, in CBOR.
    pub statement: Vec<u8>,
    /// What extensions gave, in CBOR. It is sent where the flags announce it.
    pub extensions: Vec<u8>,
    /// How many bytes the attestation object lacks.
    pub cut: usize,
    /// What follows the attestation object.
    pub trailing: Vec<u8>,
}

impl Authenticator {
    /// A new passkey for a page of `origin`.
    ///
    /// # Errors
    /// No key could be made.
    pub fn new(rp_id: &str, origin: &str) -> anyhow::Result<Self> {
        let mut id = vec![0; 16];
        getrandom::fill(&mut id).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        Ok(Self {
            key: Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?),
            id,
            id_beside: None,
            user_handle: Vec::new(),
            kind: None,
            challenge: Vec::new(),
            origin: origin.to_owned(),
            cross_origin: false,
            top_origin: None,
            client_data: None,
            rp_id: rp_id.to_owned(),
            flags: FLAGS,
            sign_count: 0,
            algorithm: vec![0x26],
            format: "none",
            statement: vec![0xa0],
            extensions: Vec::new(),
            cut: 0,
            trailing: Vec::new(),
        })
    }

    /// Takes challenge and user from creation options, as `parseCreationOptionsFromJSON` does.
    ///
    /// # Errors
    /// They are not such options.
    pub fn take_creation(&mut self, options: &Value) -> anyhow::Result<()> {
        self.user_handle = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap_or("?"))?;
        self.take_request(options)
    }

    /// Takes the challenge from request options, as `parseRequestOptionsFromJSON` does.
    ///
    /// # Errors
    /// They are not such options.
    pub fn take_request(&mut self, options: &Value) -> anyhow::Result<()> {
        self.challenge = URL_SAFE_NO_PAD.decode(options["challenge"].as_str().unwrap_or("?"))?;
        Ok(())
    }

    /// The public key as a `COSE_Key`.
    #[must_use]
    pub fn cose(&self) -> Vec<u8> {
        // An uncompressed point: 4, then both coordinates.
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let head = [&[0xa5, 1, 2, 3][..], &self.algorithm].concat();
        [head.as_slice(), &[0x20, 1, 0x21, 0x58, 32], x, &[0x22, 0x58, 32], y].concat()
    }

    /// The answer to creation options: a `RegistrationResponseJSON`.
    #[must_use]
    pub fn create(&self) -> Value {
        let length = u16::try_from(self.id.len()).unwrap_or(u16::MAX).to_be_bytes();
        let credential = [&[0; 16][..], &length, &self.id, &self.cose()].concat();
        let follows = if self.flags & CREDENTIAL_FOLLOWS == 0 { &[][..] } else { &credential };
        let data = self.data(self.flags, follows);
        let mut object = [&[0xa3][..], &text("fmt"), &text(self.format), &text("attStmt"), &self.statement].concat();
        object.extend([text("authData"), bytes(&data)].concat());
        object.truncate(object.len() - self.cut);
        object.extend(&self.trailing);
        self.json(&json!({
            "clientDataJSON": base64url(&self.client_data("webauthn.create")),
            "attestationObject": base64url(&object),
            "transports": ["internal", "hybrid"],
        }))
    }

    /// The answer to request options: an `AuthenticationResponseJSON`.
    ///
    /// # Errors
    /// The key signed nothing.
    pub fn get(&self) -> anyhow::Result<Value> {
        let client_data = self.client_data("webauthn.get");
        let data = self.data(self.flags & !CREDENTIAL_FOLLOWS, &[]);
        let signed = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed)?;
        Ok(self.json(&json!({
            "clientDataJSON": base64url(&client_data),
            "authenticatorData": base64url(&data),
            "signature": base64url(signature.as_ref()),
            "userHandle": base64url(&self.user_handle),
        })))
    }

    fn json(&self, response: &Value) -> Value {
        let id = base64url(self.id_beside.as_ref().unwrap_or(&self.id));
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
    }

    fn client_data(&self, kind: &'static str) -> Vec<u8> {
        let mut members = json!({
            "type": self.kind.unwrap_or(kind),
            "challenge": base64url(&self.challenge),
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        if let Some(top) = self.top_origin {
            members["topOrigin"] = json!(top);
        }
        self.client_data.clone().unwrap_or_else(|| members.to_string().into_bytes())
    }

    fn data(&self, flags: u8, follows: &[u8]) -> Vec<u8> {
        let hash = digest(&SHA256, self.rp_id.as_bytes());
        let extensions = if flags & EXTENSIONS_FOLLOW == 0 { &[][..] } else { &self.extensions };
        [hash.as_ref(), &[flags], &self.sign_count.to_be_bytes(), follows, extensions].concat()
    }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A text string in CBOR, of at most 23 bytes.
fn text(text: &str) -> Vec<u8> {
    let head = 0x60 | u8::try_from(text.len()).unwrap_or(u8::MAX);
    [&[head][..], text.as_bytes()].concat()
}

/// A byte string in CBOR, of 24 to 65,535 bytes, its length as short as it can be.
fn bytes(bytes: &[u8]) -> Vec<u8> {
    if let Ok(length) = u8::try_from(bytes.len()) {
        return [&[0x58, length][..], bytes].concat();
    }
    let [high, low] = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[0x59, high, low][..], bytes].concat()
}
