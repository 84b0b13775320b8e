//! `application/x-www-form-urlencoded`: bodies of forms, and queries.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use shared::secret::Secret;

use crate::fields::Malformed;

/// The pairs of a form, in their order.
///
/// A pair that is not UTF-8 or holds a NUL is kept as one that cannot be read, so that the reader of its name is told.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, Option<String>)>);

/// The names alone: values may be passwords, codes and tokens.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Form {
    /// Reads a body or a query.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name).unwrap_or_default(), decode(value))
        });
        Self(pairs.collect())
    }

    /// The value of a name that may come once. An empty value counts as missing (RFC 6749 §3.1).
    ///
    /// # Errors
    /// [`Malformed`] when the name comes twice, or its value cannot be read.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Malformed> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        let value = values.next();
        if values.next().is_some() {
            return Err(Malformed);
        }
        match value {
            None => Ok(None),
            Some(value) => value.as_deref().ok_or(Malformed).map(|value| Some(value).filter(|value| !value.is_empty())),
        }
    }

    /// The same of a value that is a secret; empty where there is none, or more than one.
    #[must_use]
    pub fn secret(&self, name: &str) -> Secret<String> {
        Secret::new(self.one(name).ok().flatten().unwrap_or_default().to_owned())
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).filter_map(|(_, value)| value.as_deref())
    }

    /// The pairs that can be read, in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    }

    /// Whether one of these names comes twice, or has a value that cannot be read.
    #[must_use]
    pub fn is_ambiguous(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.one(name).is_err())
    }
}

fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().ok()?;
    (!decoded.contains('\0')).then(|| decoded.into_owned())
}

/// What needs no encoding in any part of a URL (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value as it stands in a query.
#[must_use]
pub fn encode(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// A query of these pairs.
#[must_use]
pub fn query(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::{Form, encode, query};
    use crate::fields::Malformed;

    #[test]
    fn pairs_are_decoded_as_browsers_encode_them() {
        let form = Form::read("a=1+2%2B3&b=%E4%BD%A0&&c&d=x=y".as_bytes());
        assert_eq!(form.one("a"), Ok(Some("1 2+3")));
        assert_eq!(form.one("b"), Ok(Some("你")));
        assert_eq!((form.one("c"), form.one("e")), (Ok(None), Ok(None)));
        assert_eq!(form.one("d"), Ok(Some("x=y")));
    }

    #[test]
    fn what_comes_twice_or_cannot_be_read_is_no_single_value() {
        for text in ["a=1&a=2", "a=1&a=1", "a=&a=1", "a=%ff", "a=%00", "%61=1&a=1"] {
            let form = Form::read(text.as_bytes());
            assert_eq!(form.one("a"), Err(Malformed), "{text}");
            assert!(form.is_ambiguous(&["b", "a"]), "{text}");
            assert!(!form.is_ambiguous(&["b"]), "{text}");
        }
        assert!(!Form::read(b"a=1&b=1").is_ambiguous(&["a", "b"]));
        assert_eq!(Form::read(b"a=1&b=x&a=2").all("a").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn a_form_prints_its_names_and_no_value() {
        let form = Form::read(b"login=ada&password=hunter2");
        assert_eq!(format!("{form:?}"), r#"{"login", "password"}"#);
    }

    #[test]
    fn whatever_is_encoded_reads_back() {
        for value in ["", "a b", "ü&=#?/%+", "\u{1F600}\r\n", "~-._"] {
            let text = query(&[("v", value), ("w", "1")]);
            let form = Form::read(text.as_bytes());
            assert_eq!(form.all("v").collect::<Vec<_>>(), [value], "{text}");
        }
        assert_eq!(encode("a b/ü~"), "a%20b%2F%C3%BC~");
    }
}
