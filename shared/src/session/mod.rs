//! Sessions: one kind for all APIs, and what differs between them.

pub mod attempt;
pub mod device;
pub mod method;
pub mod recent;
pub mod refresh;

use std::str::FromStr;

use crate::app::App;
use crate::clock::{Seconds, Timestamp};
use crate::id::{Epoch, SessionId, UserId};
use crate::random::Random;
use crate::secret::Secret;
use crate::session::device::Device;
use crate::session::method::{Methods, SignInEvent};
use crate::session::refresh::RefreshToken;
use crate::token::jwt::{self, Claims};
use crate::token::opaque::TokenDigest;
use crate::token::ring::{KeyError, KeyRing, Purpose};
use crate::token::{APP_API, InvalidToken, OAUTH_API};
use crate::user::User;

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
            Self::App => APP_API,
            Self::Browser => "browser",
            Self::Account => "account",
            Self::Oauth => OAUTH_API,
        }
    }

    /// How long an access token of this transport lives.
    #[must_use]
    pub const fn access(self) -> Seconds {
        match self {
            // As in docs/api. `token::ring::KEEP` must stay longer.
            Self::App => Seconds::days(7),
            Self::Browser | Self::Account | Self::Oauth => Seconds::minutes(60),
        }
    }

    /// How long a session of this transport lives without being refreshed.
    #[must_use]
    pub const fn idle(self) -> Seconds {
        match self {
            // As in docs/api: the life of the App API's token, and of the others' refresh tokens.
            Self::App | Self::Browser | Self::Account => Seconds::days(7),
            Self::Oauth => Seconds::days(30),
        }
    }

    /// How long a session of this transport lives however often it is refreshed.
    #[must_use]
    pub const fn absolute(self) -> Seconds {
        match self {
            Self::App => Seconds::days(7),
            // SP 800-63B-4 §2.1.3: at the first assurance level, somebody should sign in again every 30 days.
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

/// The name is not that of a transport.
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
    /// What its user proved who they are with, where that is noted.
    pub methods: Methods,
    /// When it was last refreshed, or opened.
    pub used: Timestamp,
    /// Dead from here on, unless it is refreshed.
    pub expires: Timestamp,
    /// Dead from here on.
    pub until: Timestamp,
    /// When its user set another password by it.
    pub password_set: Option<Timestamp>,
}

impl Session {
    /// How old a sign-in may be when its user connects a client for the first time. The client's access lasts for up to a year, and a
    /// copied cookie must not be worth that much: docs/decisions/0250-a-first-connection-wants-a-recent-sign-in.md.
    const CONNECTS_WITHIN: Seconds = Seconds::hours(24);

    /// Whether its user signed in recently enough to connect a client that they had not connected before.
    #[must_use]
    pub fn may_connect(&self, now: Timestamp) -> bool {
        now < self.created.plus(Self::CONNECTS_WITHIN)
    }

    /// Whether its user showed fewer factors than `app` wants at `now`. Such a session is shown no page and lets no client in.
    #[must_use]
    pub fn has_too_few_factors(&self, app: &App, user: &User, now: Timestamp) -> bool {
        self.methods.are_too_few(&app.policy.second_factor, user.created, now)
    }

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
        Self {
            id,
            user,
            epoch,
            transport,
            device,
            created: now,
            methods: Methods::default(),
            used: now,
            expires,
            until,
            password_set: None,
        }
    }

    /// The sign-in that opened it.
    #[must_use]
    pub const fn sign_in(&self) -> SignInEvent {
        SignInEvent { at: self.created, methods: self.methods }
    }

    /// Whether the session is alive for `user` as the store has them.
    #[must_use]
    pub fn is_live(&self, user: &User, now: Timestamp) -> bool {
        self.check(user, now).is_ok()
    }

    /// The same, and why it is not.
    ///
    /// # Errors
    /// [`InvalidToken`]
    pub fn check(&self, user: &User, now: Timestamp) -> Result<(), InvalidToken> {
        if self.user != user.id {
            return Err(InvalidToken::NoUser);
        }
        if user.disabled {
            return Err(InvalidToken::UserDisabled);
        }
        if self.epoch != user.epoch {
            return Err(InvalidToken::AllSessionsEnded);
        }
        if now < self.end() { Ok(()) } else { Err(InvalidToken::Expired) }
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

    /// What every token of the session says.
    pub(crate) fn claims(&self, purpose: &Purpose<'_>, issuer: &str, now: Timestamp) -> Claims {
        Claims {
            iss: issuer.to_owned(),
            aud: purpose.app.to_string(),
            sub: self.user.to_string(),
            sid: self.id.to_string(),
            iat: now.unix(),
            exp: self.access_end(now).unix(),
            api: Claims::kind(purpose),
            amr: self.methods.references(),
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
    /// [`InvalidToken`] for any other token.
    pub fn verify(
        token: &str,
        transport: Transport,
        app: &App,
        issuer: &str,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Self, InvalidToken> {
        Self::read(token, transport, app, issuer, ring, now).map(|(bearer, _)| bearer)
    }

    /// The same, and when the token expires.
    ///
    /// # Errors
    /// [`InvalidToken`]
    pub fn read(
        token: &str,
        transport: Transport,
        app: &App,
        issuer: &str,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<(Self, Timestamp), InvalidToken> {
        let purpose = Purpose { api: transport.name(), app: &app.id };
        let claims = jwt::verify(ring, app.policy.algorithm, &purpose, issuer, token, now)?;
        Ok((Self::of(&claims)?, Timestamp::from_unix(claims.exp)))
    }

    /// Whose session the claims name.
    pub(crate) fn of(claims: &Claims) -> Result<Self, InvalidToken> {
        Ok(Self {
            user: claims.sub.parse().map_err(|_| InvalidToken::Unknown)?,
            session: claims.sid.parse().map_err(|_| InvalidToken::Unknown)?,
        })
    }
}

/// An access token that a user of an app has from one of the app's own APIs.
#[derive(Clone, Debug)]
pub struct OwnToken {
    /// Whose session it names.
    pub bearer: Bearer,
    /// The API that it is for.
    pub transport: Transport,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it expires.
    pub expires: Timestamp,
}

impl OwnToken {
    /// Reads a JWT of whichever of the app's own APIs.
    ///
    /// # Errors
    /// [`InvalidToken`] for any other token, an OAuth client's too.
    pub fn verify(token: &str, app: &App, issuer: &str, ring: &KeyRing, now: Timestamp) -> Result<Self, InvalidToken> {
        let mut refused = InvalidToken::Unknown;
        for transport in [Transport::App, Transport::Browser, Transport::Account] {
            let purpose = Purpose { api: transport.name(), app: &app.id };
            match jwt::verify(ring, app.policy.algorithm, &purpose, issuer, token, now) {
                Ok(claims) => {
                    return Ok(Self {
                        bearer: Bearer::of(&claims)?,
                        transport,
                        issued: Timestamp::from_unix(claims.iat),
                        expires: Timestamp::from_unix(claims.exp),
                    });
                }
                Err(InvalidToken::Unknown | InvalidToken::WrongAudience) => {}
                Err(why) => refused = why,
            }
        }
        Err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::{Session, Transport};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::{Epoch, UserId};
    use crate::random::Random;
    use crate::session::device::Device;
    use crate::token::ring::KEEP;
    use crate::user::User;

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
}
