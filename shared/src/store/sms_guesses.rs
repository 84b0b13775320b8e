//! Tries of a code by text message: `sms_code_to_try`, `guess_sms_code`. Those of a code by e-mail are counted here, too.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::{Code, CodeDigest};
use crate::code::sms::{self, GUESS_WINDOW, GUESSES, GUESSES_IN_ALL, LIFETIME, Purpose, REMEMBERED, Standing};
use crate::id::AppId;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::code_records::{ALIVE, read_record};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, number, text, time};
use crate::store::keys::Key;
use crate::store::try_attributes::is_counted_by;
use crate::user::lockout::Place;
use crate::user::phone::Phone;

/// This very write was not carried out before.
const NOT_COUNTED: &str = "(attribute_not_exists(tried_by) OR tried_by <> :nonce)";

/// How often a try looks at a record that others change meanwhile: a window begins once, and then only tries are counted.
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
}

impl SmsProof {
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
}

/// How a try is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counting {
    standing: Standing,
    /// Whether it is the first of a window.
    first: bool,
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
        may_guess(found.as_ref(), &Place::of(source, app, &ring), LIFETIME, now).map(drop)
    }

    /// Tries a code: counts the try, then compares. However many try at once, no more are compared in a day than
    /// [`crate::code::sms`] says.
    ///
    /// # Errors
    /// [`NotProven`]
    pub async fn guess_sms_code(&self, guess: &SmsGuess<'_>, code: &Code) -> Result<SmsProof, NotProven> {
        let SmsGuess { app, phone, source, purpose, now } = *guess;
        let ring = self.ring(now).await?;
        let (key, place) = (Key::sms(app, phone, &ring), Place::of(source, app, &ring));
        let CodeTry { stored, places } = self.count_code_try(&key, &place, LIFETIME, now).await?;
        let digest = sms::digest(code, app, phone, purpose, &ring);
        let proof = SmsProof { phone: phone.clone(), digest, places };
        if stored == proof.digest { Ok(proof) } else { Err(NotProven::Wrong) }
    }

    /// Counts a try of the code on a record, which is good for `lifetime`, before it is compared.
    pub(super) async fn count_code_try(
        &self,
        key: &Key,
        place: &Place,
        lifetime: Seconds,
        now: Timestamp,
    ) -> Result<CodeTry, NotProven> {
        // The first try of a day, by whoever asked for the code, is the rule and takes one write.
        let mut counting = Counting { standing: Standing::Asker, first: true };
        let nonce = Nonce::draw(&self.random);
        for _ in 0..LOOKS {
            let found = match self.send_update(counted(self.update(key), counting, place, &nonce, now)).await? {
                Ok(item) => return code_try(&item, place),
                Err(FailedCondition(found)) => found,
            };
            if let Some(item) = found.as_ref().filter(|item| is_counted_by(item, &nonce)) {
                return code_try(item, place);
            }
            counting = may_guess(found.as_ref(), place, lifetime, now)?;
        }
        Err(NotProven::Expired)
    }
}

fn code_try(item: &Attributes, place: &Place) -> Result<CodeTry, NotProven> {
    let stored = CodeDigest::stored(Reader::new("code", item).text("code")?.to_owned());
    Ok(CodeTry { stored, places: read_record(item)?.places_with(place) })
}

/// Counts a try, on conditions that hold for one of its standing alone. It is counted once: the SDK repeats a write whose answer is
/// lost, and a person would lose up to three tries of five for one.
fn counted(
    update: UpdateItemFluentBuilder,
    Counting { standing, first }: Counting,
    place: &Place,
    nonce: &Nonce,
    now: Timestamp,
) -> UpdateItemFluentBuilder {
    let update = update
        .expression_attribute_values(":nonce", text(nonce.as_str()))
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":now", time(now))
        .expression_attribute_values(":stale", time(now.minus(GUESS_WINDOW)))
        .return_values(ReturnValue::AllNew);
    let is_of_place = match standing {
        Standing::Known => "contains(places, :place)",
        Standing::Asker => "(asked_from = :place OR contains(places, :place))",
        Standing::Stranger => "attribute_exists(code)",
    };
    let update = match standing {
        Standing::Stranger => update,
        Standing::Known | Standing::Asker => update.expression_attribute_values(":place", text(place.to_string())),
    };
    if first {
        let of_place = match standing {
            Standing::Stranger => HashMap::new(),
            Standing::Known | Standing::Asker => HashMap::from([(place.to_string(), number(1))]),
        };
        let strangers = number(u32::from(standing == Standing::Stranger));
        return update
            .update_expression(
                "SET tried_by = :nonce, guesses = :one, guessing_since = :now, tries = :of_place, strangers = :strangers",
            )
            // Of a release that counted all places together, `tries` is missing.
            .condition_expression(format!(
                "{ALIVE} AND {NOT_COUNTED} AND {is_of_place} AND (attribute_not_exists(guessing_since) OR guessing_since <= :stale OR \
                 attribute_not_exists(tries))"
            ))
            .expression_attribute_values(":of_place", AttributeValue::M(of_place))
            .expression_attribute_values(":strangers", strangers);
    }
    let update = update.expression_attribute_values(":cap", number(GUESSES));
    let (adds, own) = match standing {
        Standing::Stranger => ("strangers :one", "strangers < :cap"),
        Standing::Known | Standing::Asker => {
            ("tries.#place :one", "(attribute_not_exists(tries.#place) OR tries.#place < :cap)")
        }
    };
    let update = match standing {
        Standing::Stranger => update,
        Standing::Known | Standing::Asker => update.expression_attribute_names("#place", place.to_string()),
    };
    let (in_all, update) = match standing {
        Standing::Known => ("", update),
        Standing::Asker | Standing::Stranger => {
            (" AND guesses < :in_all", update.expression_attribute_values(":in_all", number(GUESSES_IN_ALL)))
        }
    };
    update.update_expression(format!("SET tried_by = :nonce ADD guesses :one, {adds}")).condition_expression(format!(
        "{ALIVE} AND {NOT_COUNTED} AND {is_of_place} AND guessing_since > :stale AND attribute_exists(tries) AND {own}{in_all}"
    ))
}

/// How a try is counted that a record refused for a reason that another write does not meet.
fn may_guess(
    found: Option<&Attributes>,
    place: &Place,
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
    let standing = record.standing(place);
    if now >= expires || record.guesses.rest(place, standing, now).is_some() {
        return Err(NotProven::Expired);
    }
    let first = !record.guesses.are_current(now) || !attributes.contains_key("tries");
    Ok(Counting { standing, first })
}
