//! The attributes of a code's record, of a phone or of a mail address.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::clock::Timestamp;
use crate::code::digits::CodeDigest;
use crate::code::sms::{CODES, CodeRecord, Guesses};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, text, time};
use crate::user::lockout::Place;

/// The quotas of places, by place: [`crate::code::sms::Guesses::of_place`].
pub(super) const OF_PLACE: &str = "tried_from";
/// That of strangers.
pub(super) const OF_STRANGERS: &str = "strangers_full_at";
/// That of all who are not known.
pub(super) const IN_ALL: &str = "tries_full_at";

pub(super) fn read_record(attributes: &Attributes) -> Result<CodeRecord, StoreError> {
    let item = Reader::new("code", attributes);
    let issued = item.times("issued")?;
    // A release before quotas refilled left no other trace of what was used up.
    let counted = issued.iter().fold(None, |full_at, at| CODES.take(full_at, *at).ok().or(full_at));
    Ok(CodeRecord {
        revision: item.maybe_text("issued_by")?.map(str::to_owned),
        full_at: item.maybe_time("full_at")?.or(counted),
        known_full_at: item.maybe_time("known_full_at")?,
        issued,
        cooling_until: item.maybe_time("cooling_until")?,
        asked_from: item.maybe_text("asked_from")?.map(|place| Place::from_hash(place.to_owned())),
        asked_at_home: item.flag("asked_at_home")?,
        places: item.strings("places")?.into_iter().map(Place::from_hash).collect(),
        guesses: read_guesses(&item)?,
        tried_by: item.maybe_text("tried_by")?.map(str::to_owned),
        replaced: None,
    })
}

/// The condition that a record is still as it was `seen`. Where counts of tries are forgotten, no try was counted since either: what it
/// took must not be forgotten with them.
pub(super) fn if_as_seen(update: UpdateItemInputBuilder, seen: &CodeRecord, now: Timestamp) -> UpdateItemInputBuilder {
    let Some(revision) = &seen.revision else { return update.condition_expression("attribute_not_exists(issued_by)") };
    let update = update.expression_attribute_values(":seen", text(revision));
    if !seen.guesses.are_over(now) && seen.guesses.rested(now).next().is_none() {
        return update.condition_expression("issued_by = :seen");
    }
    // A success meanwhile has removed the counts, and what is in nothing cannot be removed.
    let condition = format!("issued_by = :seen AND attribute_exists({OF_PLACE})");
    match &seen.tried_by {
        None => update.condition_expression(format!("{condition} AND attribute_not_exists(tried_by)")),
        Some(tried) => update
            .condition_expression(format!("{condition} AND tried_by = :tried"))
            .expression_attribute_values(":tried", text(tried)),
    }
}

/// The code in the item that was not spent, and when it expires.
pub(super) fn read_live(attributes: &Attributes) -> Result<Option<(CodeDigest, Timestamp)>, StoreError> {
    let item = Reader::new("code", attributes);
    if item.maybe_text("spent_by")?.is_some() {
        return Ok(None);
    }
    let code = item.maybe_text("code")?.map(|code| CodeDigest::stored(code.to_owned()));
    Ok(code.zip(item.maybe_time("good_until")?.or(item.maybe_time("expires")?)))
}

fn read_guesses(item: &Reader<'_>) -> Result<Guesses, StoreError> {
    Ok(Guesses {
        in_all: item.maybe_time(IN_ALL)?,
        of_strangers: item.maybe_time(OF_STRANGERS)?,
        of_place: item.moments(OF_PLACE)?.into_iter().map(|(place, at)| (Place::from_hash(place), at)).collect(),
    })
}

pub(super) fn times(times: &[Timestamp]) -> AttributeValue {
    AttributeValue::L(times.iter().copied().map(time).collect())
}
