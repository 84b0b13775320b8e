//! A form that opens a session, and may be sent twice: docs/decisions/0276-a-form-that-is-sent-twice.md.
//!
//! What such a form makes follows from the showing of the form, from what was typed as proof, and from the user. When the same form comes
//! again from the same browser, the session that the first one opened is found by this, and both are answered with it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;

use crate::id::{AppId, SessionId, UserId};
use crate::random::{Entropy, Random};
use crate::secret::Secret;
use crate::session::refresh::RefreshToken;
use crate::session::{Opening, Session};
use crate::token::opaque::TokenDigest;
use crate::token::ring::KeyRing;

/// 128 random bits. In a cookie they tell a browser from every other one, in a form one showing of it from every other one.
#[derive(Clone, PartialEq, Eq)]
pub struct Mark(SessionId);

impl Mark {
    /// Draws a mark.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(SessionId::draw(random))
    }

    /// The same for every showing: of a page whose bytes must not differ between two people. Its form is told by the cookie and the code.
    #[must_use]
    pub fn of_every_showing() -> Self {
        Self(SessionId::from_bytes([0; SessionId::BYTES]))
    }

    /// Reads the mark that a cookie or a form brings.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The mark as text.
    #[must_use]
    pub fn write(&self) -> Secret<String> {
        Secret::new(self.0.to_string())
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A form that was shown once and filled in once, as the store remembers it. Without the mark, which is not stored, nobody finds out what
/// was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormDigest(TokenDigest);

impl FormDigest {
    /// Of the form that was shown as `form`, with what was typed as `proof`.
    #[must_use]
    pub fn of(form: &Mark, proof: &Secret<String>) -> Self {
        let typed = Secret::new(format!("{}\n{}", form.write().expose(), proof.expose()));
        Self(TokenDigest::of(typed.expose().as_bytes()))
    }

    /// Of the address or phone that a session asks to be sent a code at, under the key of the ring: what is stored tells nobody which.
    pub(crate) fn of_wish(session: &SessionId, wish: &str, app: &AppId, ring: &KeyRing) -> Self {
        let session = session.to_string();
        Self(TokenDigest::of(&ring.derive("form wish", app, &[session.as_bytes(), wish.as_bytes()])))
    }

    /// The text, for the store.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// One form, shown once in one browser and filled in with one proof. It may be sent more than once.
#[derive(Debug)]
pub struct Attempt(Secret<[u8; 32]>);

impl Attempt {
    /// The form that was shown as `form` in `browser`. What was typed as `proof` belongs to it: another code is another attempt.
    #[must_use]
    pub fn of(browser: &[u8], form: &[u8], proof: &[u8], app: &AppId, ring: &KeyRing) -> Self {
        let parts = [browser, form, proof].map(|part| digest(&SHA256, part));
        let parts: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
        Self(Secret::new(ring.derive("form attempt", app, &parts)))
    }

    /// What is stored of it beside a code that it used up for `user`. Nobody finds out by it what was typed.
    pub(crate) fn digest(&self, user: UserId, app: &AppId, ring: &KeyRing) -> FormDigest {
        FormDigest(TokenDigest::of(&ring.derive("form digest", app, &[self.0.expose(), &user.to_bytes()])))
    }

    /// The session that it opens for `user`.
    pub(crate) fn session(&self, user: UserId, app: &AppId, ring: &KeyRing) -> SessionId {
        let derived = ring.derive("form session", app, &[self.0.expose(), &user.to_bytes()]);
        let mut id = [0; SessionId::BYTES];
        id.copy_from_slice(&derived[..SessionId::BYTES]);
        SessionId::from_bytes(id)
    }

    /// The first refresh token of that session.
    pub(crate) fn refresh_token(&self, user: UserId, app: &AppId, ring: &KeyRing) -> RefreshToken {
        let secret = ring.derive("form refresh token", app, &[self.0.expose(), &user.to_bytes()]);
        RefreshToken::with(user, self.session(user, app, ring), Secret::new(secret))
    }

    /// `session` as this attempt opens it.
    pub(crate) fn opening(&self, session: Session, app: &AppId, ring: &KeyRing) -> (Opening, RefreshToken) {
        let token = self.refresh_token(session.user, app, ring);
        let session = Session { id: token.session.clone(), ..session };
        (Opening { session, refresh: Some(token.digest()) }, token)
    }

    /// What it draws for `label`: the same each time.
    #[must_use]
    pub fn random(&self, label: &'static str) -> Random {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose());
        Random::from_entropy(Stream { key, label, next: AtomicU64::new(0) })
    }
}

/// Bytes that follow from a key: HMAC-SHA256 of a counter.
struct Stream {
    key: hmac::Key,
    label: &'static str,
    next: AtomicU64,
}

impl Entropy for Stream {
    fn fill(&self, bytes: &mut [u8]) {
        for block in bytes.chunks_mut(32) {
            let mut mac = hmac::Context::with_key(&self.key);
            mac.update(self.label.as_bytes());
            mac.update(&self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            block.copy_from_slice(&mac.sign().as_ref()[..block.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Attempt, Mark};
    use crate::clock::Timestamp;
    use crate::id::{AppId, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;

    fn ring() -> KeyRing {
        let (kek, now) =
            (Kek::new(&Secret::new("a deployment's secret".to_owned())), Timestamp::from_unix(1_800_000_000));
        let sealed = SealedRing::create(&kek, &Random::system(), now).expect("a ring");
        sealed.open(Arc::new(kek)).expect("opens")
    }

    #[test]
    fn the_same_form_opens_the_same_session_and_whatever_differs_another() {
        let (random, ring) = (Random::system(), ring());
        let (ours, theirs): (AppId, AppId) = ("ours".parse().expect("an id"), "theirs".parse().expect("an id"));
        let (ada, bob) = (UserId::draw(&random), UserId::draw(&random));
        let token = |browser: &str, form: &str, proof: &str, app: &AppId, user, ring: &KeyRing| {
            let attempt = Attempt::of(browser.as_bytes(), form.as_bytes(), proof.as_bytes(), app, ring);
            let token = attempt.refresh_token(user, app, ring);
            (attempt.session(user, app, ring), token.digest())
        };
        let first = token("b", "f", "123456", &ours, ada, &ring);
        assert_eq!(first, token("b", "f", "123456", &ours, ada, &ring));
        for other in [
            token("B", "f", "123456", &ours, ada, &ring),
            token("b", "F", "123456", &ours, ada, &ring),
            token("b", "f", "123457", &ours, ada, &ring),
            // What moves from one part into the next is another attempt, too.
            token("bf", "", "123456", &ours, ada, &ring),
            token("b", "f", "123456", &theirs, ada, &ring),
            token("b", "f", "123456", &ours, bob, &ring),
            token("b", "f", "123456", &ours, ada, &self::ring()),
        ] {
            assert!(first.0 != other.0 && first.1 != other.1);
        }
    }

    #[test]
    fn what_an_attempt_draws_is_the_same_each_time_and_never_the_same_twice_at_once() {
        let (ring, app) = (ring(), "ours".parse().expect("an id"));
        let attempt = |proof: &[u8]| Attempt::of(b"b", b"f", proof, &app, &ring);
        let drawn = |random: &Random| [random.bytes::<10>(), random.bytes::<10>()];
        let once = drawn(&attempt(b"1").random("codes"));
        assert_eq!(once, drawn(&attempt(b"1").random("codes")));
        assert_ne!(once[0], once[1]);
        assert_ne!(once, drawn(&attempt(b"2").random("codes")));
        assert_ne!(once, drawn(&attempt(b"1").random("others")));
    }

    #[test]
    fn a_mark_reads_back_and_prints_stars() {
        let mark = Mark::draw(&Random::system());
        assert_eq!(Mark::read(mark.write().expose()), Some(mark.clone()));
        assert_eq!(format!("{mark:?}"), "***");
        for text in ["", "x", &"0".repeat(31), &"G".repeat(32)] {
            assert_eq!(Mark::read(text), None);
        }
    }
}
