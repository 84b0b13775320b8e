//! Challenges: made without a write, good for five minutes, once, for one holder, page and purpose.
//!
//! Nothing of a challenge is stored until it is answered. Its last 32 bytes are a keyed hash of the rest and of what it is bound to, so
//! that another session, page or app, or the other ceremony, cannot answer it. [`Challenge::digest`] is what the store remembers of an
//! answered one until it expires.

use std::fmt;

use aws_lc_rs::{constant_time, digest};

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, SessionId};
use crate::random::Random;
use crate::secret::Secret;
use crate::token::opaque::TokenDigest;
use crate::token::ring::KeyRing;

/// How long a challenge may be answered. `timeout` of the options says the same to browsers.
pub const LIFETIME: Seconds = Seconds::minutes(5);

/// Twice what WebAuthn §13.4.3 asks for.
const RANDOM: usize = 32;
const TIME: usize = 8;
const TAG: usize = 32;

/// What a ceremony is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A user adds a passkey.
    Registration,
    /// Somebody signs in.
    Authentication,
    /// Somebody who is signed in proves once more that it is them.
    Confirmation,
}

impl Purpose {
    /// The `type` of the client data (WebAuthn §5.8.1).
    pub(super) const fn client_data_type(self) -> &'static str {
        match self {
            Self::Registration => "webauthn.create",
            Self::Authentication | Self::Confirmation => "webauthn.get",
        }
    }
}

/// A browser that nobody has signed in with yet: 128 random bits in a cookie of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserMark(SessionId);

/// The bits bind a challenge to the browser: they are kept out of logs.
impl fmt::Debug for BrowserMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrowserMark")
    }
}

impl BrowserMark {
    /// Draws a mark for a browser that has none.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(SessionId::draw(random))
    }

    /// Reads the mark that a browser brings.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The mark, for the cookie.
    #[must_use]
    pub fn write(&self) -> Secret<String> {
        Secret::new(self.0.to_string())
    }
}

/// Who may answer a challenge.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'a> {
    /// The session that adds a passkey.
    Session(&'a SessionId),
    /// The browser that nobody is signed in with yet.
    Browser(&'a BrowserMark),
}

/// What the challenges of one request are bound to.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// What for.
    pub purpose: Purpose,
    /// Who may answer.
    pub holder: Holder<'a>,
}

/// A challenge of ours that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// What the store knows it by.
    pub digest: TokenDigest,
    /// It may not be answered from here on.
    pub expires: Timestamp,
}

impl Binding<'_> {
    /// A new challenge for a page of `origin`.
    #[must_use]
    pub fn issue(&self, origin: &str, ring: &KeyRing, random: &Random, now: Timestamp) -> Vec<u8> {
        let head = [&random.bytes::<RANDOM>()[..], &now.unix().to_be_bytes()].concat();
        let tag = self.tag(&head, origin, ring);
        [head.as_slice(), &tag].concat()
    }

    /// The challenge, if it was issued for this and for a page of `origin`, and is not too old.
    #[must_use]
    pub fn recognise(&self, challenge: &[u8], origin: &str, ring: &KeyRing, now: Timestamp) -> Option<Challenge> {
        let (head, tag) = challenge.split_at_checked(RANDOM + TIME)?;
        constant_time::verify_slices_are_equal(&self.tag(head, origin, ring), tag).ok()?;
        let issued = Timestamp::from_unix(i64::from_be_bytes(*head.last_chunk()?));
        let expires = issued.plus(LIFETIME);
        (now < expires).then(|| Challenge { digest: TokenDigest::of(challenge), expires })
    }

    fn tag(&self, head: &[u8], origin: &str, ring: &KeyRing) -> [u8; TAG] {
        let (kind, holder) = match self.holder {
            Holder::Session(session) => (0, session),
            Holder::Browser(mark) => (1, &mark.0),
        };
        let kinds = [kind, self.purpose as u8];
        let origin = digest::digest(&digest::SHA256, origin.as_bytes());
        // Each part has one length.
        ring.derive("passkey challenge", self.app, &[head, &kinds, &holder.to_bytes(), origin.as_ref()])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Binding, BrowserMark, Holder, LIFETIME, Purpose};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::SessionId;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    const PAGE: &str = "https://auth.example";

    fn ring() -> KeyRing {
        let kek = Kek::new(&Secret::new("a key of this test's own, long enough".to_owned()));
        let sealed = SealedRing::create(&kek, &Random::system(), NOW).expect("a ring");
        sealed.open(Arc::new(kek)).expect("opens")
    }

    #[test]
    fn a_challenge_is_good_for_five_minutes() {
        let (ring, random) = (ring(), Random::system());
        let (app, session) = ("acme".parse().expect("an app"), SessionId::draw(&random));
        let binding = Binding { app: &app, purpose: Purpose::Registration, holder: Holder::Session(&session) };
        let challenge = binding.issue(PAGE, &ring, &random, NOW);
        let last = NOW.plus(LIFETIME).minus(Seconds(1));
        let read = binding.recognise(&challenge, PAGE, &ring, last).expect("good");
        assert_eq!(read.expires, NOW.plus(Seconds::minutes(5)));
        assert_eq!(binding.recognise(&challenge, PAGE, &ring, NOW.plus(LIFETIME)), None);
        assert_ne!(challenge, binding.issue(PAGE, &ring, &random, NOW));
    }

    #[test]
    fn a_challenge_is_for_one_app_purpose_holder_and_page() {
        let (ring, random) = (ring(), Random::system());
        let (app, session) = ("acme".parse().expect("an app"), SessionId::draw(&random));
        let binding = Binding { app: &app, purpose: Purpose::Registration, holder: Holder::Session(&session) };
        let challenge = binding.issue(PAGE, &ring, &random, NOW);
        let good = |binding: &Binding<'_>, page: &str| binding.recognise(&challenge, page, &ring, NOW).is_some();
        assert!(good(&binding, PAGE));
        let (another, other) = ("acme2".parse().expect("an app"), SessionId::draw(&random));
        // A cookie with the session's own id is not the session.
        let mark = BrowserMark::read(&session.to_string()).expect("a mark");
        assert!(!good(&Binding { app: &another, ..binding }, PAGE));
        for purpose in [Purpose::Authentication, Purpose::Confirmation] {
            assert!(!good(&Binding { purpose, ..binding }, PAGE), "{purpose:?}");
        }
        assert!(!good(&Binding { holder: Holder::Session(&other), ..binding }, PAGE));
        assert!(!good(&Binding { holder: Holder::Browser(&mark), ..binding }, PAGE));
        assert!(!good(&binding, "https://auth.example:8443"));
        assert!(binding.recognise(&challenge, PAGE, &self::ring(), NOW).is_none());
    }

    #[test]
    fn a_changed_or_cut_challenge_is_none_of_ours() {
        let (ring, random) = (ring(), Random::system());
        let (app, mark) = ("acme".parse().expect("an app"), BrowserMark::draw(&random));
        let binding = Binding { app: &app, purpose: Purpose::Authentication, holder: Holder::Browser(&mark) };
        let challenge = binding.issue(PAGE, &ring, &random, NOW);
        for place in 0..challenge.len() {
            let mut changed = challenge.clone();
            changed[place] ^= 1;
            assert_eq!(binding.recognise(&changed, PAGE, &ring, NOW), None, "{place}");
            assert_eq!(binding.recognise(&challenge[..place], PAGE, &ring, NOW), None, "{place}");
        }
    }
}
