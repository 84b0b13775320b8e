//! An authenticator app that is being set up: its secret is on its way through the user's hands and back, and stored nowhere.
//!
//! The secret is sealed for the user and the session that were shown it, so that nobody can have another's confirmed, or one of their own choice.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::{Seconds, Timestamp};
use crate::factor::totp::Totp;
use crate::id::{AppId, UserId};
use crate::random::Random;
use crate::secret::Secret;
use crate::token::ring::KeyRing;

/// How long the user has to scan the code and to type one.
pub const LIFETIME: Seconds = Seconds::minutes(10);

/// Longer than any of ours.
const LONGEST: usize = 256;

/// Whom a secret was shown to.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// Who.
    pub user: UserId,
    /// What they hold of which there is one: a session, or the ticket of a sign-in.
    pub by: &'a [u8],
}

/// What is given to the user, and sent back with the first code.
#[derive(Debug)]
pub struct Setup {
    /// The secret.
    pub totp: Totp,
    /// Of no use from here on.
    pub expires: Timestamp,
}

impl Setup {
    /// A new secret.
    #[must_use]
    pub fn begin(random: &Random, now: Timestamp) -> Self {
        Self { totp: Totp::draw(random), expires: now.plus(LIFETIME) }
    }

    /// The text for that holder.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "AES-GCM takes any plaintext that fits in memory"
    )]
    pub fn write(&self, holder: Holder<'_>, ring: &KeyRing, random: &Random) -> Secret<String> {
        // Each holder has a key of their own, so a random nonce repeats for nobody.
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut sealed = [self.expires.unix().to_be_bytes().as_slice(), self.totp.secret().expose()].concat();
        key(holder, ring)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .expect("a secret fits");
        Secret::new(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Reads what that holder was given a moment ago.
    #[must_use]
    pub fn read(text: &str, holder: Holder<'_>, ring: &KeyRing, now: Timestamp) -> Option<Self> {
        let bytes =
            Some(text).filter(|text| text.len() <= LONGEST).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = key(holder, ring).open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
        let (expires, secret) = plain.split_first_chunk::<8>()?;
        let expires = Timestamp::from_unix(i64::from_be_bytes(*expires));
        (now < expires).then(|| Self { totp: Totp::of(Secret::new(secret.to_vec())), expires })
    }
}

#[expect(clippy::expect_used, reason = "32 bytes are a key of AES-256")]
fn key(holder: Holder<'_>, ring: &KeyRing) -> LessSafeKey {
    let key = Secret::new(ring.derive("totp-setup", holder.app, &[&holder.user.to_bytes(), holder.by]));
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose()).expect("32 bytes"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Holder, LIFETIME, Setup};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::{AppId, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::SealedRing;
    use crate::token::seal::Kek;

    #[test]
    fn a_secret_comes_back_from_its_own_holder_while_it_lives() {
        let (random, now) = (Random::system(), Timestamp::from_unix(1_800_000_000));
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        let ring = SealedRing::create(&kek, &random, now).expect("a ring").open(kek).expect("opens");
        let (ours, theirs): (AppId, AppId) = ("ours".parse().expect("an id"), "theirs".parse().expect("an id"));
        let ada = Holder { app: &ours, user: UserId::draw(&random), by: b"a session" };
        let setup = Setup::begin(&random, now);
        let text = setup.write(ada, &ring, &random);
        let read = |text: &str, holder, now| Setup::read(text, holder, &ring, now);
        let last = now.plus(LIFETIME).minus(Seconds(1));
        let back = read(text.expose(), ada, last).expect("ours");
        assert_eq!(back.totp.secret().expose(), setup.totp.secret().expose());
        assert!(read(text.expose(), ada, now.plus(LIFETIME)).is_none());
        assert!(read(text.expose(), Holder { user: UserId::draw(&random), ..ada }, now).is_none());
        assert!(read(text.expose(), Holder { by: b"another", ..ada }, now).is_none());
        assert!(read(text.expose(), Holder { app: &theirs, ..ada }, now).is_none());
        for forged in ["", "AAAA", &text.expose()[1..], &"A".repeat(1000)] {
            assert!(read(forged, ada, now).is_none(), "{forged}");
        }
    }
}
