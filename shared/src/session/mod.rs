//! Sessions: one store, whatever transport carries the token.

use std::fmt;
use std::str::FromStr;

use crate::app::App;
use crate::clock::{Seconds, Timestamp};
use crate::random::Random;
use crate::secret::Secret;
use crate::token::jwt::{self, Claims};
use crate::token::opaque::hex;
use crate::token::ring::{KeyError, KeyRing, Purpose};
use crate::user::{Epoch, User, UserId};

/// A session's id: 128 random bits in hex.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(String);

impl SessionId {
    /// Draws a new id.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(hex(&random.bytes::<16>()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = NotASessionId;

    fn from_str(text: &str) -> Result<Self, NotASessionId> {
        let fits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.to_owned())).ok_or(NotASessionId)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no session's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session id")]
pub struct NotASessionId;

/// The API that a session was opened through. Its tokens are good there and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// The App API: one JWT for the session's whole life.
    App,
}

impl Transport {
    /// The name, in items and as the purpose of keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
        }
    }

    /// How long a session of this transport lives without being refreshed.
    #[must_use]
    pub const fn lifetime(self) -> Seconds {
        match self {
            // Fixed by the App API's contract. `token::ring::KEEP` must stay longer.
            Self::App => Seconds::days(7),
        }
    }
}

/// Somebody is signed in somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who.
    pub user: UserId,
    /// The user's epoch when the password was checked.
    pub epoch: Epoch,
    /// Through which API.
    pub transport: Transport,
    /// Since when.
    pub created: Timestamp,
    /// Dead from here on.
    pub expires: Timestamp,
}

impl Session {
    /// Opens a session for somebody who has just proved who they are, as of `epoch`.
    #[must_use]
    pub fn open(user: UserId, epoch: Epoch, transport: Transport, random: &Random, now: Timestamp) -> Self {
        let expires = now.plus(transport.lifetime());
        Self { id: SessionId::draw(random), user, epoch, transport, created: now, expires }
    }

    /// Whether the session is alive for `user` as the store has them.
    #[must_use]
    pub fn is_live(&self, user: &User, now: Timestamp) -> bool {
        self.user == user.id && self.epoch == user.epoch && now < self.expires
    }

    /// The JWT that carries this session, signed as `app` chose.
    ///
    /// # Errors
    /// [`KeyError`] when the ring has no usable key.
    pub fn token(&self, app: &App, issuer: &str, ring: &KeyRing) -> Result<Secret<String>, KeyError> {
        let claims = Claims {
            iss: issuer.to_owned(),
            aud: app.id.to_string(),
            sub: self.user.to_string(),
            sid: self.id.0.clone(),
            iat: self.created.unix(),
            exp: self.expires.unix(),
        };
        let purpose = Purpose { api: self.transport.name(), app: &app.id };
        jwt::sign(ring, app.policy.algorithm, &purpose, &claims, self.created)
    }
}

/// Whose session a verified token names. Only the store can say whether it is still alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
}

impl Bearer {
    /// Reads a JWT of `transport` that `issuer` issued for `app`.
    ///
    /// # Errors
    /// [`jwt::Invalid`] for any other token.
    pub fn verify(
        token: &str,
        transport: Transport,
        app: &App,
        issuer: &str,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Self, jwt::Invalid> {
        let purpose = Purpose { api: transport.name(), app: &app.id };
        let claims = jwt::verify(ring, app.policy.algorithm, &purpose, issuer, token, now)?;
        Ok(Self {
            user: claims.sub.parse().map_err(|_| jwt::Invalid)?,
            session: claims.sid.parse().map_err(|_| jwt::Invalid)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Session, Transport};
    use crate::clock::{Seconds, Timestamp};
    use crate::random::Random;
    use crate::token::ring::KEEP;
    use crate::user::{Epoch, User, UserId};

    #[test]
    fn a_session_dies_with_its_time_its_users_epoch_and_its_user() {
        let (random, now) = (Random::system(), Timestamp::from_unix(1_800_000_000));
        let user = User { id: UserId::draw(&random), epoch: Epoch(3), created: now, email: None, phone: None };
        let session = Session::open(user.id, user.epoch, Transport::App, &random, now);
        let end = now.plus(Seconds::days(7));
        assert!(session.is_live(&user, end.minus(Seconds(1))));
        assert!(!session.is_live(&user, end));
        assert!(!session.is_live(&User { epoch: user.epoch.next(), ..user.clone() }, now));
        assert!(!session.is_live(&User { id: UserId::draw(&random), ..user }, now));
    }

    #[test]
    fn a_retired_signing_key_outlives_every_token_it_signed() {
        assert!(KEEP > Transport::App.lifetime());
    }
}
