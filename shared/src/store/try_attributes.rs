//! The attributes that tries of passwords are counted in, of an identity or of a counter.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::clock::Timestamp;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, text};
use crate::user::lockout::{self, Count, Place, Tries};

/// The prefix of the attributes of open tries: `t<beginning of the slot>.<place>`.
pub(super) const OPEN: char = 't';
/// The prefix of the failures' attributes: `f<second>.<place>`.
pub(super) const FAILED: char = 'f';
/// What the attributes that say until when strangers rest begin with.
const REST: &str = "rest_";

/// The attribute in which a try of that moment is counted.
pub(super) fn try_name(kind: char, at: Timestamp, place: &Place) -> String {
    let at = if kind == OPEN { lockout::slot(at) } else { at };
    format!("{kind}{}.{place}", at.unix())
}

pub(super) fn name_of(kind: char, count: &Count) -> String {
    try_name(kind, count.at, &count.place)
}

/// The attributes to remove because they no longer count; none until there are some.
pub(super) fn swept(tries: &Tries, now: Timestamp) -> Vec<String> {
    if !tries.is_cluttered(now) {
        return Vec::new();
    }
    let open = tries.stale_open(now).map(|count| name_of(OPEN, count));
    open.chain(tries.stale_failed(now).map(|count| name_of(FAILED, count))).collect()
}

pub(super) fn rest_name(cap: u32) -> String {
    format!("{REST}{cap}")
}

/// The places from which somebody has signed in.
pub(super) fn write_places(places: &[Place]) -> AttributeValue {
    AttributeValue::L(places.iter().map(|place| text(place.to_string())).collect())
}

/// The tries that an identity or a counter holds.
pub(super) fn read_tries(item: &Reader<'_>, attributes: &Attributes) -> Result<Tries, StoreError> {
    let number_in = |value: &AttributeValue| value.as_n().ok()?.parse::<i64>().ok();
    let count = |kind: char, (name, value): (&String, &AttributeValue)| {
        let (at, place) = name.strip_prefix(kind)?.split_once('.')?;
        Some(Count {
            at: Timestamp::from_unix(at.parse().ok()?),
            place: Place::from_hash(place.to_owned()),
            count: u32::try_from(number_in(value)?.max(0)).ok()?,
        })
    };
    let rest = |(name, value): (&String, &AttributeValue)| {
        Some((name.strip_prefix(REST)?.parse().ok()?, Timestamp::from_unix(number_in(value)?)))
    };
    let in_all: i64 = item.maybe_number("tries")?.unwrap_or_default();
    Ok(Tries {
        open: attributes.iter().filter_map(|attribute| count(OPEN, attribute)).collect(),
        failed: attributes.iter().filter_map(|attribute| count(FAILED, attribute)).collect(),
        rests: attributes.iter().filter_map(rest).collect(),
        in_all: u32::try_from(in_all.max(0)).unwrap_or(u32::MAX),
        since: item.maybe_time("tries_since")?,
        forgiven: item.maybe_time("forgiven")?,
        places: item.strings("places")?.into_iter().map(Place::from_hash).collect(),
    })
}
