//! A Cognito user pool whose users move to an app when they first sign in.

use std::fmt;
use std::str::FromStr;

use crate::outbound::WebUrl;

/// The pool, and the client of it that asks for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPool {
    /// Cognito's endpoint in the pool's region: `https://cognito-idp.eu-central-1.amazonaws.com`.
    pub endpoint: WebUrl,
    /// An app client of the pool without a secret, with `ALLOW_USER_PASSWORD_AUTH`.
    pub client: UserPoolClient,
}

/// The id of a pool's app client. No secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPoolClient(String);

impl UserPoolClient {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `ClientIdType` of Cognito's API: up to 128 letters, digits, underscores and pluses.
impl FromStr for UserPoolClient {
    type Err = NotAUserPoolClient;

    fn from_str(text: &str) -> Result<Self, NotAUserPoolClient> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+');
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(is_letter);
        fits.then(|| Self(text.to_owned())).ok_or(NotAUserPoolClient)
    }
}

impl fmt::Display for UserPoolClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not the id of an app client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a Cognito app client has 1 to 128 letters, digits, underscores and pluses")]
pub struct NotAUserPoolClient;
