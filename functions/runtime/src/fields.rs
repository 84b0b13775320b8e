//! JSON bodies: an object whose members are looked at one by one.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// The members of a JSON object.
///
/// A name that stands twice is refused: two parsers on the way would see two different requests. So is a NUL in a
/// member that is a string: it ends the text in half of all software.
pub struct Fields(BTreeMap<String, Value>);

/// The body is no JSON object, or one that could be misread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The names alone: values may be passwords, codes and tokens.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Fields {
    /// Reads a body, whatever its content type says: the clients of the dialects were never held to it.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        serde_json::from_slice(body).map_err(|_| Malformed)
    }

    /// The members with their names in lower case, for a dialect whose names match without regard to case.
    ///
    /// # Errors
    /// [`Malformed`] when two names differ in case only.
    pub fn fold_case(self) -> Result<Self, Malformed> {
        let members = self.0.len();
        let folded: BTreeMap<_, _> =
            self.0.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        (folded.len() == members).then_some(Self(folded)).ok_or(Malformed)
    }

    /// Whether a member says anything: `null` and the empty string, which forms send for what was not filled in, do not.
    #[must_use]
    pub fn given(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// A member as it is.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The members.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A member that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if value.as_str().is_some_and(|text| text.contains('\0')) {
                return Err(A::Error::custom("NUL"));
            }
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a name twice"));
            }
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn what_is_no_unambiguous_object_is_malformed() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
        for body in [
            "",
            " ",
            "null",
            "[]",
            "1",
            "\"a\"",
            "{",
            "{}x",
            r#"{"a":1,"a":2}"#,
            r#"{"a":"\u0000"}"#,
            r#"{"a":"\ud800"}"#,
            "{'a':1}",
            "\u{feff}{}",
            &deep,
        ] {
            assert!(Fields::parse(body.as_bytes()).is_err(), "{body:.60}");
        }
        assert!(Fields::parse(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn names_may_match_without_regard_to_case_and_not_twice() {
        let fields = |body: &str| Fields::parse(body.as_bytes()).expect("an object").fold_case();
        assert_eq!(fields(r#"{"UserName":"x"}"#).expect("one name").text("username"), Some("x"));
        assert!(fields(r#"{"UserName":"x","username":"y"}"#).is_err());
    }

    #[test]
    fn a_body_prints_its_names_and_no_value() {
        let fields = Fields::parse(br#"{"login":"ada","password":"hunter2"}"#).expect("an object");
        assert_eq!(format!("{fields:?}"), r#"{"login", "password"}"#);
    }

    #[test]
    fn null_and_the_empty_string_are_not_given() {
        let fields = Fields::parse(br#"{"a":"x","b":1,"c":null,"d":""}"#).expect("an object");
        assert_eq!(["a", "b", "c", "d", "e"].map(|name| fields.given(name)), [true, true, false, false, false]);
    }

    #[test]
    fn a_member_of_another_type_is_no_text() {
        let fields = Fields::parse(br#"{"a":"x","b":1,"c":null,"d":["x"]}"#).expect("an object");
        assert_eq!(
            [fields.text("a"), fields.text("b"), fields.text("c"), fields.text("d")],
            [Some("x"), None, None, None]
        );
    }
}
