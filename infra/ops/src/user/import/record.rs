//! A line of a file: fields by name, of JSON or of CSV, which has nothing but text.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde_json::{Map, Value};
use shared::clock::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Products write base64 with and without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Unix times from here on are in milliseconds: in seconds it would be the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// What is given for a moment is none that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotATime;

/// What a line says of a user.
#[derive(Debug)]
pub(super) struct Record(pub(super) Map<String, Value>);

impl Record {
    /// A text, or a number as one. An empty text is none: CSV has no other way to say so.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.0.get(name)? {
            Value::String(text) if !text.trim().is_empty() => Some(Cow::Borrowed(text.trim())),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// The text, to keep.
    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(Cow::into_owned)
    }

    /// Whether a flag is set, in any of the spellings that databases and languages have.
    pub(super) fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            Some(Value::String(text)) => {
                matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "t" | "1" | "yes")
            }
            _ => false,
        }
    }

    /// The same of a flag that is set where it is not given.
    pub(super) fn flag_unless_given(&self, name: &str) -> bool {
        let given = self.0.get(name).is_some_and(|value| !value.is_null() && value.as_str() != Some(""));
        !given || self.flag(name)
    }

    /// A moment: RFC 3339, as `PostgreSQL` writes it, a day, or Unix seconds or milliseconds. `None`: nothing is given.
    pub(super) fn time(&self, name: &str) -> Option<Result<Timestamp, NotATime>> {
        match self.text(name) {
            Some(text) => Some(read_time(&text).ok_or(NotATime)),
            // An empty text is none, and an object or a list is no moment.
            None => {
                self.0.get(name).is_some_and(|value| !value.is_null() && !value.is_string()).then_some(Err(NotATime))
            }
        }
    }

    /// Bytes in base64, of either alphabet.
    pub(super) fn base64(&self, name: &str) -> Option<Vec<u8>> {
        decode(&self.text(name)?)
    }

    /// An object in a field, or in its text: a database's columns of JSON are text in CSV.
    pub(super) fn inner(&self, name: &str) -> Option<Self> {
        match self.0.get(name)? {
            Value::Object(fields) => Some(Self(fields.clone())),
            Value::String(text) => serde_json::from_str(text).ok().map(Self),
            _ => None,
        }
    }

    /// The objects in a list.
    pub(super) fn list(&self, name: &str) -> Vec<Self> {
        let elements = self.0.get(name).and_then(Value::as_array).into_iter().flatten();
        elements.filter_map(Value::as_object).map(|fields| Self(fields.clone())).collect()
    }

    /// The texts in a list.
    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// The first text of a list.
    pub(super) fn first(&self, name: &str) -> Option<String> {
        let first = self.0.get(name)?.as_array()?.first()?.as_str()?.trim();
        (!first.is_empty()).then(|| first.to_owned())
    }

    /// Whether a list, an object or a text is there and has something in it.
    pub(super) fn has(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::Object(fields)) => !fields.is_empty(),
            Some(Value::String(text)) => !matches!(text.trim(), "" | "{}" | "[]" | "null"),
            _ => false,
        }
    }
}

/// Bytes in base64, of either alphabet.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('-', "+").replace('_', "/")).ok()
}

/// Base64 as PHC has it.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// Bytes in hex, in letters of either case.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()
}

fn read_time(text: &str) -> Option<Timestamp> {
    if let Some(number) = read_number(text) {
        return Some(Timestamp::from_unix(if number < MILLISECONDS_FROM { number } else { number / 1000 }));
    }
    // `2024-05-01`, from the first moment of that day in UTC.
    if text.len() == "2024-05-01".len() {
        return read_rfc3339(&format!("{text}T00:00:00Z"));
    }
    // `2024-05-01 09:15:00.123+00` and `2024-05-01T09:15:00` are a suffix short of RFC 3339.
    let clock = text.get(10..)?;
    let suffix = match clock.rfind(['+', '-']).map(|at| clock.len() - at) {
        Some(3) => ":00",
        None if !text.ends_with(['Z', 'z']) => "Z",
        _ => "",
    };
    read_rfc3339(&format!("{text}{suffix}"))
}

fn read_rfc3339(text: &str) -> Option<Timestamp> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(Timestamp::from_unix(moment.unix_timestamp()))
}

/// A Unix time, without the decimals that the AWS CLI and Python's `time.time()` write.
fn read_number(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    decimals.bytes().all(|byte| byte.is_ascii_digit()).then(|| whole.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::{NotATime, Record, decode, read_time};

    #[test]
    fn a_moment_is_read_as_products_write_it() {
        for text in [
            "2026-11-21T09:15:00Z",
            "2026-11-21T09:15:00.123Z",
            "2026-11-21T10:15:00+01:00",
            "2026-11-21 09:15:00.123456+00",
            "2026-11-21 09:15:00",
            "1795252500",
            "1795252500123",
            "1795252500.123",
            "1795252500123.5",
        ] {
            assert_eq!(read_time(text).map(shared::clock::Timestamp::unix), Some(1_795_252_500), "{text}");
        }
        assert_eq!(read_time("2026-11-21").map(shared::clock::Timestamp::unix), Some(1_795_219_200));
        for text in
            ["", "yesterday", "21.11.2026", "11/21/2026", "2026-13-21", "2026-13-21T09:15:00Z", "1.2.3", "ünïcode xx"]
        {
            assert_eq!(read_time(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_that_is_not_given_is_not_one_that_cannot_be_read() {
        let record: Record =
            Record(serde_json::from_str(r#"{"a":null,"b":"","c":"soon","d":{},"e":true,"f":0.5}"#).expect("JSON"));
        assert_eq!(["a", "b", "z"].map(|name| record.time(name)), [None; 3]);
        assert_eq!(["c", "d", "e"].map(|name| record.time(name)), [Some(Err(NotATime)); 3]);
        assert_eq!(record.time("f").map(|time| time.map(shared::clock::Timestamp::unix)), Some(Ok(0)));
    }

    #[test]
    fn a_flag_is_read_as_products_write_it() {
        let record: Record = Record(
            serde_json::from_str(r#"{"a":true,"b":"True","c":"t","d":1,"e":"f","g":false,"h":""}"#).expect("JSON"),
        );
        assert_eq!(
            ["a", "b", "c", "d", "e", "g", "h", "i"].map(|name| record.flag(name)),
            [true, true, true, true, false, false, false, false]
        );
        assert_eq!(["e", "g", "h", "i"].map(|name| record.flag_unless_given(name)), [false, false, true, true]);
    }

    #[test]
    fn base64_is_read_in_both_alphabets_with_and_without_padding() {
        for text in ["+/8=", "+/8", "-_8=", "-_8"] {
            assert_eq!(decode(text), Some(vec![0xfb, 0xff]), "{text}");
        }
        assert_eq!(decode("a b"), None);
    }
}
