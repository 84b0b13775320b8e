//! Access tokens of OAuth clients (RFC 9068).

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::app::App;
use crate::app::resource::Target;
use crate::clock::{Seconds, Timestamp};
use crate::hex::hex;
use crate::id::{AppId, ClientId};
use crate::oauth::claims::Claim;
use crate::oauth::memento::MementoId;
use crate::oauth::scope::Scope;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::{Bearer, Session, Transport};
use crate::token::jwt::{self, Claims};
use crate::token::ring::{KeyError, KeyRing, Purpose};
use crate::token::{InvalidToken, OAUTH_API};
use crate::user::role::{Role, Roles};

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
    /// Where it is for.
    pub target: Target<'a>,
    /// What the app's operator lets the user be.
    pub roles: &'a Roles,
}

/// The claims as they are signed. Nobody reads the additional ones of a token of ours: they are for resource servers.
#[derive(Serialize)]
struct Signed<'a> {
    #[serde(flatten)]
    claims: Claims,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<&'a str>,
    #[serde(flatten)]
    of_the_app: &'a BTreeMap<String, String>,
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
            aud: self.target.audience(&jwt::resource(issuer)).to_owned(),
            client_id: Some(self.client.to_string()),
            scope: Some(self.scope.to_string()),
            mementos: self.mementos.map(|ids| ids.iter().map(ToString::to_string).collect()),
            jti: Some(self.id.to_string()),
            ..session.claims(&purpose, issuer, now)
        };
        let roles = self.roles.iter().map(Role::as_str).filter(|_| self.scope.contains(Claim::Roles.scope())).collect();
        let claims = Signed { claims, roles, of_the_app: app.policy.claims.entries() };
        jwt::sign(ring, self.target.algorithm(app), &purpose, &claims, now)
    }
}

/// What a client's own token is for: it acts for itself, and for no user (RFC 6749 §4.4).
#[derive(Clone, Debug)]
pub struct OwnRights<'a> {
    /// The token's own id.
    pub id: TokenId,
    /// The client.
    pub client: &'a ClientId,
    /// What it may do.
    pub scope: &'a Scope,
    /// Where it is for.
    pub target: Target<'a>,
}

impl OwnRights<'_> {
    /// How long such a token lives.
    pub const LIFETIME: Seconds = Transport::Oauth.access();

    /// The JWT. It names no session, so nothing of a user's is reachable with it.
    ///
    /// # Errors
    /// [`KeyError`] when the ring has no usable key.
    pub fn token(&self, app: &App, issuer: &str, ring: &KeyRing, now: Timestamp) -> Result<Secret<String>, KeyError> {
        let purpose = Purpose { api: OAUTH_API, app: &app.id };
        let claims = Claims {
            iss: issuer.to_owned(),
            aud: self.target.audience(&jwt::resource(issuer)).to_owned(),
            sub: self.client.to_string(),
            iat: now.unix(),
            exp: now.plus(Self::LIFETIME).unix(),
            api: Claims::kind(&purpose),
            client_id: Some(self.client.to_string()),
            scope: Some(self.scope.to_string()),
            jti: Some(self.id.to_string()),
            ..Claims::default()
        };
        let claims = Signed { claims, roles: Vec::new(), of_the_app: app.policy.claims.entries() };
        jwt::sign(ring, self.target.algorithm(app), &purpose, &claims, now)
    }
}

/// What a client's own token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAccess {
    /// The app.
    pub app: AppId,
    /// Whom it is for.
    pub audience: String,
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
}

impl OwnAccess {
    /// Reads a client's own token, whatever resource it is for.
    ///
    /// # Errors
    /// [`InvalidToken`] for any other token.
    pub fn verify(
        token: &str,
        app_of: impl FnOnce(&str) -> Option<AppId>,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Self, InvalidToken> {
        let (app, claims) = jwt::verify_of_any_resource(ring, app_of, token, now)?;
        let client = claims.client_id.filter(|client| claims.sid.is_empty() && claims.sub == *client);
        Ok(Self {
            app,
            audience: claims.aud,
            client: client.and_then(|id| id.parse().ok()).ok_or(InvalidToken::Unknown)?,
            scope: Scope::read(&claims.scope.unwrap_or_default()),
            issued: Timestamp::from_unix(claims.iat),
            expires: Timestamp::from_unix(claims.exp),
            jti: claims.jti.unwrap_or_default(),
        })
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
    /// Reads an OAuth token for our own resource API, of an issuer that `app_of` knows.
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
        Self::of(app, claims)
    }

    /// Reads an OAuth token whatever resource it is for.
    ///
    /// # Errors
    /// [`InvalidToken`] for any other token.
    pub fn verify_for_any_resource(
        token: &str,
        app_of: impl FnOnce(&str) -> Option<AppId>,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Self, InvalidToken> {
        let (app, claims) = jwt::verify_of_any_resource(ring, app_of, token, now)?;
        Self::of(app, claims)
    }

    fn of(app: AppId, claims: Claims) -> Result<Self, InvalidToken> {
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
