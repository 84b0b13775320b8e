//! Passkeys (WebAuthn level 3): what is known of one, and the two ceremonies.
//!
//! * [`relying_party`]: who passkeys are made for; [`challenge`]: what each answer has to answer
//! * [`registration`], [`authentication`]: §7.1 and §7.2, check by check
//! * [`client_data`], [`authenticator_data`], [`cose`]: what browser and authenticator say
//! * [`json`]: how it comes; [`options`]: what browsers are asked
//!
//! Nothing here reads or writes the store. Why there is no library: docs/decisions/0230-passkeys-by-our-own-hands.md.

pub mod authentication;
pub mod authenticator_data;
mod cbor;
pub mod challenge;
pub mod client_data;
pub mod cose;
pub mod json;
pub mod options;
pub mod registration;
pub mod relying_party;
#[cfg(test)]
mod vectors;

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::id::Epoch;
use crate::id::{AppId, UserId};
use crate::language::Language;
use crate::passkey::cose::PublicKey;
use crate::session::device::Device;
use crate::token::opaque::TokenDigest;
use crate::user::User;
use crate::user::lockout::Place;

/// How many passkeys a user has at most.
pub const MOST_PASSKEYS: u32 = 20;

/// Why an answer of an authenticator is not believed. A caller is not told; the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not what browsers send.
    #[error("the answer is malformed")]
    Malformed,
    /// It is of the other ceremony.
    #[error("the client data is of another type")]
    Type,
    /// It answers no challenge of ours, or not one for this session, page and purpose, or one that is too old.
    #[error("the challenge is not one for this ceremony")]
    Challenge,
    /// The challenge was answered before.
    #[error("the challenge was answered before")]
    Replayed,
    /// It comes from a page that may not ask.
    #[error("the page may not ask")]
    Origin,
    /// It comes from a frame in another site's page.
    #[error("the page is in a frame")]
    Framed,
    /// The authenticator signed for another RP id.
    #[error("the authenticator signed for another RP id")]
    RelyingParty,
    /// Nobody was there.
    #[error("nobody was present")]
    UserAbsent,
    /// The authenticator did not verify its user, and one factor is too few for that user.
    #[error("the user was not verified, and has or needs a second factor")]
    UserUnverified,
    /// The flags say that a key which cannot be copied was copied, or that a key became one of the other sort.
    #[error("the backup flags contradict each other or what was registered")]
    Backup,
    /// The key is for an algorithm that was not offered.
    #[error("the algorithm was not offered")]
    Algorithm,
    /// The attestation statement is not as its format says, or the attestation is not for this key.
    #[error("the attestation statement is wrong")]
    Attestation,
    /// The credential's id is too long, or not the one that was sent beside.
    #[error("the credential id is wrong")]
    CredentialId,
    /// The credential is somebody's already.
    #[error("the credential is registered")]
    Registered,
    /// The user handle is of another app or missing, or its user has no such passkey.
    #[error("the passkey is unknown")]
    Unknown,
    /// The signature is not the passkey's.
    #[error("the signature is wrong")]
    Signature,
    /// The authenticator has signed as often before: somebody may have a copy of the key.
    #[error("the sign count did not go up")]
    CountedBack,
}

/// A passkey of a user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The id that the authenticator gave the credential.
    pub credential: CredentialId,
    /// What its user calls it.
    pub name: PasskeyName,
    /// Its public key.
    pub key: PublicKey,
    /// How often it had signed when it was used last; 0 of an authenticator that does not count.
    pub sign_count: u32,
    /// Whether the key may be copied to other devices. It is so for as long as the key lives.
    pub backup_eligible: bool,
    /// Whether the key has been copied.
    pub backed_up: bool,
    /// How the authenticator is reached, as the browser said. It helps the browser to find it.
    pub transports: Vec<Transport>,
    /// When it was added.
    pub created: Timestamp,
    /// The user's epoch at that time.
    pub epoch: Epoch,
    /// When somebody signed in with it last.
    pub used: Option<Timestamp>,
    /// Where it was added and used, the latest first; none of a passkey of an earlier release that was not used since.
    pub places: Vec<Place>,
}

impl Passkey {
    /// Whether the user has kept it. It is lost when a reset proves for the first time whose the account is.
    #[must_use]
    pub fn is_kept_by(&self, user: &User) -> bool {
        self.epoch >= user.passkeys_since
    }
}

/// The id of a credential: bytes of the authenticator's choice.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialId(Vec<u8>);

impl CredentialId {
    /// Longer ones are refused (WebAuthn §7.1 step 25).
    const LONGEST: usize = 1023;

    /// Takes the bytes, if they are not too many.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (1..=Self::LONGEST).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What the store and our own addresses know it by, as a key may not be as long.
    #[must_use]
    pub fn id(&self) -> PasskeyId {
        PasskeyId(TokenDigest::of(&self.0))
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl fmt::Debug for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The SHA-256 of a credential's id: 64 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyId(TokenDigest);

impl PasskeyId {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for PasskeyId {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let is_id = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_id.then(|| Self(TokenDigest::stored(text.to_owned()))).ok_or(Refused::Unknown)
    }
}

/// What a user calls a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyName(String);

/// The text is no name of a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPasskeyName {
    /// It has no characters.
    #[error("the name is empty")]
    Empty,
    /// It has more than 64 characters.
    #[error("the name is too long")]
    TooLong,
    /// It has control characters.
    #[error("the name has control characters")]
    Control,
}

impl PasskeyName {
    /// As many characters as a line of the list shows.
    const LONGEST: usize = 64;

    /// What a passkey is called that its user gave no name: as the device that it was added with.
    #[must_use]
    pub fn usual(device: &Device, language: Language) -> Self {
        let name = device.name().and_then(|name| name.parse().ok());
        name.unwrap_or_else(|| Self(language.say("通行密钥", "Passkey").to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PasskeyName {
    type Err = NotAPasskeyName;

    fn from_str(text: &str) -> Result<Self, NotAPasskeyName> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotAPasskeyName::Empty);
        }
        if text.chars().count() > Self::LONGEST {
            return Err(NotAPasskeyName::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(NotAPasskeyName::Control);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A way to an authenticator, as browsers name it: `usb`, `hybrid`, `internal` and whatever comes later (WebAuthn §5.8.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transport(String);

impl Transport {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Transport {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let is_name =
            (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        is_name.then(|| Self(text.to_owned())).ok_or(Refused::Malformed)
    }
}

/// What an authenticator keeps with a passkey and shows when somebody signs in: whose it is, and in which app.
///
/// All apps of a deployment have one RP id, and an authenticator has one passkey per RP id and handle: with the app in it, a user of
/// two apps keeps both, and no app takes the other's passkey for its own. It names no person (WebAuthn §14.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserHandle([u8; Self::BYTES]);

impl UserHandle {
    const APP: usize = 16;
    const BYTES: usize = Self::APP + UserId::BYTES;

    /// The handle of a user of an app.
    #[must_use]
    pub fn of(app: &AppId, user: UserId) -> Self {
        let mut handle = [0; Self::BYTES];
        let (first, second) = handle.split_at_mut(Self::APP);
        first.copy_from_slice(&Self::mark(app));
        second.copy_from_slice(&user.to_bytes());
        Self(handle)
    }

    /// The user of `app` whom a handle names. `None`: it is another app's, or none of ours.
    #[must_use]
    pub fn read(bytes: &[u8], app: &AppId) -> Option<UserId> {
        let (mark, user) = bytes.split_at_checked(Self::APP)?;
        (mark == Self::mark(app)).then(|| UserId::from_bytes(user.try_into().ok()?)).flatten()
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn mark(app: &AppId) -> [u8; Self::APP] {
        let digest = digest::digest(&digest::SHA256, format!("latchet passkeys\0{app}").as_bytes());
        let mut mark = [0; Self::APP];
        mark.copy_from_slice(&digest.as_ref()[..Self::APP]);
        mark
    }
}

#[cfg(test)]
mod tests {
    use super::{CredentialId, NotAPasskeyName, PasskeyId, PasskeyName, Transport, UserHandle};
    use crate::id::{AppId, UserId};
    use crate::random::Random;

    #[test]
    fn a_handle_names_a_user_of_one_app_alone() {
        let user = UserId::draw(&Random::system());
        let [acme, other] = ["acme", "acme2"].map(|app| app.parse::<AppId>().expect("an app"));
        let handle = UserHandle::of(&acme, user);
        assert_eq!(UserHandle::read(handle.as_bytes(), &acme), Some(user));
        assert_eq!(UserHandle::read(handle.as_bytes(), &other), None);
        assert_ne!(handle, UserHandle::of(&other, user));
        for bytes in [&handle.as_bytes()[1..], &handle.as_bytes()[..23], &[], &[0; 24]] {
            assert_eq!(UserHandle::read(bytes, &acme), None);
        }
        // WebAuthn §5.4.3.
        assert!(handle.as_bytes().len() <= 64);
    }

    #[test]
    fn ids_names_and_transports_are_held_to_their_forms() {
        assert!(CredentialId::new(vec![0; 1023]).is_some());
        assert!(CredentialId::new(vec![0; 1024]).is_none() && CredentialId::new(Vec::new()).is_none());
        let id = CredentialId::new(vec![1, 2, 3]).expect("an id").id();
        assert_eq!(id.as_str().parse::<PasskeyId>(), Ok(id.clone()));
        assert!(id.as_str().to_uppercase().parse::<PasskeyId>().is_err() && "..".parse::<PasskeyId>().is_err());
        let name = |text: &str| text.parse::<PasskeyName>().map(|name| name.as_str().to_owned());
        assert_eq!(name("  我的手机 "), Ok("我的手机".to_owned()));
        assert_eq!(name(" "), Err(NotAPasskeyName::Empty));
        assert_eq!(name("a\nb"), Err(NotAPasskeyName::Control));
        assert_eq!(name(&"é".repeat(65)), Err(NotAPasskeyName::TooLong));
        assert!(name(&"é".repeat(64)).is_ok());
        assert!("smart-card".parse::<Transport>().is_ok());
        assert!("<b>".parse::<Transport>().is_err() && "".parse::<Transport>().is_err());
    }
}
