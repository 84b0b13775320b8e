//! What another product knows of a user, and what of it can be kept here.

use anyhow::Result;
use data_encoding::BASE32_NOPAD;
use shared::app::name::DisplayName;
use shared::clock::Timestamp;
use shared::factor::sealed::SealedTotp;
use shared::id::AppId;
use shared::secret::Secret;
use shared::store::{Import, Nonce};
use shared::user::User;
use shared::user::email::Email;
use shared::user::email_proof::EmailProof;
use shared::user::foreign::{ForeignHash, NotAForeignHash};
use shared::user::password::PasswordHash;
use shared::user::phone::Phone;
use shared::user::username::Username;

use super::record::NotATime;
use crate::deployment::OperatorContext;

/// A user, in the words of the product that they come from.
#[derive(Default)]
pub(super) struct Person {
    /// The id that the product knows the user by, which never changes there.
    pub(super) origin: String,
    pub(super) email: Option<String>,
    pub(super) email_verified: bool,
    pub(super) phone: Option<String>,
    pub(super) phone_verified: bool,
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
    pub(super) disabled: bool,
    pub(super) created: Option<Result<Timestamp, NotATime>>,
    pub(super) hash: Option<Result<ForeignHash, NotAForeignHash>>,
    /// The secret of an authenticator app: SHA-1, six digits, thirty seconds.
    pub(super) totp: Option<Secret<Vec<u8>>>,
    /// What the product has of the user and this file does not bring.
    pub(super) left_out: Vec<LeftOut>,
}

/// Why a line makes no user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the line cannot be read: {0}")]
    Unreadable(String),
    #[error("the line has no id of the user: {0}")]
    NoOrigin(&'static str),
    #[error("the id of the user has more than {} bytes", Person::ORIGIN_BYTES)]
    LongOrigin,
    #[error(
        "the password's hash takes Firebase's signer key: give --firebase-signer-key, or take passwordHash out of the line"
    )]
    NoSignerKey,
    #[error(
        "the password's hash is not as long as --firebase-signer-key: give all of this project's key, or take passwordHash out of the line"
    )]
    OtherSignerKey,
    #[error("the user was deleted there, or is anonymous")]
    Gone,
    #[error(
        "the user would have nothing to sign in by: no e-mail address, no verified phone and no username that can be kept"
    )]
    NoHandle,
    #[error("an earlier line has the same id, e-mail address, phone or username")]
    Twice,
    #[error("{0}")]
    Taken(String),
}

/// What of a user is not kept. The user is here without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(super) enum LeftOut {
    #[error("the e-mail address, to which no mail can be sent")]
    Email,
    #[error("the phone, which is not a mobile number in E.164")]
    Phone,
    #[error("the phone, which was not verified: it would let somebody in")]
    UnverifiedPhone,
    #[error("the username, which is not 1 to 20 letters, digits and underscores")]
    Username,
    #[error("the name, which is not one line of at most 100 letters")]
    Name,
    #[error("the day of registration, which cannot be read: today's is used")]
    Created,
    #[error("the password, whose hash is of an unknown kind")]
    UnknownHash,
    #[error("the password, whose hash is damaged")]
    DamagedHash,
    #[error("the password, whose hash takes more time or memory than a sign-in has")]
    CostlyHash,
    #[error("the second factor, which is not an authenticator app with six digits every thirty seconds")]
    Factor,
    #[error("sign-in through other providers")]
    Providers,
    #[error("groups, roles, claims and other data of the product")]
    Data,
}

/// A user who can be brought in, and what they lose by it.
pub(super) struct Admitted {
    pub(super) newcomer: Newcomer,
    pub(super) left_out: Vec<LeftOut>,
}

/// A user who can be brought in.
pub(super) struct Newcomer {
    pub(super) origin: String,
    pub(super) user: User,
    password: Option<PasswordHash>,
    totp: Option<Secret<Vec<u8>>>,
}

impl Person {
    /// The longest id of a user that is taken. An item of the store is bounded, and one that is too long would end the run.
    const ORIGIN_BYTES: usize = 512;

    /// The longest secret of an authenticator app. The block of a digest is 64 bytes, and longer secrets are hashed.
    const TOTP_BYTES: usize = 128;

    /// What of this user can be kept.
    pub(super) fn admit(self, context: &OperatorContext) -> Result<Admitted, Refusal> {
        if self.origin.len() > Self::ORIGIN_BYTES {
            return Err(Refusal::LongOrigin);
        }
        let mut left_out = self.left_out;
        let mut keep = |fits: bool, what: LeftOut| {
            if !fits {
                left_out.push(what);
            }
        };
        // The product vouches for the address, and not for a username that looks like one.
        let vouched = self.email_verified && self.email.is_some();
        // Products that have no usernames of their own have the address as one.
        let is_username = |name: &String| !name.contains('@');
        let named = self.username.filter(|name| self.email.is_none() || is_username(name));
        let (username, address) = match named {
            Some(name) if name.contains('@') => (None, Some(name)),
            other => (other.filter(is_username), self.email),
        };
        let email: Option<Email> = address.as_deref().and_then(|address| address.parse().ok());
        keep(email.is_some() || address.is_none(), LeftOut::Email);
        let number: Option<Phone> = self.phone.as_deref().and_then(|phone| Some(Phone::read(phone).ok()?.anywhere()));
        keep(number.is_some() || self.phone.is_none(), LeftOut::Phone);
        keep(number.is_none() || self.phone_verified, LeftOut::UnverifiedPhone);
        let kept_name: Option<Username> = username.as_deref().and_then(|username| username.parse().ok());
        keep(kept_name.is_some() || username.is_none(), LeftOut::Username);
        let name = self.name.map(|name| name.parse::<DisplayName>());
        keep(!matches!(name, Some(Err(_))), LeftOut::Name);
        keep(!matches!(self.created, Some(Err(NotATime))), LeftOut::Created);
        let created = self.created.and_then(Result::ok);
        let password = match self.hash {
            Some(Ok(hash)) => Some(PasswordHash::foreign(&hash)),
            Some(Err(why)) => {
                keep(false, why.into());
                None
            }
            None => None,
        };
        let now = context.clock.now();
        let has_secret = self.totp.is_some();
        let totp = self.totp.filter(|secret| secret.expose().len() <= Self::TOTP_BYTES);
        keep(totp.is_some() || !has_secret, LeftOut::Factor);
        let proven = vouched && email.is_some();
        let user = User {
            // The time after which an app asks for a second factor counts from here.
            created: created.map_or(now, |created| created.clamp(Timestamp::from_unix(0), now)),
            disabled: self.disabled,
            name: name.and_then(Result::ok).map(DisplayName::into_string).unwrap_or_default(),
            username: kept_name,
            email_proof: if proven { EmailProof::Proven } else { EmailProof::Missing },
            email,
            phone: number.filter(|_| self.phone_verified),
            ..User::new(&context.random, now)
        };
        if user.handles().is_empty() {
            return Err(Refusal::NoHandle);
        }
        Ok(Admitted { newcomer: Newcomer { origin: self.origin, user, password, totp }, left_out })
    }
}

impl Newcomer {
    /// With the number that the user has in `app`, however often they are brought in.
    pub(super) async fn import(self, context: &OperatorContext, app: &AppId, now: Timestamp) -> Result<Import> {
        let Self { origin, user, password, totp } = self;
        let id = context.store.number_of(app, &origin, now).await?;
        let ring = context.store.ring(now).await?;
        let totp = totp.map(|secret| SealedTotp::seal(&secret, app, id, &ring, &context.random));
        Ok(Import { user: User { id, ..user }, origin, password, totp, nonce: Nonce::draw(&context.random) })
    }
}

impl From<NotAForeignHash> for LeftOut {
    fn from(why: NotAForeignHash) -> Self {
        match why {
            NotAForeignHash::Unknown => Self::UnknownHash,
            NotAForeignHash::Damaged => Self::DamagedHash,
            NotAForeignHash::TooCostly => Self::CostlyHash,
        }
    }
}

/// First and last name in one.
pub(super) fn full_name(first: Option<String>, last: Option<String>) -> Option<String> {
    let parts: Vec<_> = [first, last].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The secret of an authenticator app, as its QR code has it.
pub(super) fn base32(text: &str) -> Option<Secret<Vec<u8>>> {
    let text = Secret::new(text.trim_end_matches('=').replace(' ', "").to_ascii_uppercase());
    BASE32_NOPAD.decode(text.expose().as_bytes()).ok().filter(|secret| !secret.is_empty()).map(Secret::new)
}
