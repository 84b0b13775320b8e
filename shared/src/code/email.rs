//! The mail that asks whether an address is its user's: six digits to type, or a link to follow.
//!
//! Both stand in the user's own item. There, one write counts a try, compares it and, if it was right, is the proof:
//! the address is proven while the last try on record is the code on record, and no other try may replace that one.

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::{Code, CodeDigest};
use crate::id::{AppId, UserId};
use crate::random::Random;
use crate::secret::Secret;
use crate::token::addressed::{self, SECRET};
use crate::token::opaque::{NotAToken, TokenDigest, pasted};
use crate::token::ring::KeyRing;

/// How long code and link are good: `docs/api/browser.md#sign-up`.
pub const LIFETIME: Seconds = Seconds::hours(24);

/// What is stored of a mail that asks.
#[derive(Clone, Debug)]
pub struct EmailChallenge {
    /// Of the code.
    pub code: CodeDigest,
    /// Of the link's token.
    pub link: TokenDigest,
    /// When it was made.
    pub sent: Timestamp,
    /// What it was asked for with, in a person's words, if that is known.
    pub device: Option<String>,
}

impl EmailChallenge {
    /// Makes a code and a link for `user`, for the one mail that carries them.
    #[must_use]
    pub fn issue(
        app: &AppId,
        user: UserId,
        ring: &KeyRing,
        random: &Random,
        now: Timestamp,
    ) -> (Self, Code, LinkToken) {
        let link = LinkToken { user, secret: Secret::new(random.bytes()) };
        let code = link.code(app, ring);
        (Self { code: digest(&code, app, user, ring), link: link.digest(), sent: now, device: None }, code, link)
    }

    /// Dead from here on.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.sent.plus(LIFETIME)
    }
}

/// What is stored of a code for `user`.
#[must_use]
pub fn digest(code: &Code, app: &AppId, user: UserId, ring: &KeyRing) -> CodeDigest {
    code.digest("email-code", app, &user.to_string(), ring)
}

/// The token of the link in such a mail. It proves the address in a browser that has a session of the user; to anybody else who
/// reads the mail, it shows the code to type where the user signed up.
#[derive(Debug)]
pub struct LinkToken {
    /// Whose address.
    pub user: UserId,
    secret: Secret<[u8; SECRET]>,
}

const LABEL: &str = "email-link";

impl LinkToken {
    /// Reads a token that we made for `app`.
    ///
    /// # Errors
    /// [`NotAToken`] for any other text.
    pub fn read(text: &str, app: &AppId, ring: &KeyRing) -> Result<Self, NotAToken> {
        let text = pasted(text);
        let own = text.strip_prefix(app.as_str()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(text);
        let (user, secret) = addressed::read::<{ UserId::BYTES }>(own, LABEL, app, ring)?;
        Ok(Self { user: UserId::from_bytes(user).ok_or(NotAToken)?, secret })
    }

    /// The app that a link's text names. It names none where that is the app which the pages are bound to.
    #[must_use]
    pub fn app_named_in(text: &str) -> Option<AppId> {
        pasted(text).split_once('.')?.0.parse().ok()
    }

    /// The text for the one mail that carries it. It names its app, unless that is `bound`, whose the pages are.
    #[must_use]
    pub fn write(&self, app: &AppId, bound: &AppId, ring: &KeyRing) -> Secret<String> {
        let text = addressed::write(&self.user.to_bytes(), &self.secret, LABEL, app, ring);
        if app == bound { text } else { Secret::new(format!("{app}.{}", text.expose())) }
    }

    /// The code of the same mail.
    #[must_use]
    pub fn code(&self, app: &AppId, ring: &KeyRing) -> Code {
        Code::of(ring.derive("email-code-of-link", app, &[&self.user.to_bytes(), self.secret.expose()]))
    }

    /// What to store, or to compare with.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.secret.expose())
    }
}
