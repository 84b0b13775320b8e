//! The code that proves a new address before it takes the place of the old one.
//!
//! It stands in the item of the session that asked for it: it ends with that session, and is good for nobody else.

use crate::clock::Seconds;
use crate::code::digits::{Code, CodeDigest};
use crate::id::{AppId, SessionId};
use crate::token::ring::KeyRing;
use crate::user::User;
use crate::user::email::Email;

/// How long a code is good.
pub const LIFETIME: Seconds = Seconds::minutes(30);

/// How many tries a code has.
pub const TRIES: u32 = 5;

/// How long a session waits for its next code.
pub const COOLDOWN: Seconds = Seconds(60);

/// Who wants which address.
#[derive(Clone, Copy, Debug)]
pub struct NewEmail<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// Who.
    pub user: &'a User,
    /// The session that asks.
    pub session: &'a SessionId,
    /// The address.
    pub email: &'a Email,
}

impl NewEmail<'_> {
    /// What is stored of a code: it belongs to this user, this session and this address.
    #[must_use]
    pub fn digest(&self, code: &Code, ring: &KeyRing) -> CodeDigest {
        let Self { app, user, session, email } = self;
        let user = user.id;
        code.digest("new-email", app, &format!("{user}:{session}:{}", email.as_str()), ring)
    }
}
