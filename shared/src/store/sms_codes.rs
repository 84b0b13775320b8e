//! Codes by text message: `sms_record`, `put_sms_code`, `withdraw_sms_code`, `spend_sms_code`.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::{Code, CodeDigest};
use crate::code::sms::{self, CODES, COOLDOWN, Guesses, LIFETIME, NotNow, Purpose, SmsRecord};
use crate::id::AppId;
use crate::session::Opening;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store, update_item};
use crate::store::error::StoreError;
use crate::store::factors::Spending;
use crate::store::item::{Attributes, Reader, text, time};
use crate::store::keys::Key;
use crate::store::sms_guesses::{ALIVE, SmsProof};
use crate::store::tries::write_places;
use crate::store::users::Registration;
use crate::token::ring::KeyRing;
use crate::user::lockout::Place;
use crate::user::phone::Phone;

/// How long an item outlives the last code that was issued: the longest that anything in it counts.
const KEPT: Seconds = Seconds::days(2);

/// How long it does once somebody came in by a code: their place is remembered, so that strangers cannot burn their tries.
const PLACES_KEPT: Seconds = Seconds::days(400);

/// How often a record that somebody else changed is looked at again. It is changed by an issue, and after one the next
/// is refused for a minute; a second look is the last but for a cooldown that is given back meanwhile.
const LOOKS: u32 = 4;

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

/// Why no code was put on record.
#[derive(Debug, thiserror::Error)]
pub enum NotIssued {
    /// The phone has to wait.
    #[error("the phone has to wait")]
    NotNow(NotNow),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a code that was not sent is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// It was certainly not sent: as if it had never been asked for.
    Unsent,
    /// Nobody knows whether it was sent: it stays good and counts, but nobody has to wait for the next.
    Unknown,
}

/// Who comes in by a code.
#[derive(Clone, Copy, Debug)]
pub enum Arrival<'a> {
    /// A user, with a new session.
    Known(&'a Opening),
    /// A user with a second factor, which is used up by the same write.
    Twice(&'a Opening, &'a Spending),
    /// A user who is asked for a second factor next.
    Asked,
    /// Somebody who becomes a user.
    New(&'a Registration),
}

/// Why nobody came in by a code that was right.
#[derive(Debug, thiserror::Error)]
pub enum NotSpent {
    /// Somebody else spent it, or it expired or was replaced in this moment.
    #[error("the code is gone")]
    Gone,
    /// The phone was registered in this moment.
    #[error("the phone belongs to somebody by now")]
    PhoneTaken,
    /// Another request used the second factor's code in this moment.
    #[error("the one-time code was used")]
    FactorUsed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// What is on record for a phone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sms_record(&self, app: &AppId, phone: &Phone, now: Timestamp) -> Result<SmsRecord, StoreError> {
        let found = self.get(&Key::sms(app, phone, &*self.ring(now).await?)).await?;
        found.map_or_else(|| Ok(SmsRecord::default()), |item| read_record(&item))
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
        mut seen: SmsRecord,
    ) -> Result<SmsRecord, NotIssued> {
        let SmsIssue { app, phone, source, purpose, ref nonce, now } = *issue;
        let ring = self.ring(now).await?;
        let key = Key::sms(app, phone, &ring);
        let (digest, place) = (sms::digest(code, app, phone, purpose, &ring), Place::of(source, app, &ring));
        for _ in 0..LOOKS {
            let full_at = seen.may_issue(&place, now).map_err(NotIssued::NotNow)?;
            let kept = if seen.places.is_empty() { KEPT } else { PLACES_KEPT };
            let quota = quota_of(&seen, &place);
            let update = self
                .update(&key)
                .update_expression(
                    "SET code = :code, expires = :expires, cooling_until = :cooling, issued = :issued, \
                     #quota = :full_at, asked_from = :place, issued_by = :nonce, #ttl = :ttl REMOVE spent_by",
                )
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_names("#quota", quota)
                .expression_attribute_values(":code", text(digest.as_str()))
                .expression_attribute_values(":expires", time(now.plus(LIFETIME)))
                .expression_attribute_values(":cooling", time(now.plus(COOLDOWN)))
                .expression_attribute_values(":issued", times(&seen.issued_with(now)))
                .expression_attribute_values(":full_at", time(full_at))
                .expression_attribute_values(":place", text(place.to_string()))
                .expression_attribute_values(":nonce", text(nonce.as_str()))
                .expression_attribute_values(":ttl", time(now.plus(kept)))
                .return_values(ReturnValue::AllOld);
            let update = match &seen.revision {
                None => update.condition_expression("attribute_not_exists(issued_by)"),
                Some(revision) => update
                    .condition_expression("issued_by = :seen")
                    .expression_attribute_values(":seen", text(revision)),
            };
            let written = match self.send_update(update).await {
                Ok(written) => written,
                Err(error) => {
                    // Nobody knows whether it is on record. If it is, nothing is sent for it, and nobody has to wait.
                    let _ = self.withdraw_sms_code(issue, &seen, Withdrawal::Unsent).await;
                    return Err(error.into());
                }
            };
            seen = match written {
                Ok(old) => return Ok(SmsRecord { replaced: read_live(&old)?, ..seen }),
                Err(FailedCondition(None)) => SmsRecord::default(),
                Err(FailedCondition(Some(item))) => read_record(&item)?,
            };
            if seen.revision.as_deref() == Some(nonce.as_str()) {
                // Our own work: its answer got lost, and this was a repetition. What it replaced is not known.
                seen.issued.pop();
                let quota = if seen.knows(&place) { &mut seen.known_full_at } else { &mut seen.full_at };
                *quota = quota.map(|full_at| full_at.minus(CODES.every));
                return Ok(seen);
            }
        }
        let cause = "the record kept changing".to_owned();
        Err(StoreError::Unavailable { operation: "UpdateItem", cause }.into())
    }

    /// Gives the cooldown back after a code that this request put on record was not sent, and the code that it had
    /// replaced. A later code stays.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn withdraw_sms_code(
        &self,
        issue: &SmsIssue<'_>,
        before: &SmsRecord,
        withdrawal: Withdrawal,
    ) -> Result<(), StoreError> {
        let SmsIssue { app, phone, source, ref nonce, now, .. } = *issue;
        let ring = self.ring(now).await?;
        let (key, place) = (Key::sms(app, phone, &ring), Place::of(source, app, &ring));
        let withdraw = self
            .update(&key)
            .condition_expression("issued_by = :nonce")
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        let withdraw = match withdrawal {
            Withdrawal::Unknown => withdraw.update_expression("REMOVE cooling_until"),
            Withdrawal::Unsent => {
                // Nothing of the quota is used up where it was full before.
                let full_at = if before.knows(&place) { before.known_full_at } else { before.full_at }.unwrap_or(now);
                let mut sets = vec!["issued = :before", "#quota = :full_at"];
                let mut removes = vec!["cooling_until"];
                let mut withdraw = withdraw
                    .expression_attribute_names("#quota", quota_of(before, &place))
                    .expression_attribute_values(":before", times(&before.issued))
                    .expression_attribute_values(":full_at", time(full_at));
                if let Some((code, expires)) = &before.replaced {
                    sets.extend(["code = :code", "expires = :expires"]);
                    withdraw = withdraw
                        .expression_attribute_values(":code", text(code.as_str()))
                        .expression_attribute_values(":expires", time(*expires));
                } else {
                    removes.extend(["code", "expires"]);
                }
                if let Some(place) = &before.asked_from {
                    sets.push("asked_from = :place");
                    withdraw = withdraw.expression_attribute_values(":place", text(place.to_string()));
                }
                withdraw.update_expression(format!("SET {} REMOVE {}", sets.join(", "), removes.join(", ")))
            }
        };
        self.send_update(withdraw).await.map(drop)
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
        let mut items = vec![update_item(self.spending(app, proof, nonce, now, &ring))?];
        match arrival {
            Arrival::Asked => {}
            Arrival::Known(opening) => items.push(self.put_session(app, opening)?),
            Arrival::Twice(opening, spending) => {
                items.push(self.spend(app, opening.session.user, spending, nonce)?);
                items.push(self.put_session(app, opening)?);
            }
            Arrival::New(registration) => items.extend(self.registration(app, registration, nonce, &ring, now)?),
        }
        let found = match self.transact(items).await {
            Ok(()) => return Ok(()),
            Err(Cancelled::Store(error)) => {
                Box::pin(self.give_code_back(app, proof, arrival, nonce, now)).await;
                return Err(error.into());
            }
            Err(Cancelled::Conditions(found)) => found,
        };
        let mut found = found.into_iter();
        match (found.next().flatten(), found.next().flatten()) {
            // Our own work: its answer got lost, and this was a repetition.
            (Some(FailedCondition(Some(item))), _)
                if Reader::new("SMS code", &item).maybe_text("spent_by")? == Some(nonce.as_str()) =>
            {
                Ok(())
            }
            (Some(_), _) => Err(NotSpent::Gone),
            (None, Some(_)) if matches!(arrival, Arrival::Twice(..)) => Err(NotSpent::FactorUsed),
            (None, Some(_)) => Err(NotSpent::PhoneTaken),
            (None, None) => Err(StoreError::user_id_taken().into()),
        }
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
        self.transact_update(&Key::sms(app, &proof.phone, ring))
            .update_expression(
                "SET spent_by = :nonce, places = :places, #ttl = :ttl REMOVE guesses, guessing_since, tries, strangers",
            )
            .condition_expression(format!("code = :code AND {ALIVE}"))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":places", write_places(&proof.places))
            .expression_attribute_values(":ttl", time(now.plus(PLACES_KEPT)))
            .expression_attribute_values(":code", text(proof.digest.as_str()))
            .expression_attribute_values(":now", time(now))
    }

    /// After a transaction of which nobody knows whether it was carried out. If it was, its request is not answered with
    /// success, so the code is not spent, and the session that nobody was given is none.
    async fn give_code_back(&self, app: &AppId, proof: &SmsProof, arrival: Arrival<'_>, nonce: &Nonce, now: Timestamp) {
        let give_back = async {
            let key = Key::sms(app, proof.phone(), &*self.ring(now).await?);
            let give_back = self
                .update(&key)
                .update_expression("REMOVE spent_by")
                .condition_expression("spent_by = :nonce")
                .expression_attribute_values(":nonce", text(nonce.as_str()));
            self.send_update(give_back).await.map(drop)
        };
        let opening = match arrival {
            Arrival::Asked => None,
            Arrival::Known(opening) | Arrival::Twice(opening, _) => Some(opening),
            Arrival::New(registration) => registration.opening.as_ref(),
        };
        let revoke = async {
            let Some(Opening { session, .. }) = opening else { return Ok(()) };
            self.revoke_session(app, session.user, &session.id, now).await.map(drop)
        };
        let factor = async {
            if let Arrival::Twice(opening, spending) = arrival {
                self.give_factor_back(app, opening, spending, nonce).await;
            }
        };
        // If either fails, too, its user has to ask for another code, or sees one session more in the list.
        let (_, _, ()): (Result<(), StoreError>, Result<(), StoreError>, ()) = tokio::join!(give_back, revoke, factor);
    }

    /// Forgets all about a phone in an app: code, tries and counts. For operators, who let somebody in again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn forget_sms_record(&self, app: &AppId, phone: &Phone, now: Timestamp) -> Result<(), StoreError> {
        let key = Key::sms(app, phone, &*self.ring(now).await?);
        self.remove(&key).await
    }

    /// What removing a user leaves of a phone's record: the counts, so that nobody gets new ones by leaving.
    pub(super) fn kill_sms_code(&self, key: &Key, now: Timestamp) -> UpdateBuilder {
        // Where there was no record, it makes an empty one.
        self.transact_update(key)
            .update_expression("SET #ttl = :ttl REMOVE code, expires, places")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", time(now.plus(KEPT)))
    }
}

/// The attribute of the quota that a code is taken of.
fn quota_of(record: &SmsRecord, asker: &Place) -> &'static str {
    if record.knows(asker) { "known_full_at" } else { "full_at" }
}

pub(super) fn read_record(attributes: &Attributes) -> Result<SmsRecord, StoreError> {
    let item = Reader::new("SMS code", attributes);
    let issued = item.times("issued")?;
    // A release before quotas refilled left no other trace of what was used up.
    let counted = issued.iter().fold(None, |full_at, at| CODES.take(full_at, *at).ok().or(full_at));
    Ok(SmsRecord {
        revision: item.maybe_text("issued_by")?.map(str::to_owned),
        full_at: item.maybe_time("full_at")?.or(counted),
        known_full_at: item.maybe_time("known_full_at")?,
        issued,
        cooling_until: item.maybe_time("cooling_until")?,
        asked_from: item.maybe_text("asked_from")?.map(|place| Place::from_hash(place.to_owned())),
        places: item.strings("places")?.into_iter().map(Place::from_hash).collect(),
        guesses: read_guesses(&item)?,
        replaced: None,
    })
}

/// The code in the item that was not spent, and when it expires.
fn read_live(attributes: &Attributes) -> Result<Option<(CodeDigest, Timestamp)>, StoreError> {
    let item = Reader::new("SMS code", attributes);
    if item.maybe_text("spent_by")?.is_some() {
        return Ok(None);
    }
    let code = item.maybe_text("code")?.map(|code| CodeDigest::stored(code.to_owned()));
    Ok(code.zip(item.maybe_time("expires")?))
}

fn read_guesses(item: &Reader<'_>) -> Result<Guesses, StoreError> {
    Ok(Guesses {
        in_all: item.maybe_number("guesses")?.unwrap_or_default(),
        of_strangers: item.maybe_number("strangers")?.unwrap_or_default(),
        of_place: item.counts("tries")?.into_iter().map(|(place, count)| (Place::from_hash(place), count)).collect(),
        since: item.maybe_time("guessing_since")?,
    })
}

fn times(times: &[Timestamp]) -> AttributeValue {
    AttributeValue::L(times.iter().copied().map(time).collect())
}
