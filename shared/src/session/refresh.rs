//! Refresh tokens: each gives its successor, once.
//!
//! A token names its session, so that one write finds and rotates it, and carries a tag under the root key, so that
//! only a token that Latchet made can move, or end, the session it names. Its successor is an HMAC of its secret:
//! a client that asks twice, because tabs race or an answer got lost, is given the same one. The store holds digests; from
//! them nobody makes a token, with the root key or without.

use std::fmt;
use std::str::FromStr;

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, ClientId, SessionId, UserId};
use crate::random::Random;
use crate::secret::Secret;
use crate::token::addressed::{self, Kind, SECRET};
use crate::token::opaque::{NotAToken, TokenDigest};
use crate::token::ring::KeyRing;

/// How long a token that was exchanged still gives its successor, unless that is used before: tabs race, answers get
/// lost: `docs/api/README.md#refresh-rotation`.
pub const GRACE: Seconds = Seconds(60);

/// When a refresh token is replaced by its successor, as an OAuth client's owner chose. Every other session rotates always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// At each exchange. The token before gives the same successor for [`GRACE`].
    #[default]
    Always,
    /// At each exchange. The token before gives the same successor until that is presented: for clients whose answers get lost, or
    /// that share one store of tokens.
    UntilUsed,
    /// Never: the client has a secret, and its tokens are worth nothing without it.
    Off,
}

impl Rotation {
    /// Each of them.
    pub const EACH: [Self; 3] = [Self::Always, Self::UntilUsed, Self::Off];

    /// Its name, in items and commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::UntilUsed => "until_used",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Rotation {
    type Err = UnknownRotation;

    fn from_str(name: &str) -> Result<Self, UnknownRotation> {
        Self::EACH.into_iter().find(|rotation| rotation.name() == name).ok_or(UnknownRotation)
    }
}

/// The name is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rotation is always, until_used or off")]
pub struct UnknownRotation;

/// A token that opens the next hour of a session.
#[derive(Debug)]
pub struct RefreshToken {
    /// Whose session.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
    secret: Secret<[u8; SECRET]>,
}

const LABEL: &str = "refresh-token";
const PLACE: usize = UserId::BYTES + SessionId::BYTES;

impl RefreshToken {
    /// The first token of a session.
    #[must_use]
    pub fn draw(user: UserId, session: SessionId, random: &Random) -> Self {
        Self { user, session, secret: Secret::new(random.bytes()) }
    }

    /// The first token of a session that follows from the form which opened it.
    pub(crate) const fn with(user: UserId, session: SessionId, secret: Secret<[u8; SECRET]>) -> Self {
        Self { user, session, secret }
    }

    /// Reads a token that we made for `app`.
    ///
    /// # Errors
    /// [`NotAToken`] for any other text.
    pub fn read(text: &str, app: &AppId, ring: &KeyRing) -> Result<Self, NotAToken> {
        Self::read_as(text, LABEL.into(), app, ring)
    }

    /// Reads a token that we made for `client`: another's is not touched, and does not even name a session to us.
    ///
    /// # Errors
    /// [`NotAToken`] for any other text.
    pub fn read_of(client: &ClientId, text: &str, app: &AppId, ring: &KeyRing) -> Result<Self, NotAToken> {
        Self::read_as(text, of(client), app, ring)
    }

    fn read_as(text: &str, kind: Kind<'_>, app: &AppId, ring: &KeyRing) -> Result<Self, NotAToken> {
        let (place, secret) = addressed::read::<PLACE>(text, kind, app, ring)?;
        let (user, session) = place.split_first_chunk().ok_or(NotAToken)?;
        let user = UserId::from_bytes(*user).ok_or(NotAToken)?;
        let session = SessionId::from_bytes(session.try_into().map_err(|_| NotAToken)?);
        Ok(Self { user, session, secret })
    }

    /// The token that this one is exchanged for: always the same.
    #[must_use]
    pub fn successor(&self, app: &AppId, ring: &KeyRing) -> Self {
        let secret = ring.derive("refresh-successor", app, &[&self.place(), self.secret.expose()]);
        Self { user: self.user, session: self.session.clone(), secret: Secret::new(secret) }
    }

    /// The same token once more, where it is not replaced.
    #[must_use]
    pub fn kept(&self) -> Self {
        Self { user: self.user, session: self.session.clone(), secret: Secret::new(*self.secret.expose()) }
    }

    /// What to store, or to compare with.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.secret.expose())
    }

    /// The text for its one bearer.
    #[must_use]
    pub fn write(&self, app: &AppId, ring: &KeyRing) -> Secret<String> {
        addressed::write(&self.place(), &self.secret, LABEL, app, ring)
    }

    /// The text for `client`, which alone may present it (RFC 6749 §6).
    #[must_use]
    pub fn write_for(&self, client: &ClientId, app: &AppId, ring: &KeyRing) -> Secret<String> {
        addressed::write(&self.place(), &self.secret, of(client), app, ring)
    }

    fn place(&self) -> Vec<u8> {
        [self.user.to_bytes().as_slice(), &self.session.to_bytes()].concat()
    }
}

fn of(client: &ClientId) -> Kind<'_> {
    Kind { label: "oauth-refresh-token", holder: client.as_str() }
}

/// What a session's item says about its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The token that was given out last.
    pub current: TokenDigest,
    /// The one that it was given for, and until when that one gives it again.
    pub previous: Option<(TokenDigest, Timestamp)>,
}

/// What somebody does who presents a token of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// Asks for the next token.
    Current,
    /// Asks again, as tabs and lost answers do.
    Again,
    /// First effective request: the earlier answer, which carried the successor, was replaced by a refusal.
    Withheld,
    /// Presents what was exchanged for a token that is in use: one of the two bearers is a thief.
    Reused,
}

impl Family {
    /// The family whose `previous` was just exchanged for `current`.
    #[must_use]
    pub fn judge(&self, presented: &TokenDigest, now: Timestamp) -> Presented {
        match &self.previous {
            _ if *presented == self.current => Presented::Current,
            // A rotation gives a minute; more is left only where its answer was withheld.
            Some((previous, until)) if presented == previous && now.plus(GRACE) < *until => Presented::Withheld,
            Some((previous, until)) if presented == previous && now < *until => Presented::Again,
            _ => Presented::Reused,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Family, GRACE, Presented, RefreshToken};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::{AppId, ClientId, SessionId, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn ring() -> KeyRing {
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        SealedRing::create(&kek, &Random::system(), NOW).expect("a ring").open(kek).expect("our ring")
    }

    fn app(id: &str) -> AppId {
        id.parse().expect("an app id")
    }

    fn token() -> RefreshToken {
        let random = Random::system();
        RefreshToken::draw(UserId::draw(&random), SessionId::draw(&random), &random)
    }

    #[test]
    fn a_token_reads_back_in_its_own_app_and_deployment_only() {
        let (ring, token) = (ring(), token());
        let text = token.write(&app("a"), &ring).reveal();
        let read = RefreshToken::read(&text, &app("a"), &ring).expect("ours");
        assert_eq!((read.user, &read.session, read.digest()), (token.user, &token.session, token.digest()));
        assert!(RefreshToken::read(&text, &app("b"), &ring).is_err());
        assert!(RefreshToken::read(&text, &app("a"), &self::ring()).is_err());
    }

    #[test]
    fn a_clients_token_is_read_for_that_client_and_for_no_browser() {
        let (ring, app, token) = (ring(), app("a"), token());
        let [ours, other] = [(); 2].map(|()| ClientId::draw(&Random::system()));
        let text = token.write_for(&ours, &app, &ring).reveal();
        assert!(RefreshToken::read_of(&ours, &text, &app, &ring).is_ok());
        assert!(RefreshToken::read_of(&other, &text, &app, &ring).is_err());
        assert!(RefreshToken::read(&text, &app, &ring).is_err());
        assert!(RefreshToken::read_of(&ours, &token.write(&app, &ring).reveal(), &app, &ring).is_err());
    }

    #[test]
    fn every_single_changed_character_is_found() {
        let (ring, app) = (ring(), app("a"));
        let text = token().write(&app, &ring).reveal();
        for at in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert!(RefreshToken::read(&forged, &app, &ring).is_err(), "character {at}");
        }
        for forged in ["", "x", &text[1..], &format!("{text}A"), &format!("{text}=")] {
            assert!(RefreshToken::read(forged, &app, &ring).is_err(), "{forged}");
        }
    }

    #[test]
    fn a_successor_is_always_the_same_and_another_one_in_another_app() {
        let (ring, token) = (ring(), token());
        let successor = token.successor(&app("a"), &ring);
        assert_eq!(successor.digest(), token.successor(&app("a"), &ring).digest());
        assert_ne!(successor.digest(), token.digest());
        assert_ne!(successor.digest(), token.successor(&app("b"), &ring).digest());
        assert_ne!(successor.digest(), successor.successor(&app("a"), &ring).digest());
    }

    #[test]
    fn only_the_current_token_and_for_a_minute_its_predecessor_are_good() {
        let [first, second, third] = [token(), token(), token()].map(|token| token.digest());
        let until = NOW.plus(GRACE);
        let family = Family { current: third.clone(), previous: Some((second.clone(), until)) };
        assert_eq!(family.judge(&third, NOW), Presented::Current);
        assert_eq!(family.judge(&second, NOW), Presented::Again);
        assert_eq!(family.judge(&second, until.minus(Seconds(1))), Presented::Again);
        assert_eq!(family.judge(&second, until), Presented::Reused);
        assert_eq!(family.judge(&first, NOW), Presented::Reused);
        let unused = Family { previous: None, ..family };
        assert_eq!(unused.judge(&second, NOW), Presented::Reused);
    }

    #[test]
    fn a_token_whose_successor_was_withheld_stays_good() {
        let [first, second] = [token(), token()].map(|token| token.digest());
        let family = Family { current: second, previous: Some((first.clone(), NOW.plus(Seconds::days(30)))) };
        assert_eq!(family.judge(&first, NOW.plus(Seconds::days(6))), Presented::Withheld);
    }
}
