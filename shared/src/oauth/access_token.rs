//! Access tokens of OAuth clients (RFC 9068).

use std::fmt;

use crate::app::App;
use crate::clock::Timestamp;
use crate::hex::hex;
use crate::id::{AppId, ClientId};
use crate::oauth::memento::MementoId;
use crate::oauth::scope::Scope;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::{Bearer, Session};
use crate::token::InvalidToken;
use crate::token::jwt::{self, Claims};
use crate::token::ring::{KeyError, KeyRing, Purpose};

/// Tells an access token from every other: its `jti`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenId(String);

impl TokenId {
    /// Draws a new id.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(hex(&random.bytes::<16>()))
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an access token is for.
#[derive(Clone, Debug)]
pub struct Rights<'a> {
    /// The token's own id.
    pub id: TokenId,
    /// The client.
    pub client: &'a ClientId,
    /// What it may do.
    pub scope: &'a Scope,
    /// The mementos that it is narrowed to; `None`: whatever the user has picked when it is used.
    pub mementos: Option<&'a [MementoId]>,
}

impl Rights<'_> {
    /// The JWT that carries a client's session for a while, signed so that others can verify it.
    ///
    /// # Errors
    /// [`KeyError`] when the ring has no usable key.
    pub fn token(
        &self,
        session: &Session,
        app: &App,
        issuer: &str,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Secret<String>, KeyError> {
        let purpose = Purpose { api: session.transport.name(), app: &app.id };
        let claims = Claims {
            aud: jwt::resource(issuer),
            client_id: Some(self.client.to_string()),
            scope: Some(self.scope.to_string()),
            mementos: self.mementos.map(|ids| ids.iter().map(ToString::to_string).collect()),
            jti: Some(self.id.to_string()),
            ..session.claims(&purpose, issuer, now)
        };
        jwt::sign(ring, app.policy.algorithm.for_others(), &purpose, &claims, now)
    }
}

/// Whose session an access token names, and what the token says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The app.
    pub app: AppId,
    /// Whom it is for.
    pub audience: String,
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

impl AccessToken {
    /// Reads an OAuth token of an issuer that `app_of` knows.
    ///
    /// # Errors
    /// [`InvalidToken`] for any other token.
    pub fn verify(
        token: &str,
        app_of: impl FnOnce(&str) -> Option<AppId>,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Self, InvalidToken> {
        let (app, claims) = jwt::verify_delegated(ring, app_of, token, now)?;
        let bearer = Bearer::of(&claims)?;
        Ok(Self {
            app,
            audience: claims.aud,
            bearer,
            client: claims.client_id.and_then(|id| id.parse().ok()).ok_or(InvalidToken::Unknown)?,
            scope: Scope::read(&claims.scope.unwrap_or_default()),
            issued: Timestamp::from_unix(claims.iat),
            expires: Timestamp::from_unix(claims.exp),
            jti: claims.jti.unwrap_or_default(),
            mementos: claims.mementos,
        })
    }
}
