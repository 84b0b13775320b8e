//! The device grant (RFC 8628): a device without a browser shows a code, and its user types that into a page somewhere else.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, ClientId};
use crate::oauth::scope::Scope;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::device::Device;
use crate::token::addressed::{self, Kind, SECRET};
use crate::token::opaque::{NotAToken, TokenDigest};
use crate::token::ring::KeyRing;

/// How long somebody has to type the code and to decide: `docs/api/oauth.md#devices`.
pub const LIFETIME: Seconds = Seconds::minutes(10);

/// How long a device waits between two questions (RFC 8628 §3.2).
pub const INTERVAL: Seconds = Seconds(5);

/// What an authorization code of a device is sealed for, where that of a browser has its redirect URI. No redirect URI is
/// without a colon.
pub const REDIRECT: &str = "device";

/// What somebody types: eight letters without vowels, so that they spell no word (RFC 8628 §6.1). 34 bits, which a limit on
/// wrong ones guards for ten minutes.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode([u8; Self::LETTERS]);

const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();

impl UserCode {
    const LETTERS: usize = 8;

    /// Longer than any way to write one.
    const LONGEST: usize = 128;

    /// Draws a new one, each as likely as any other.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        let mut letters = Vec::with_capacity(Self::LETTERS);
        while letters.len() < Self::LETTERS {
            let [byte] = random.bytes();
            // 240 is a multiple of twenty: the bytes from there on would make some letters likelier than others.
            letters.extend((byte < 240).then(|| ALPHABET[usize::from(byte) % ALPHABET.len()]));
        }
        Self(std::array::from_fn(|at| letters[at]))
    }

    /// Reads what somebody typed: in any case, full-width too, with anything between the letters that is no letter or digit.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST {
            return None;
        }
        let folded = NFKC.normalize(text);
        let letters = folded.chars().filter(|character| character.is_alphanumeric()).map(|letter| {
            let letter = u8::try_from(letter.to_ascii_uppercase()).ok()?;
            ALPHABET.contains(&letter).then_some(letter)
        });
        letters.collect::<Option<Vec<_>>>()?.try_into().ok().map(Self)
    }

    /// The letters alone, for the record's key.
    pub(crate) fn letters(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

/// As a device shows it.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = self.letters();
        let (first, second) = letters.split_at(Self::LETTERS / 2);
        write!(f, "{first}-{second}")
    }
}

/// With it somebody lets a stranger's device in: it is kept out of logs.
impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode")
    }
}

/// What the device asks with. It names the record, and carries 256 random bits and a tag under the root key.
#[derive(Debug)]
pub struct DeviceCode {
    /// The code that its user types.
    pub user_code: UserCode,
    secret: Secret<[u8; SECRET]>,
}

impl DeviceCode {
    /// A new one.
    #[must_use]
    pub fn draw(user_code: UserCode, random: &Random) -> Self {
        Self { user_code, secret: Secret::new(random.bytes()) }
    }

    /// Reads one that we made for `client`.
    ///
    /// # Errors
    /// [`NotAToken`] for any other text.
    pub fn read_of(client: &ClientId, text: &str, app: &AppId, ring: &KeyRing) -> Result<Self, NotAToken> {
        let (letters, secret) = addressed::read::<{ UserCode::LETTERS }>(text, of(client), app, ring)?;
        Ok(Self { user_code: UserCode(letters), secret })
    }

    /// The text for `client`, which alone may present it.
    #[must_use]
    pub fn write_for(&self, client: &ClientId, app: &AppId, ring: &KeyRing) -> Secret<String> {
        addressed::write(&self.user_code.0, &self.secret, of(client), app, ring)
    }

    /// What is stored, or compared with.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.secret.expose())
    }
}

fn of(client: &ClientId) -> Kind<'_> {
    Kind { label: "device-code", holder: client.as_str() }
}

/// What a device asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The client that runs on it.
    pub client: ClientId,
    /// What the client may do.
    pub scope: Scope,
    /// The audiences that it asks for.
    pub resources: Vec<String>,
    /// Where the request came from.
    pub device: Device,
    /// When.
    pub created: Timestamp,
}

impl DeviceRequest {
    /// Nobody decides about it from here on.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.created.plus(LIFETIME)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{ALPHABET, DeviceCode, UserCode};
    use crate::clock::Timestamp;
    use crate::id::{AppId, ClientId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;

    fn ring() -> KeyRing {
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        let now = Timestamp::from_unix(1_800_000_000);
        SealedRing::create(&kek, &Random::system(), now).expect("a ring").open(kek).expect("our ring")
    }

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = UserCode::read("BCDFGHJK").expect("a code");
        assert_eq!(code.to_string(), "BCDF-GHJK");
        for typed in ["bcdfghjk", "bcdf-ghjk", " BCDF GHJK ", "Bcdf–Ghjk", "b c d f g h j k", "BCDF-GHJK\n"] {
            assert_eq!(UserCode::read(typed), Some(code.clone()), "{typed}");
        }
        for typed in ["", "BCDFGHJ", "BCDFGHJKL", "ACDFGHJK", "BCDFGHJ1", "BCDFGHJЖ", &"B".repeat(200)] {
            assert_eq!(UserCode::read(typed), None, "{typed}");
        }
    }

    #[test]
    fn drawn_codes_read_back_and_use_every_letter() {
        let random = Random::system();
        let codes: Vec<_> = (0..200).map(|_| UserCode::draw(&random)).collect();
        for code in &codes {
            assert_eq!(UserCode::read(&code.to_string()).as_ref(), Some(code));
        }
        let used: std::collections::BTreeSet<_> = codes.iter().flat_map(|code| code.0).collect();
        assert_eq!(used.len(), ALPHABET.len());
    }

    #[test]
    fn a_device_code_is_read_for_its_client_app_and_deployment_only() {
        let (random, ring, app) = (Random::system(), ring(), "demo".parse::<AppId>().expect("an app id"));
        let [ours, other] = [(); 2].map(|()| ClientId::draw(&random));
        let code = DeviceCode::draw(UserCode::draw(&random), &random);
        let text = code.write_for(&ours, &app, &ring).reveal();
        let read = DeviceCode::read_of(&ours, &text, &app, &ring).expect("ours");
        assert_eq!((&read.user_code, read.digest()), (&code.user_code, code.digest()));
        assert!(DeviceCode::read_of(&other, &text, &app, &ring).is_err());
        assert!(DeviceCode::read_of(&ours, &text, &"other".parse().expect("an app id"), &ring).is_err());
        assert!(DeviceCode::read_of(&ours, &text, &app, &self::ring()).is_err());
        assert!(DeviceCode::read_of(&ours, &text[1..], &app, &ring).is_err());
    }
}
