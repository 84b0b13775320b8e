//! Codes by text message: `sms_record`, `put_sms_code`, `withdraw_sms_code`, `spend_sms_code`.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;

use crate::clock::Timestamp;
use crate::code::digits::{Code, CodeDigest};
use crate::code::sms::{self, CodeRecord, LIFETIME, Purpose};
use crate::id::AppId;
use crate::store::client::{Nonce, Store};
use crate::store::code_records::{Arrival, CodeIssue, NotIssued, NotSpent, RightCode, Withdrawal};
use crate::store::error::StoreError;
use crate::store::keys::Key;
use crate::store::sms_guesses::SmsProof;
use crate::token::ring::KeyRing;
use crate::user::lockout::Whereabouts;
use crate::user::phone::Phone;

/// A request that issues a code.
#[derive(Clone, Debug)]
pub struct SmsIssue<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// To which phone.
    pub phone: &'a Phone,
    /// The network address that asks for it.
    pub source: &'a str,
    /// What the code is for.
    pub purpose: Purpose<'a>,
    /// The request's own mark.
    pub nonce: Nonce,
    /// When.
    pub now: Timestamp,
}

impl Store {
    /// What is on record for a phone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sms_record(&self, app: &AppId, phone: &Phone, now: Timestamp) -> Result<CodeRecord, StoreError> {
        self.code_record(&Key::sms(app, phone, &*self.ring(now).await?)).await
    }

    /// Puts a new code on record in place of the old one, with its cooldown and its count: one write, if the record
    /// is still `seen`. Of many at once one succeeds; the others look again, and find that they have to wait. Gives
    /// the record as it was before, with the code that was replaced.
    ///
    /// # Errors
    /// [`NotIssued::NotNow`] when the phone has to wait.
    pub async fn put_sms_code(
        &self,
        issue: &SmsIssue<'_>,
        code: &Code,
        seen: CodeRecord,
    ) -> Result<CodeRecord, NotIssued> {
        let SmsIssue { app, phone, purpose, now, .. } = *issue;
        let digest = sms::digest(code, app, phone, purpose, &*self.ring(now).await?);
        self.put_code(&self.texted(issue, digest).await?, seen).await
    }

    /// What a text message changes of its phone's record.
    async fn texted<'a>(&self, issue: &'a SmsIssue<'_>, digest: CodeDigest) -> Result<CodeIssue<'a>, StoreError> {
        let SmsIssue { app, phone, source, ref nonce, now, .. } = *issue;
        let ring = self.ring(now).await?;
        let (key, whereabouts) = (Key::sms(app, phone, &ring), Whereabouts::of(source, app, &ring));
        Ok(CodeIssue { key, digest, whereabouts, lifetime: LIFETIME, nonce, now })
    }

    /// Gives the cooldown back after a code that this request put on record was not sent, and the code that it had
    /// replaced. A later code stays.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn withdraw_sms_code(
        &self,
        issue: &SmsIssue<'_>,
        before: &CodeRecord,
        withdrawal: Withdrawal,
    ) -> Result<(), StoreError> {
        // A code is taken back by the request that put it there, whatever it was.
        let none = CodeDigest::stored(String::new());
        self.withdraw_code(&self.texted(issue, none).await?, before, withdrawal).await
    }

    /// Spends a code that was right: opens the session, for a new user with all that makes one, and forgets the tries.
    /// All of it or nothing.
    ///
    /// # Errors
    /// [`NotSpent::Gone`] for every caller but the first.
    pub async fn spend_sms_code(
        &self,
        app: &AppId,
        proof: &SmsProof,
        arrival: Arrival<'_>,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), NotSpent> {
        let ring = self.ring(now).await?;
        let code = RightCode { key: Key::sms(app, &proof.phone, &ring), digest: &proof.digest, places: &proof.places };
        self.spend_code(app, &code, arrival, nonce, now).await
    }

    /// The part of a transaction that spends a code, which is alive, and forgets the tries.
    pub(super) fn spending(
        &self,
        app: &AppId,
        proof: &SmsProof,
        nonce: &Nonce,
        now: Timestamp,
        ring: &KeyRing,
    ) -> UpdateBuilder {
        let code = RightCode { key: Key::sms(app, &proof.phone, ring), digest: &proof.digest, places: &proof.places };
        self.used_up(&code, nonce, now)
    }

    /// Forgets all about a phone in an app: code, tries and counts. For operators, who let somebody in again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn forget_sms_record(&self, app: &AppId, phone: &Phone, now: Timestamp) -> Result<(), StoreError> {
        let key = Key::sms(app, phone, &*self.ring(now).await?);
        self.remove(&key).await
    }
}
