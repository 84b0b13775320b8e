//! Quotas that refill, in the store: `take_of_refill`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;

use crate::budget::DAY;
use crate::clock::Timestamp;
use crate::refill::Refill;
use crate::store::client::{FailedCondition, Store};
use crate::store::error::StoreError;
use crate::store::item::{Reader, number, time};
use crate::store::keys::Key;

/// How often a quota is tried to be taken of. Each try says what it found, and the next is for that; more are needed only if others
/// take or give back in between.
const TRIES: u32 = 3;

/// More quotas than a process takes of in an hour.
const REMEMBERED: usize = 1000;

/// When quotas that this process took of were going to be full again. It decides which of two conditional writes is tried first, and
/// nothing else: what is not so any more costs a write.
#[derive(Debug, Default)]
pub(super) struct Refills(Mutex<HashMap<Key, Timestamp>>);

impl Refills {
    fn known(&self, key: &Key) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    fn note(&self, key: Key, full_at: Timestamp, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, full_at| *full_at > now);
        }
        if known.len() < REMEMBERED || known.contains_key(&key) {
            known.insert(key, full_at);
        }
    }
}

impl Store {
    /// [`Refill::take`] as conditions. DynamoDB has no maximum of two values, so a full quota and another are two writes, and which
    /// it is shows when the wrong one fails. A quota is taken for full unless this process took of it lately.
    pub(super) async fn take_of_refill(&self, key: Key, refill: Refill, now: Timestamp) -> Result<bool, StoreError> {
        let mut full_at = self.refills.known(&key);
        for _ in 0..TRIES {
            let update = self
                .update(&key)
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":ttl", time(refill.latest(now).plus(DAY)))
                .expression_attribute_values(":now", time(now));
            let take = match full_at {
                Some(full_at) if full_at > now => of_another(update, refill, now),
                _ => of_a_full_one(update, refill, now),
            };
            let Err(FailedCondition(found)) = self.send_update(take).await? else {
                let taken_of = full_at.map_or(now, |full_at| full_at.max(now));
                self.refills.note(key, taken_of.plus(refill.every), now);
                return Ok(true);
            };
            full_at = found.map(|item| Reader::new("quota", &item).maybe_time("full_at")).transpose()?.flatten();
            if refill.take(full_at, now).is_err() {
                return Ok(false);
            }
        }
        Ok(false)
    }
}

fn of_a_full_one(update: UpdateItemInputBuilder, refill: Refill, now: Timestamp) -> UpdateItemInputBuilder {
    update
        .update_expression("SET full_at = :next, #ttl = :ttl")
        .condition_expression("attribute_not_exists(full_at) OR full_at <= :now")
        .expression_attribute_values(":next", time(now.plus(refill.every)))
}

fn of_another(update: UpdateItemInputBuilder, refill: Refill, now: Timestamp) -> UpdateItemInputBuilder {
    update
        .update_expression("ADD full_at :every SET #ttl = :ttl")
        .condition_expression("full_at > :now AND full_at <= :last")
        .expression_attribute_values(":every", number(refill.every.0))
        .expression_attribute_values(":last", time(refill.latest(now).minus(refill.every)))
}

#[cfg(test)]
mod tests {
    use super::{REMEMBERED, Refills};
    use crate::clock::{Seconds, Timestamp};
    use crate::store::keys::{Key, Table};

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn key(number: usize) -> Key {
        Key { table: Table::Rate, pk: number.to_string(), sk: String::new() }
    }

    #[test]
    fn what_is_full_again_makes_room_and_no_more_are_kept() {
        let (refills, soon, later) = (Refills::default(), NOW.plus(Seconds(60)), NOW.plus(Seconds(120)));
        for number in 0..REMEMBERED {
            refills.note(key(number), soon, NOW);
        }
        refills.note(key(REMEMBERED), later, NOW);
        assert_eq!(refills.known(&key(REMEMBERED)), None);
        refills.note(key(0), later, NOW);
        assert_eq!(refills.known(&key(0)), Some(later));
        refills.note(key(REMEMBERED), later, soon);
        assert_eq!([0, 1, REMEMBERED].map(|number| refills.known(&key(number))), [Some(later), None, Some(later)]);
    }
}
