//! Items, read and written by typed attributes.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::clock::Timestamp;
use crate::store::error::StoreError;
use crate::store::keys::Key;

/// An item's attributes.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// A number, as DynamoDB takes it.
pub(super) fn number(value: impl ToString + Copy) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A moment, as Unix seconds.
pub(super) fn time(value: Timestamp) -> AttributeValue {
    number(value.unix())
}

/// A string.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// Bytes.
pub(super) fn bytes(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value.into()))
}

/// The key's two attributes.
pub(super) fn key(key: &Key) -> Attributes {
    Attributes::from([("pk".to_owned(), text(&key.pk)), ("sk".to_owned(), text(&key.sk))])
}

/// A map or item being written. Absent values leave no attribute.
#[derive(Debug, Default)]
pub(super) struct Writer(Attributes);

impl Writer {
    pub(super) fn at(at: &Key) -> Self {
        Self(key(at))
    }

    pub(super) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(super) fn maybe(self, name: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn done(self) -> Attributes {
        self.0
    }

    pub(super) fn into_map(self) -> AttributeValue {
        AttributeValue::M(self.0)
    }
}

/// A map or item being read. Attributes that this release does not know are passed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    entity: &'static str,
    attributes: &'a Attributes,
}

impl<'a> Reader<'a> {
    /// Reads `attributes` as an item of `entity`, the name that an error will give.
    pub(super) const fn new(entity: &'static str, attributes: &'a Attributes) -> Self {
        Self { entity, attributes }
    }

    pub(super) const fn corrupt(&self, attribute: &'static str) -> StoreError {
        StoreError::Corrupt { entity: self.entity, attribute }
    }

    /// The attribute as `parse` makes it; `None` where there is none.
    fn optional<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&'a AttributeValue) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        self.attributes.get(name).map(|value| parse(value).ok_or_else(|| self.corrupt(name))).transpose()
    }

    fn required<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&'a AttributeValue) -> Option<T>,
    ) -> Result<T, StoreError> {
        self.optional(name, parse)?.ok_or_else(|| self.corrupt(name))
    }

    pub(super) fn text(&self, name: &'static str) -> Result<&'a str, StoreError> {
        self.required(name, as_text)
    }

    pub(super) fn maybe_text(&self, name: &'static str) -> Result<Option<&'a str>, StoreError> {
        self.optional(name, as_text)
    }

    /// Text that a domain type parses.
    pub(super) fn parsed<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, StoreError> {
        self.required(name, |value| as_text(value)?.parse().ok())
    }

    pub(super) fn maybe_parsed<T: std::str::FromStr>(&self, name: &'static str) -> Result<Option<T>, StoreError> {
        self.optional(name, |value| as_text(value)?.parse().ok())
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, StoreError> {
        self.required(name, |value| value.as_n().ok()?.parse().ok())
    }

    pub(super) fn maybe_number<T: std::str::FromStr>(&self, name: &'static str) -> Result<Option<T>, StoreError> {
        self.optional(name, |value| value.as_n().ok()?.parse().ok())
    }

    pub(super) fn time(&self, name: &'static str) -> Result<Timestamp, StoreError> {
        self.number(name).map(Timestamp::from_unix)
    }

    pub(super) fn maybe_time(&self, name: &'static str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.maybe_number(name)?.map(Timestamp::from_unix))
    }

    /// The moments in a list; none where there is no list.
    pub(super) fn times(&self, name: &'static str) -> Result<Vec<Timestamp>, StoreError> {
        let parse = |value: &'a AttributeValue| {
            let moment = |element: &AttributeValue| element.as_n().ok()?.parse().ok().map(Timestamp::from_unix);
            value.as_l().ok()?.iter().map(moment).collect::<Option<Vec<_>>>()
        };
        Ok(self.optional(name, parse)?.unwrap_or_default())
    }

    pub(super) fn bytes(&self, name: &'static str) -> Result<&'a [u8], StoreError> {
        self.required(name, |value| value.as_b().ok().map(AsRef::as_ref))
    }

    pub(super) fn maybe_bytes(&self, name: &'static str) -> Result<Option<&'a [u8]>, StoreError> {
        self.optional(name, |value| value.as_b().ok().map(AsRef::as_ref))
    }

    /// A set of strings; DynamoDB has no empty one.
    pub(super) fn string_set(&self, name: &'static str) -> Result<Vec<String>, StoreError> {
        Ok(self.optional(name, |value| value.as_ss().ok().cloned())?.unwrap_or_default())
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<bool, StoreError> {
        Ok(self.maybe_flag(name)?.unwrap_or(false))
    }

    pub(super) fn maybe_flag(&self, name: &'static str) -> Result<Option<bool>, StoreError> {
        self.optional(name, |value| value.as_bool().ok().copied())
    }

    /// A map.
    pub(super) fn maybe_map(&self, name: &'static str) -> Result<Option<Self>, StoreError> {
        let map = self.optional(name, |value| value.as_m().ok())?;
        Ok(map.map(|attributes| Reader { attributes, ..*self }))
    }

    /// The maps in a list.
    pub(super) fn list(&self, name: &'static str) -> Result<Vec<Self>, StoreError> {
        if self.attributes.contains_key(name) { self.maybe_list(name) } else { Err(self.corrupt(name)) }
    }

    /// The maps in a list; none where there is no list.
    pub(super) fn maybe_list(&self, name: &'static str) -> Result<Vec<Self>, StoreError> {
        let maps = self.optional(name, |value| {
            value.as_l().ok()?.iter().map(|element| element.as_m().ok()).collect::<Option<Vec<_>>>()
        })?;
        Ok(maps.into_iter().flatten().map(|attributes| Reader { attributes, ..*self }).collect())
    }

    /// The maps in a map, by name.
    pub(super) fn entries(&self, name: &'static str) -> Result<Vec<(&'a str, Self)>, StoreError> {
        let maps = self.required(name, |value| value.as_m().ok())?;
        maps.iter()
            .map(|(key, value)| {
                let attributes = value.as_m().map_err(|_| self.corrupt(name))?;
                Ok((key.as_str(), Reader { attributes, ..*self }))
            })
            .collect()
    }

    /// The moments in a map, by name; none where there is no map.
    pub(super) fn moments(&self, name: &'static str) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let Some(map) = self.optional(name, |value| value.as_m().ok())? else { return Ok(Vec::new()) };
        let moment = |value: &AttributeValue| value.as_n().ok()?.parse().ok().map(Timestamp::from_unix);
        map.iter().map(|(key, value)| Ok((key.clone(), moment(value).ok_or_else(|| self.corrupt(name))?))).collect()
    }

    /// The strings in a map, by name; none where there is no map.
    pub(super) fn texts(&self, name: &'static str) -> Result<BTreeMap<String, String>, StoreError> {
        let parse = |value: &'a AttributeValue| {
            let map = value.as_m().ok()?.iter();
            map.map(|(key, value)| Some((key.clone(), as_text(value)?.to_owned()))).collect::<Option<_>>()
        };
        Ok(self.optional(name, parse)?.unwrap_or_default())
    }

    /// Whether there is an attribute of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    /// The strings in a set; none where there is no set.
    pub(super) fn set(&self, name: &'static str) -> Result<&'a [String], StoreError> {
        Ok(self.optional(name, |value| value.as_ss().ok().map(Vec::as_slice))?.unwrap_or_default())
    }

    pub(super) fn strings(&self, name: &'static str) -> Result<Vec<String>, StoreError> {
        let parse = |value: &'a AttributeValue| {
            value.as_l().ok()?.iter().map(|element| as_text(element).map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        Ok(self.optional(name, parse)?.unwrap_or_default())
    }
}

fn as_text(value: &AttributeValue) -> Option<&str> {
    value.as_s().ok().map(String::as_str)
}
