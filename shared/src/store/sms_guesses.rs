//! Tries of a code by text message: `sms_code_to_try`, `guess_sms_code`. Those of a code by e-mail are counted here, too.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::{Code, CodeDigest};
use crate::code::sms::{self, GUESSES_IN_ALL, LIFETIME, Purpose, REMEMBERED, Standing};
use crate::id::AppId;
use crate::refill::Refill;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::code_attributes::{IN_ALL, OF_PLACE, OF_STRANGERS, read_record};
use crate::store::code_records::ALIVE;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, number, text, time};
use crate::store::keys::Key;
use crate::user::lockout::{Place, Whereabouts};
use crate::user::phone::Phone;
use crate::user::sighting::Sighting;

/// This very write was not carried out before.
const NOT_COUNTED: &str = "(attribute_not_exists(tried_by) OR tried_by <> :nonce)";

/// How often a try looks at a record that others change meanwhile: quotas are full once, and then only taken of.
const LOOKS: u32 = 4;

/// A code that somebody gives for a phone.
#[derive(Clone, Copy, Debug)]
pub struct SmsGuess<'a> {
    /// In which app.
    pub app: &'a AppId,
    /// For which phone.
    pub phone: &'a Phone,
    /// The network address that it comes from.
    pub source: &'a str,
    /// What the code is given for.
    pub purpose: Purpose<'a>,
    /// When.
    pub now: Timestamp,
}

/// Why a guess was not right.
#[derive(Debug, thiserror::Error)]
pub enum NotProven {
    /// No code was requested, or it was used.
    #[error("no code is on record")]
    NoCode,
    /// The code is too old, or the tries are used up.
    #[error("the code is dead")]
    Expired,
    /// The code differs.
    #[error("the code differs")]
    Wrong,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// That somebody gave the right code, until it is spent.
#[derive(Clone, Debug)]
pub struct SmsProof {
    pub(super) phone: Phone,
    pub(super) digest: CodeDigest,
    /// Where the phone was proven from, this time among them.
    pub(super) places: Vec<Place>,
    asked_at_home: bool,
    sighting: Sighting,
}

impl SmsProof {
    /// Whether the code was asked for from where the phone had been proven before. It was charged to no prefix then, and opens none.
    #[must_use]
    pub const fn was_asked_at_home(&self) -> bool {
        self.asked_at_home
    }

    /// Whether the phone was proven from there before.
    #[must_use]
    pub const fn sighting(&self) -> Sighting {
        self.sighting
    }

    /// The phone that they gave it for.
    #[must_use]
    pub const fn phone(&self) -> &Phone {
        &self.phone
    }
}

/// A try that is counted, and not compared yet.
#[derive(Debug)]
pub(super) struct CodeTry {
    /// What is stored of the code.
    pub(super) stored: CodeDigest,
    /// Where the code's owner came in from, with the place of this try.
    pub(super) places: Vec<Place>,
    asked_at_home: bool,
    /// Whether they came in from the place of this try before.
    pub(super) sighting: Sighting,
}

/// How a try is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counting {
    standing: Standing,
    /// Whether it is the first since the counts were forgotten.
    is_first: bool,
    /// Whether nothing is taken of its own quota.
    own_is_full: bool,
    /// Whether nothing is taken of the quota of all.
    all_is_full: bool,
}

impl Store {
    /// Whether there is a code on record that may be tried. Nothing is counted.
    ///
    /// # Errors
    /// [`NotProven`]
    pub async fn sms_code_to_try(&self, guess: &SmsGuess<'_>) -> Result<(), NotProven> {
        let SmsGuess { app, phone, source, now, .. } = *guess;
        let ring = self.ring(now).await?;
        let found = self.get(&Key::sms(app, phone, &ring)).await?;
        may_guess(found.as_ref(), &Whereabouts::of(source, app, &ring), LIFETIME, now).map(drop)
    }

    /// Tries a code: counts the try, then compares. However many try at once, no more are compared than [`crate::code::sms`] says.
    ///
    /// # Errors
    /// [`NotProven`]
    pub async fn guess_sms_code(&self, guess: &SmsGuess<'_>, code: &Code) -> Result<SmsProof, NotProven> {
        let SmsGuess { app, phone, source, purpose, now } = *guess;
        let ring = self.ring(now).await?;
        let (key, whereabouts) = (Key::sms(app, phone, &ring), Whereabouts::of(source, app, &ring));
        let CodeTry { stored, places, asked_at_home, sighting } =
            self.count_code_try(&key, &whereabouts, LIFETIME, now).await?;
        let digest = sms::digest(code, app, phone, purpose, &ring);
        let proof = SmsProof { phone: phone.clone(), digest, places, asked_at_home, sighting };
        if stored == proof.digest { Ok(proof) } else { Err(NotProven::Wrong) }
    }

    /// Counts a try of the code on a record, which is good for `lifetime`, before it is compared.
    pub(super) async fn count_code_try(
        &self,
        key: &Key,
        whereabouts: &Whereabouts,
        lifetime: Seconds,
        now: Timestamp,
    ) -> Result<CodeTry, NotProven> {
        // The first try is usually made where the code was asked for, and takes one write.
        let mut counting = Counting { standing: Standing::Asker, is_first: true, own_is_full: true, all_is_full: true };
        let nonce = Nonce::draw(&self.random);
        for _ in 0..LOOKS {
            let found = match self.send_update(counted(self.update(key), counting, whereabouts, &nonce, now)).await? {
                Ok(item) => return code_try(&item, &whereabouts.place, now),
                Err(FailedCondition(found)) => found,
            };
            if let Some(item) = found.as_ref().filter(|item| nonce.marks(item, "tried_by")) {
                return code_try(item, &whereabouts.place, now);
            }
            counting = may_guess(found.as_ref(), whereabouts, lifetime, now)?;
        }
        Err(NotProven::Expired)
    }
}

fn code_try(item: &Attributes, place: &Place, now: Timestamp) -> Result<CodeTry, NotProven> {
    let reader = Reader::new("code", item);
    let is_good = reader.maybe_time("good_until")?.is_none_or(|until| now < until);
    // The code of a message that was held back, in place of one that is too old by now: every code is wrong.
    let stored = CodeDigest::stored(if is_good { reader.text("code")?.to_owned() } else { String::new() });
    let record = read_record(item)?;
    let (places, sighting) = (record.places_with(place), Sighting::of(&record.places, place));
    Ok(CodeTry { stored, places, asked_at_home: record.asked_at_home, sighting })
}

/// Counts a try, on conditions that hold for one of its standing alone. It is counted once: the SDK repeats a write whose answer is
/// lost, and a person would lose up to three tries of five for one.
fn counted(
    update: UpdateItemInputBuilder,
    counting: Counting,
    whereabouts: &Whereabouts,
    nonce: &Nonce,
    now: Timestamp,
) -> UpdateItemInputBuilder {
    let Counting { standing, is_first, own_is_full, all_is_full } = counting;
    let update = update
        .expression_attribute_values(":nonce", text(nonce.as_str()))
        .expression_attribute_values(":now", time(now))
        .return_values(ReturnValue::AllNew);
    let mut taking = Taking { update, now, sets: Vec::new(), conditions: Vec::new() };
    taking.sets.push("tried_by = :nonce".to_owned());
    taking.conditions.extend([ALIVE.to_owned(), NOT_COUNTED.to_owned(), stands_so(standing).to_owned()]);
    if let Some(place) = standing.counted_by(whereabouts) {
        taking.update = taking.update.expression_attribute_values(":place", text(whereabouts.place.to_string()));
        if standing == Standing::Asker {
            taking.update = taking.update.expression_attribute_values(":asker", text(place.to_string()));
        }
    }
    if is_first {
        taking.conditions.push(format!("attribute_not_exists({OF_PLACE})"));
        let next = time(now.plus(standing.quota().every));
        let of_place = standing.counted_by(whereabouts).map(|place| (place.to_string(), next)).into_iter();
        taking.sets.push(format!("{OF_PLACE} = :of_place"));
        taking.update = taking
            .update
            .expression_attribute_values(":of_place", AttributeValue::M(of_place.collect::<HashMap<_, _>>()));
    } else {
        taking.conditions.push(format!("attribute_exists({OF_PLACE})"));
        if let Some(place) = standing.counted_by(whereabouts) {
            taking.update = taking.update.expression_attribute_names("#place", place.to_string());
            taking.take(&format!("{OF_PLACE}.#place"), "own", standing.quota(), own_is_full);
        }
    }
    if standing == Standing::Stranger {
        taking.take(OF_STRANGERS, "own", standing.quota(), own_is_full);
    }
    if standing != Standing::Known {
        taking.take(IN_ALL, "all", GUESSES_IN_ALL, all_is_full);
    }
    taking.done()
}

const fn stands_so(standing: Standing) -> &'static str {
    match standing {
        Standing::Known => "contains(places, :place)",
        // Somebody at home is the rule, too, and their first try takes one write as well.
        Standing::Asker => "(asked_from = :asker OR asked_from = :place OR contains(places, :place))",
        Standing::Stranger => "attribute_exists(code)",
    }
}

/// A write that takes of quotas, while it is put together.
struct Taking {
    update: UpdateItemInputBuilder,
    now: Timestamp,
    sets: Vec<String>,
    conditions: Vec<String>,
}

impl Taking {
    /// Takes one of a quota that is full, or of another: which it is must hold when it is written.
    fn take(&mut self, path: &str, name: &str, quota: Refill, is_full: bool) {
        let [next, every, last] = ["next", "every", "last"].map(|value| format!(":{name}_{value}"));
        let update = self.update.clone();
        self.update = if is_full {
            self.sets.push(format!("{path} = {next}"));
            self.conditions.push(format!("(attribute_not_exists({path}) OR {path} <= :now)"));
            update.expression_attribute_values(next, time(self.now.plus(quota.every)))
        } else {
            self.sets.push(format!("{path} = {path} + {every}"));
            self.conditions.push(format!("{path} > :now AND {path} <= {last}"));
            update
                .expression_attribute_values(every, number(quota.every.0))
                .expression_attribute_values(last, time(quota.last(self.now)))
        };
    }

    fn done(self) -> UpdateItemInputBuilder {
        self.update
            .update_expression(format!("SET {}", self.sets.join(", ")))
            .condition_expression(self.conditions.join(" AND "))
    }
}

/// How a try is counted that a record refused for a reason that another write does not meet.
fn may_guess(
    found: Option<&Attributes>,
    whereabouts: &Whereabouts,
    lifetime: Seconds,
    now: Timestamp,
) -> Result<Counting, NotProven> {
    let attributes = found.ok_or(NotProven::NoCode)?;
    let item = Reader::new("code", attributes);
    let Some(expires) = item.maybe_time("expires")? else { return Err(NotProven::NoCode) };
    if item.maybe_text("spent_by")?.is_some() || now >= expires.minus(lifetime).plus(REMEMBERED) {
        return Err(NotProven::NoCode);
    }
    let record = read_record(attributes)?;
    let standing = record.standing(whereabouts);
    if now >= expires || record.guesses.rest(whereabouts, standing, now).is_some() {
        return Err(NotProven::Expired);
    }
    let is_full = |full_at: Option<Timestamp>| full_at.is_none_or(|full_at| full_at <= now);
    Ok(Counting {
        standing,
        is_first: !item.has(OF_PLACE),
        own_is_full: is_full(record.guesses.own(whereabouts, standing)),
        all_is_full: is_full(record.guesses.in_all),
    })
}
