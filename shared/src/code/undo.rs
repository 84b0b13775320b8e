//! The link that undoes a change of the e-mail address, mailed to the former one.

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, UserId};
use crate::random::Random;
use crate::token::opaque::{OpaqueToken, TokenDigest};
use crate::user::email::Email;

/// How long a change can be undone, and as long nobody else can have the former address.
pub const LIFETIME: Seconds = Seconds::hours(72);

/// How many changes of a user's can be undone at a time: after so many within [`LIFETIME`], the next has to wait.
pub const MOST: usize = 5;

/// A link at rest.
#[derive(Clone, Debug)]
pub struct UndoLink {
    /// What is stored of the token.
    pub digest: TokenDigest,
    /// In which app.
    pub app: AppId,
    /// Whose address was changed.
    pub user: UserId,
    /// The former address.
    pub email: Email,
    /// When it was changed.
    pub changed: Timestamp,
}

impl UndoLink {
    /// Makes a link for a change that happens now, and the token to mail.
    #[must_use]
    pub fn issue(app: &AppId, user: UserId, email: &Email, random: &Random, now: Timestamp) -> (Self, OpaqueToken) {
        let token = OpaqueToken::draw(user, random);
        let link = Self { digest: token.digest(), app: app.clone(), user, email: email.clone(), changed: now };
        (link, token)
    }

    /// Dead from here on.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.changed.plus(LIFETIME)
    }
}
