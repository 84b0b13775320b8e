//! Records of codes, of a phone or of a mail address: what they have in common. A code is put on record, taken back, and spent; its
//! tries are counted in `sms_guesses`.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::CodeDigest;
use crate::code::sms::{CODES, COOLDOWN, CodeRecord, NotNow};
use crate::id::AppId;
use crate::session::Opening;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store, update_item};
use crate::store::code_attributes::{IN_ALL, OF_PLACE, OF_STRANGERS, if_as_seen, read_live, read_record, times};
use crate::store::error::StoreError;
use crate::store::factors::Spending;
use crate::store::first_proofs::FirstProof;
use crate::store::item::{text, time};
use crate::store::keys::Key;
use crate::store::try_attributes::write_places;
use crate::store::users::Registration;
use crate::user::lockout::{Place, Whereabouts};

/// How long an item outlives the last code that was issued: the longest that anything in it counts.
const KEPT: Seconds = Seconds::days(2);

/// How long it does once somebody came in by a code: their place is remembered, so that strangers cannot burn their tries.
const PLACES_KEPT: Seconds = Seconds::days(400);

/// So many counts that ended are removed by one write.
const MOST_FORGOTTEN: usize = 16;

/// How often a record that somebody else changed is looked at again. It is changed by an issue, and after one the next
/// is refused for a minute; a second look is the last but for a cooldown that is given back meanwhile.
const LOOKS: u32 = 4;

/// A code on its way to a record, whichever it is.
#[derive(Debug)]
pub(super) struct CodeIssue<'a> {
    /// The record.
    pub(super) key: Key,
    /// What is stored of the code.
    pub(super) digest: CodeDigest,
    /// Where it is asked for.
    pub(super) whereabouts: Whereabouts,
    /// How long it is good.
    pub(super) lifetime: Seconds,
    /// The request's own mark.
    pub(super) nonce: &'a Nonce,
    /// When.
    pub(super) now: Timestamp,
}

/// A code that was right, in its record.
#[derive(Debug)]
pub(super) struct RightCode<'a> {
    /// The record.
    pub(super) key: Key,
    /// What is stored of the code.
    pub(super) digest: &'a CodeDigest,
    /// Where its owner came in from, this time among them.
    pub(super) places: &'a [Place],
}

/// Why no code was put on record.
#[derive(Debug, thiserror::Error)]
pub enum NotIssued {
    /// The phone or the address has to wait.
    #[error("it is too early for another code")]
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
    /// A budget held it back, and nobody is to notice: it counts and has everybody wait. The code that was good before is good again, for
    /// as long as it would have been; after that it is wrong, as one that was never sent, until this one would have expired.
    Held,
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
    /// Somebody who takes over a user whose address they prove, with a new session unless they are asked for a second factor next.
    First(&'a FirstProof, Option<&'a Opening>),
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

/// There is a code, and it may still be spent.
pub(super) const ALIVE: &str = "attribute_exists(code) AND attribute_not_exists(spent_by) AND expires > :now";

impl Store {
    pub(super) async fn code_record(&self, key: &Key) -> Result<CodeRecord, StoreError> {
        let found = self.get(key).await?;
        found.map_or_else(|| Ok(CodeRecord::default()), |item| read_record(&item))
    }

    /// Puts a new code on record in place of the old one: see [`Store::put_sms_code`].
    pub(super) async fn put_code(&self, issue: &CodeIssue<'_>, mut seen: CodeRecord) -> Result<CodeRecord, NotIssued> {
        let CodeIssue { key, digest, whereabouts, lifetime, nonce, now } = issue;
        let (now, place) = (*now, &whereabouts.place);
        for _ in 0..LOOKS {
            let full_at = seen.may_issue(whereabouts, now).map_err(NotIssued::NotNow)?;
            let kept = if seen.places.is_empty() { KEPT } else { PLACES_KEPT };
            let quota = quota_of(&seen, place);
            let update = replacing(self.update(key), &seen, place, now)
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_names("#quota", quota)
                .expression_attribute_values(":code", text(digest.as_str()))
                .expression_attribute_values(":expires", time(now.plus(*lifetime)))
                .expression_attribute_values(":cooling", time(now.plus(COOLDOWN)))
                .expression_attribute_values(":issued", times(&seen.issued_with(now)))
                .expression_attribute_values(":full_at", time(full_at))
                .expression_attribute_values(":place", text(whereabouts.asker.to_string()))
                .expression_attribute_values(":nonce", text(nonce.as_str()))
                .expression_attribute_values(":ttl", time(now.plus(kept)))
                .return_values(ReturnValue::AllOld);
            let written = match self.send_update(if_as_seen(update, &seen, now)).await {
                Ok(written) => written,
                Err(error) => {
                    // Nobody knows whether it is on record. If it is, nothing is sent for it, and nobody has to wait.
                    let _ = self.withdraw_code(issue, &seen, Withdrawal::Unsent).await;
                    return Err(error.into());
                }
            };
            seen = match written {
                Ok(old) => return Ok(CodeRecord { replaced: read_live(&old)?, ..seen }),
                Err(FailedCondition(None)) => CodeRecord::default(),
                Err(FailedCondition(Some(item))) => read_record(&item)?,
            };
            if seen.revision.as_deref() == Some(nonce.as_str()) {
                // Our own work: its answer got lost, and this was a repetition. What it replaced is not known.
                seen.issued.pop();
                let quota = if seen.knows(place) { &mut seen.known_full_at } else { &mut seen.full_at };
                *quota = quota.map(|full_at| full_at.minus(CODES.every));
                return Ok(seen);
            }
        }
        let cause = "the record kept changing".to_owned();
        Err(StoreError::Unavailable { operation: "UpdateItem", cause }.into())
    }

    /// Takes back what a request put on record: see [`Store::withdraw_sms_code`].
    pub(super) async fn withdraw_code(
        &self,
        issue: &CodeIssue<'_>,
        before: &CodeRecord,
        withdrawal: Withdrawal,
    ) -> Result<(), StoreError> {
        let CodeIssue { key, whereabouts: Whereabouts { place, .. }, nonce, now, .. } = issue;
        let withdraw = self
            .update(key)
            .condition_expression("issued_by = :nonce")
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        let withdraw = match withdrawal {
            Withdrawal::Unknown => withdraw.update_expression("REMOVE cooling_until"),
            Withdrawal::Held => {
                // Who had asked for it is its asker again: the tries of others are not theirs.
                let (Some((code, good_until)), Some(asker)) = (&before.replaced, &before.asked_from) else {
                    return Ok(());
                };
                withdraw
                    .update_expression(
                        "SET code = :code, good_until = :until, asked_from = :asker, asked_at_home = :at_home",
                    )
                    .expression_attribute_values(":asker", text(asker.to_string()))
                    .expression_attribute_values(":code", text(code.as_str()))
                    .expression_attribute_values(":until", time(*good_until))
                    .expression_attribute_values(":at_home", AttributeValue::Bool(before.asked_at_home))
            }
            Withdrawal::Unsent => {
                // Nothing of the quota is used up where it was full before.
                let full_at = if before.knows(place) { before.known_full_at } else { before.full_at }.unwrap_or(*now);
                let mut sets = vec!["issued = :before", "#quota = :full_at"];
                let mut removes = vec!["cooling_until"];
                let mut withdraw = withdraw
                    .expression_attribute_names("#quota", quota_of(before, place))
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
                    sets.extend(["asked_from = :place", "asked_at_home = :at_home"]);
                    withdraw = withdraw
                        .expression_attribute_values(":place", text(place.to_string()))
                        .expression_attribute_values(":at_home", AttributeValue::Bool(before.asked_at_home));
                }
                withdraw.update_expression(format!("SET {} REMOVE {}", sets.join(", "), removes.join(", ")))
            }
        };
        self.send_update(withdraw).await.map(drop)
    }

    /// Spends a code that was right: see [`Store::spend_sms_code`].
    pub(super) async fn spend_code(
        &self,
        app: &AppId,
        code: &RightCode<'_>,
        arrival: Arrival<'_>,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), NotSpent> {
        let ring = self.ring(now).await?;
        let mut items = vec![update_item(self.used_up(code, nonce, now))?];
        match arrival {
            Arrival::Asked => {}
            Arrival::Known(opening) => items.push(self.put_session(app, opening)?),
            Arrival::Twice(opening, spending) => {
                items.push(self.spend(app, opening.session.user, spending, nonce)?);
                items.push(self.put_session(app, opening)?);
            }
            Arrival::First(first, opening) => {
                items.extend(self.first_proof(app, first, code.places, &ring, now)?);
                items.extend(opening.map(|opening| self.put_session(app, opening)).transpose()?);
            }
            Arrival::New(registration) => items.extend(self.registration(app, registration, nonce, &ring, now)?),
        }
        let found = match self.transact(items).await {
            Ok(()) => return Ok(()),
            Err(Cancelled::Store(error)) => {
                Box::pin(self.give_code_back(app, &code.key, arrival, nonce, now)).await;
                return Err(error.into());
            }
            Err(Cancelled::Conditions(found)) => found,
        };
        let mut found = found.into_iter();
        match (found.next().flatten(), found.next().flatten()) {
            // Our own work: its answer got lost, and this was a repetition.
            (Some(FailedCondition(Some(item))), _) if nonce.marks(&item, "spent_by") => Ok(()),
            (Some(_), _) => Err(NotSpent::Gone),
            (None, _) if matches!(arrival, Arrival::First(..)) => Err(NotSpent::Gone),
            (None, Some(_)) if matches!(arrival, Arrival::Twice(..)) => Err(NotSpent::FactorUsed),
            (None, Some(_)) => Err(NotSpent::PhoneTaken),
            (None, None) => Err(StoreError::user_id_taken().into()),
        }
    }

    /// The part of a transaction that spends a code, which is alive, and forgets the tries.
    pub(super) fn used_up(
        &self,
        RightCode { key, digest, places }: &RightCode<'_>,
        nonce: &Nonce,
        now: Timestamp,
    ) -> UpdateBuilder {
        self.transact_update(key)
            .update_expression(
                // The last four are of releases that counted tries by the day.
                format!(
                    "SET spent_by = :nonce, places = :places, #ttl = :ttl REMOVE {OF_PLACE}, {OF_STRANGERS}, {IN_ALL}, guesses, \
                     guessing_since, tries, strangers"
                ),
            )
            .condition_expression(format!("code = :code AND {ALIVE}"))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":places", write_places(places))
            .expression_attribute_values(":ttl", time(now.plus(PLACES_KEPT)))
            .expression_attribute_values(":code", text(digest.as_str()))
            .expression_attribute_values(":now", time(now))
    }

    /// After a transaction of which nobody knows whether it was carried out. If it was, its request is not answered with
    /// success, so the code is not spent, and the session that nobody was given is none.
    async fn give_code_back(&self, app: &AppId, key: &Key, arrival: Arrival<'_>, nonce: &Nonce, now: Timestamp) {
        let give_back = async {
            let give_back = self
                .update(key)
                .update_expression("REMOVE spent_by")
                .condition_expression("spent_by = :nonce")
                .expression_attribute_values(":nonce", text(nonce.as_str()));
            self.send_update(give_back).await.map(drop)
        };
        let opening = match arrival {
            Arrival::Asked => None,
            // The user has moved on, so the code is dead in any case, and the next one finds the address proven.
            Arrival::First(_, opening) => opening,
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

    /// What removing a user leaves of the record of a phone or an address: the counts, so that nobody gets new ones by leaving.
    pub(super) fn kill_code(&self, key: &Key, now: Timestamp) -> UpdateBuilder {
        // Where there was no record, it makes an empty one.
        self.transact_update(key)
            .update_expression("SET #ttl = :ttl REMOVE code, expires, places")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", time(now.plus(KEPT)))
    }
}

/// Begins the write that puts a code on record in place of what was `seen` there. Counts of tries of which nothing is left to wait for
/// go, or the item would grow.
fn replacing(
    update: UpdateItemInputBuilder,
    seen: &CodeRecord,
    place: &Place,
    now: Timestamp,
) -> UpdateItemInputBuilder {
    let mut update = update;
    let mut removed = ["spent_by", "good_until"].map(str::to_owned).to_vec();
    let at_home = if seen.knows(place) {
        update = update.expression_attribute_values(":at_home", AttributeValue::Bool(true));
        ", asked_at_home = :at_home"
    } else {
        removed.push("asked_at_home".to_owned());
        ""
    };
    if seen.guesses.are_over(now) {
        removed.extend([OF_PLACE, OF_STRANGERS, IN_ALL].map(str::to_owned));
    } else {
        for (position, place) in seen.guesses.rested(now).take(MOST_FORGOTTEN).enumerate() {
            update = update.expression_attribute_names(format!("#rested{position}"), place.to_string());
            removed.push(format!("{OF_PLACE}.#rested{position}"));
        }
    }
    update.update_expression(format!(
        "SET code = :code, expires = :expires, cooling_until = :cooling, issued = :issued, #quota = :full_at, \
         asked_from = :place, issued_by = :nonce, #ttl = :ttl{at_home} REMOVE {}",
        removed.join(", ")
    ))
}

/// The attribute of the quota that a code is taken of.
fn quota_of(record: &CodeRecord, asker: &Place) -> &'static str {
    if record.knows(asker) { "known_full_at" } else { "full_at" }
}
