//! Tokens and the keys behind them.

pub(crate) mod addressed;
pub mod assertion;
pub mod client_keys;
pub mod jwks;
pub mod jwt;
pub mod opaque;
pub mod ring;
pub mod seal;

use std::fmt;
use std::str::FromStr;

/// The API whose tokens have the claims that the App API's contract fixes, and no `api` among them.
pub const APP_API: &str = "app";

/// The API whose tokens are those of OAuth clients.
pub const OAUTH_API: &str = "oauth";

/// What an ID token is for: it lets nobody in, and its client reads it.
pub const ID_TOKEN: &str = "id-token";

/// Why a token was refused. The caller learns only that it was. The log has the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// It is malformed, or none of our keys for this use made it.
    #[error("it is not a token of ours for this use")]
    Unknown,
    /// We made it, for another API, app or issuer.
    #[error("it is for another API, app or issuer")]
    WrongAudience,
    /// A clock that is ahead of ours made it.
    #[error("it is from the future")]
    FromTheFuture,
    /// Its time is over, or its session's.
    #[error("it has expired")]
    Expired,
    /// Its session was ended: signed out, ended from the list, or after a token was reused.
    #[error("its session was ended")]
    SessionEnded,
    /// All sessions of its user were ended: a password was set, or a user who was shut out is back.
    #[error("all sessions of its user were ended")]
    AllSessionsEnded,
    /// Its session was opened by one factor, and its app wants two by now.
    #[error("its session was opened by one factor")]
    OneFactor,
    /// An operator shut its user out.
    #[error("its user is shut out")]
    UserDisabled,
    /// Its user is gone.
    #[error("its user is gone")]
    NoUser,
    /// Its user took back what the client had been granted.
    #[error("its grant was taken back")]
    GrantTakenBack,
}

/// How an app's tokens are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC under a key of that app alone: the App API's default. Only Latchet can verify.
    #[default]
    Hs256,
    /// RSASSA-PKCS1-v1_5, 2048 bits: what API Gateway's own JWT authorizer reads.
    Rs256,
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Those whose public keys let others verify.
    pub const ASYMMETRIC: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// This one, or ES256 where others than Latchet have to verify and could not.
    #[must_use]
    pub const fn for_others(self) -> Self {
        match self {
            Self::Hs256 => Self::Es256,
            other => other,
        }
    }

    /// The name in a JWT's header (RFC 7518 §3.1, RFC 8037 §3.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Hs256 => Self::HS256,
            Algorithm::Rs256 => Self::RS256,
            Algorithm::Es256 => Self::ES256,
            Algorithm::EdDsa => Self::EdDSA,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        [Self::Hs256, Self::Rs256, Self::Es256, Self::EdDsa]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or(UnknownAlgorithm)
    }
}

/// The name is none of ours; `none` above all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an algorithm is HS256, RS256, ES256 or EdDSA")]
pub struct UnknownAlgorithm;
