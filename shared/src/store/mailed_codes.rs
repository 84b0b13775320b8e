//! Codes by e-mail that sign in: `mailed_code_record`, `put_mailed_code`, `withdraw_mailed_code`, `guess_mailed_code`,
//! `spend_mailed_code`.

use crate::clock::Timestamp;
use crate::code::digits::{Code, CodeDigest};
use crate::code::mailed::{self, LIFETIME, Owner};
use crate::code::sms::CodeRecord;
use crate::id::AppId;
use crate::session::Opening;
use crate::store::client::{Nonce, Store};
use crate::store::code_records::{Arrival, CodeIssue, NotIssued, NotSpent, RightCode, Withdrawal};
use crate::store::error::StoreError;
use crate::store::keys::Key;
use crate::store::sms_guesses::{CodeTry, NotProven};
use crate::token::ring::KeyRing;
use crate::user::email::Email;
use crate::user::identity::{Handle, Identity};
use crate::user::lockout::{Place, Whereabouts};
use crate::user::sighting::Sighting;

/// A request that issues a code.
#[derive(Clone, Debug)]
pub struct MailedCodeIssue<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// To which address.
    pub email: &'a Email,
    /// Whom the code lets in. `None`: nobody is mailed one.
    pub owner: Option<Owner>,
    /// The network address that asks for it.
    pub source: &'a str,
    /// The request's own mark.
    pub nonce: Nonce,
    /// When.
    pub now: Timestamp,
}

/// A code that somebody gives for an address.
#[derive(Clone, Copy, Debug)]
pub struct MailedCodeGuess<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// For which address.
    pub email: &'a Email,
    /// The network address that it comes from.
    pub source: &'a str,
    /// When.
    pub now: Timestamp,
}

/// That somebody gave the right code, until it is spent.
#[derive(Clone, Debug)]
pub struct MailedCodeProof {
    email: Email,
    digest: CodeDigest,
    /// Where its owner came in from, this time among them.
    places: Vec<Place>,
    sighting: Sighting,
}

impl MailedCodeProof {
    /// Whether its owner came in from there by a code before.
    #[must_use]
    pub const fn sighting(&self) -> Sighting {
        self.sighting
    }

    /// The address that they gave it for.
    #[must_use]
    pub const fn email(&self) -> &Email {
        &self.email
    }

    /// The code, in its record.
    pub(super) fn code(&self, app: &AppId, ring: &KeyRing) -> RightCode<'_> {
        RightCode { key: Key::mailed_code(app, &self.email, ring), digest: &self.digest, places: &self.places }
    }
}

impl Store {
    /// What is on record for an address.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn mailed_code_record(
        &self,
        app: &AppId,
        email: &Email,
        now: Timestamp,
    ) -> Result<CodeRecord, StoreError> {
        self.code_record(&Key::mailed_code(app, email, &*self.ring(now).await?)).await
    }

    /// Puts a new code on record in place of the old one, as [`Store::put_sms_code`] does.
    ///
    /// # Errors
    /// [`NotIssued::NotNow`] when the address has to wait.
    pub async fn put_mailed_code(
        &self,
        issue: &MailedCodeIssue<'_>,
        code: &Code,
        seen: CodeRecord,
    ) -> Result<CodeRecord, NotIssued> {
        let MailedCodeIssue { app, email, owner, now, .. } = *issue;
        let digest = mailed::digest(code, app, email, owner, &*self.ring(now).await?);
        self.put_code(&self.to_mail(issue, digest).await?, seen).await
    }

    /// Gives the cooldown back after a code was not mailed, as [`Store::withdraw_sms_code`] does.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn withdraw_mailed_code(
        &self,
        issue: &MailedCodeIssue<'_>,
        before: &CodeRecord,
        withdrawal: Withdrawal,
    ) -> Result<(), StoreError> {
        // A code is taken back by the request that put it there, whatever it was.
        let none = CodeDigest::stored(String::new());
        self.withdraw_code(&self.to_mail(issue, none).await?, before, withdrawal).await
    }

    /// What a mail changes of its address's record.
    async fn to_mail<'a>(
        &self,
        issue: &'a MailedCodeIssue<'_>,
        digest: CodeDigest,
    ) -> Result<CodeIssue<'a>, StoreError> {
        let MailedCodeIssue { app, email, source, ref nonce, now, .. } = *issue;
        let ring = self.ring(now).await?;
        let (key, whereabouts) = (Key::mailed_code(app, email, &ring), Whereabouts::of(source, app, &ring));
        Ok(CodeIssue { key, digest, whereabouts, lifetime: LIFETIME, nonce, now })
    }

    /// Tries a code: counts the try and looks up whose the address is, then compares. Of an address that nobody has, every code
    /// is wrong.
    ///
    /// # Errors
    /// [`NotProven`]
    pub async fn guess_mailed_code(
        &self,
        guess: &MailedCodeGuess<'_>,
        code: &Code,
    ) -> Result<(MailedCodeProof, Identity), NotProven> {
        let MailedCodeGuess { app, email, source, now } = *guess;
        let ring = self.ring(now).await?;
        let (key, whereabouts) = (Key::mailed_code(app, email, &ring), Whereabouts::of(source, app, &ring));
        let handle = Handle::Email(email.clone());
        let (counted, identity) =
            tokio::join!(self.count_code_try(&key, &whereabouts, LIFETIME, now), self.identity(app, &handle, now));
        let CodeTry { stored, places, sighting, .. } = counted?;
        let identity = identity?.ok_or(NotProven::Wrong)?;
        let digest = mailed::digest(code, app, email, Some(Owner::from(&identity)), &ring);
        if stored != digest {
            return Err(NotProven::Wrong);
        }
        Ok((MailedCodeProof { email: email.clone(), digest, places, sighting }, identity))
    }

    /// Spends a code that was right and forgets the tries: with it goes the session, or none yet where a second factor comes
    /// next. Both or neither.
    ///
    /// # Errors
    /// [`NotSpent::Gone`] for every caller but the first.
    pub async fn spend_mailed_code(
        &self,
        app: &AppId,
        proof: &MailedCodeProof,
        opening: Option<&Opening>,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), NotSpent> {
        let code = proof.code(app, &*self.ring(now).await?);
        self.spend_code(app, &code, opening.map_or(Arrival::Asked, Arrival::Known), nonce, now).await
    }

    /// Forgets all about an address's codes in an app: code, tries and counts. For operators, who let somebody in again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn forget_mailed_code_record(
        &self,
        app: &AppId,
        email: &Email,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = Key::mailed_code(app, email, &*self.ring(now).await?);
        self.remove(&key).await
    }
}
