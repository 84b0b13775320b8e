//! Sessions: one store, whatever transport carries the token.

pub mod device;
pub mod refresh;

use std::fmt;
use std::str::FromStr;

use crate::app::{App, AppId};
use crate::clock::{Seconds, Timestamp};
use crate::oauth::client::ClientId;
use crate::oauth::code::Code;
use crate::oauth::grant::{Delegation, Grant};
use crate::oauth::memento::MementoId;
use crate::oauth::scope::Scope;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::device::Device;
use crate::session::refresh::RefreshToken;
use crate::token::jwt::{self, Claims};
use crate::token::opaque::{TokenDigest, hex};
use crate::token::ring::{KeyError, KeyRing, Purpose};
use crate::user::{Epoch, User, UserId};

/// A session's id: 128 random bits in hex.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(String);

impl SessionId {
    /// How many bytes [`SessionId::to_bytes`] gives.
    pub(crate) const BYTES: usize = 16;

    /// Draws a new id.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self::from_bytes(random.bytes())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id in a token.
    pub(crate) fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let value = |digit: &u8| if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 };
        for (byte, digits) in bytes.iter_mut().zip(self.0.as_bytes().chunks_exact(2)) {
            *byte = digits.iter().fold(0, |byte, digit| byte * 16 + value(digit));
        }
        bytes
    }

    /// The id from a token.
    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(hex(&bytes))
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

/// What a browser shows of its session.
///
/// The access cookie lives an hour and is good by itself; the refresh cookie, which lives as long as the session, is good
/// only while it is the one that was given out last.
#[derive(Clone, Debug)]
pub struct Presence {
    /// The session that it names.
    pub bearer: Bearer,
    /// The refresh token that names it, where no access token does.
    pub(crate) refresh: Option<TokenDigest>,
}

impl Presence {
    /// By an access token that was verified.
    #[must_use]
    pub const fn by_access(bearer: Bearer) -> Self {
        Self { bearer, refresh: None }
    }

    /// Whether the store need not be asked before something is decided: an access token was verified, and the write that
    /// decides looks whether the session lives.
    #[must_use]
    pub const fn is_good_by_itself(&self) -> bool {
        self.refresh.is_none()
    }

    /// By a refresh token of ours. It is shown, not exchanged.
    #[must_use]
    pub fn by_refresh(token: &RefreshToken) -> Self {
        let bearer = Bearer { user: token.user, session: token.session.clone() };
        Self { bearer, refresh: Some(token.digest()) }
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
    /// The Browser API: cookies, refreshed.
    Browser,
    /// The Account API: a pair of tokens in JSON, refreshed.
    Account,
    /// The OAuth API: a client's tokens, refreshed.
    Oauth,
}

impl Transport {
    /// The name, in items and as the purpose of keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Browser => "browser",
            Self::Account => "account",
            Self::Oauth => "oauth",
        }
    }

    /// How long an access token of this transport lives.
    #[must_use]
    pub const fn access(self) -> Seconds {
        match self {
            // All fixed by the contract. `token::ring::KEEP` must stay longer.
            Self::App => Seconds::days(7),
            Self::Browser | Self::Account | Self::Oauth => Seconds::minutes(60),
        }
    }

    /// How long a session of this transport lives without being refreshed.
    #[must_use]
    pub const fn idle(self) -> Seconds {
        match self {
            // Fixed by the contract: the life of the App API's token, and of the others' refresh tokens.
            Self::App | Self::Browser | Self::Account => Seconds::days(7),
            Self::Oauth => Seconds::days(30),
        }
    }

    /// How long a session of this transport lives however often it is refreshed.
    #[must_use]
    pub const fn absolute(self) -> Seconds {
        match self {
            Self::App => Seconds::days(7),
            // SP 800-63B-4 §2.1.3: at the first assurance level, somebody should sign in anew every 30 days.
            Self::Browser | Self::Account => Seconds::days(30),
            // The user sees the client among the connected ones, and can end it there.
            Self::Oauth => Seconds::days(365),
        }
    }
}

impl FromStr for Transport {
    type Err = UnknownTransport;

    fn from_str(name: &str) -> Result<Self, UnknownTransport> {
        [Self::App, Self::Browser, Self::Account, Self::Oauth]
            .into_iter()
            .find(|transport| transport.name() == name)
            .ok_or(UnknownTransport)
    }
}

/// The name is no transport's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a transport")]
pub struct UnknownTransport;

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
    /// From where.
    pub device: Device,
    /// Since when.
    pub created: Timestamp,
    /// When it was last refreshed, or opened.
    pub used: Timestamp,
    /// Dead from here on, unless it is refreshed.
    pub expires: Timestamp,
    /// Dead from here on.
    pub until: Timestamp,
    /// What it was given under, of a client's.
    pub delegation: Option<Delegation>,
}

impl Session {
    /// Opens a session for somebody who has just proved who they are, as of `epoch`.
    #[must_use]
    pub fn open(
        user: UserId,
        epoch: Epoch,
        transport: Transport,
        device: Device,
        random: &Random,
        now: Timestamp,
    ) -> Self {
        let (expires, until) = (now.plus(transport.idle()), now.plus(transport.absolute()));
        let id = SessionId::draw(random);
        Self { id, user, epoch, transport, device, created: now, used: now, expires, until, delegation: None }
    }

    /// The session that a client is given for `code`: it has the code's own id.
    #[must_use]
    pub fn of_code(code: Code, device: Device, now: Timestamp) -> Self {
        let transport = Transport::Oauth;
        Self {
            id: code.session,
            user: code.user,
            epoch: code.epoch,
            transport,
            device,
            created: now,
            used: now,
            expires: now.plus(transport.idle()),
            until: now.plus(transport.absolute()),
            delegation: Some(code.delegation),
        }
    }

    /// Whether a client's session was given under `grant`, and not under one that was taken back.
    #[must_use]
    pub fn is_under(&self, grant: &Grant) -> bool {
        self.delegation
            .as_ref()
            .is_some_and(|delegation| delegation.grant == grant.id && delegation.client == grant.client)
    }

    /// Whether the session is alive for `user` as the store has them.
    #[must_use]
    pub fn is_live(&self, user: &User, now: Timestamp) -> bool {
        self.user == user.id && self.epoch == user.epoch && now < self.end()
    }

    /// Dead from here on, unless it is refreshed in time.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.expires.min(self.until)
    }

    /// When an access token dies that is made at `now`.
    #[must_use]
    pub fn access_end(&self, now: Timestamp) -> Timestamp {
        now.plus(self.transport.access()).min(self.end())
    }

    /// The JWT that carries a client's session for a while, with `scope` (RFC 9068), signed so that others can verify it.
    ///
    /// # Errors
    /// [`KeyError`] when the ring has no usable key.
    pub fn delegated_token(
        &self,
        rights: &Rights<'_>,
        app: &App,
        issuer: &str,
        ring: &KeyRing,
        (random, now): (&Random, Timestamp),
    ) -> Result<Secret<String>, KeyError> {
        let purpose = Purpose { api: self.transport.name(), app: &app.id };
        let claims = Claims {
            client_id: Some(rights.client.to_string()),
            scope: Some(rights.scope.to_string()),
            mementos: rights.mementos.map(|ids| ids.iter().map(ToString::to_string).collect()),
            jti: Some(hex(&random.bytes::<16>())),
            ..self.claims(&purpose, issuer, now)
        };
        jwt::sign(ring, app.policy.algorithm.for_others(), &purpose, &claims, now)
    }

    /// The JWT that carries this session for a while, signed as `app` chose.
    ///
    /// # Errors
    /// [`KeyError`] when the ring has no usable key.
    pub fn access_token(
        &self,
        app: &App,
        issuer: &str,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Secret<String>, KeyError> {
        let purpose = Purpose { api: self.transport.name(), app: &app.id };
        jwt::sign(ring, app.policy.algorithm, &purpose, &self.claims(&purpose, issuer, now), now)
    }

    fn claims(&self, purpose: &Purpose<'_>, issuer: &str, now: Timestamp) -> Claims {
        Claims {
            iss: issuer.to_owned(),
            aud: purpose.app.to_string(),
            sub: self.user.to_string(),
            sid: self.id.0.clone(),
            iat: now.unix(),
            exp: self.access_end(now).unix(),
            api: Claims::kind(purpose),
            ..Claims::default()
        }
    }
}

/// A session that is to be opened, as the store takes it.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The session.
    pub session: Session,
    /// What its first refresh token digests to, where it has one.
    pub refresh: Option<TokenDigest>,
}

impl Opening {
    /// A session with its first refresh token.
    #[must_use]
    pub fn refreshable(session: Session, random: &Random) -> (Self, RefreshToken) {
        let token = RefreshToken::draw(session.user, session.id.clone(), random);
        (Self { session, refresh: Some(token.digest()) }, token)
    }
}

/// A session that is never refreshed.
impl From<Session> for Opening {
    fn from(session: Session) -> Self {
        Self { session, refresh: None }
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

/// Whose session an OAuth token names, and what the token says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegated {
    /// The app.
    pub app: AppId,
    /// The session and its user.
    pub bearer: Bearer,
    /// The client.
    pub client: ClientId,
    /// What this token allows.
    pub scope: Scope,
    /// Since when.
    pub issued: Timestamp,
    /// Dead from here on.
    pub expires: Timestamp,
    /// Tells the token from every other.
    pub jti: String,
    /// The mementos that it is narrowed to.
    pub mementos: Option<Vec<String>>,
}

/// What an OAuth token is for.
#[derive(Clone, Copy, Debug)]
pub struct Rights<'a> {
    /// The client.
    pub client: &'a ClientId,
    /// What it may do.
    pub scope: &'a Scope,
    /// The mementos that it is narrowed to; `None`: whatever the user has picked when it is used.
    pub mementos: Option<&'a [MementoId]>,
}

impl Delegated {
    /// Reads an OAuth token that its app's `issuer` issued.
    ///
    /// # Errors
    /// [`jwt::Invalid`] for any other token.
    pub fn verify(
        token: &str,
        issuer: impl FnOnce(&AppId) -> String,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Self, jwt::Invalid> {
        let (app, claims) = jwt::verify_delegated(ring, issuer, token, now)?;
        Ok(Self {
            app,
            bearer: Bearer {
                user: claims.sub.parse().map_err(|_| jwt::Invalid)?,
                session: claims.sid.parse().map_err(|_| jwt::Invalid)?,
            },
            client: claims.client_id.and_then(|id| id.parse().ok()).ok_or(jwt::Invalid)?,
            scope: Scope::read(&claims.scope.unwrap_or_default()),
            issued: Timestamp::from_unix(claims.iat),
            expires: Timestamp::from_unix(claims.exp),
            jti: claims.jti.unwrap_or_default(),
            mementos: claims.mementos,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Session, SessionId, Transport};
    use crate::clock::{Seconds, Timestamp};
    use crate::random::Random;
    use crate::session::device::Device;
    use crate::token::ring::KEEP;
    use crate::user::{Epoch, User, UserId};

    #[test]
    fn a_session_dies_with_its_time_its_users_epoch_and_its_user() {
        let (random, now) = (Random::system(), Timestamp::from_unix(1_800_000_000));
        let user = User { epoch: Epoch(3), ..User::new(&random, now) };
        let session = Session::open(user.id, user.epoch, Transport::App, Device::default(), &random, now);
        let end = now.plus(Seconds::days(7));
        assert!(session.is_live(&user, end.minus(Seconds(1))));
        assert!(!session.is_live(&user, end));
        assert!(!session.is_live(&User { epoch: user.epoch.next(), ..user.clone() }, now));
        assert!(!session.is_live(&User { id: UserId::draw(&random), ..user }, now));
    }

    #[test]
    fn a_retired_signing_key_outlives_every_token_it_signed() {
        for transport in [Transport::App, Transport::Browser, Transport::Oauth] {
            assert!(KEEP > transport.access());
        }
    }

    #[test]
    fn an_id_keeps_its_bytes() {
        let id = SessionId::draw(&Random::system());
        assert_eq!(SessionId::from_bytes(id.to_bytes()), id);
        assert_eq!("00090a0f909aa0afff0123456789abcd".parse().map(|id: SessionId| id.to_bytes()[5]), Ok(0x9a));
    }
}
