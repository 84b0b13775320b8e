//! JSON bodies: an object whose members are looked at one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// The members of a JSON object that an operation reads.
///
/// A name that stands twice is refused, because two parsers on the way could read two different requests. A NUL in a string is
/// refused, because much software ends the text there. Other members are ignored. Among parameters of OAuth they may repeat.
pub struct Fields(BTreeMap<String, Value>);

/// The body is not a JSON object, or one that could be misread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The names alone: values may be passwords, codes and tokens.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Fields {
    /// Reads the members of these names, whatever the body's content type says: the clients of the dialects were never held
    /// to it.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn parse(body: &[u8], names: &[&str]) -> Result<Self, Malformed> {
        Self::matching(body, Members { names, is: str::eq, ignores_repeats: false })
    }

    /// Reads the parameters of these names, where a parameter that is not known is ignored, however often it comes
    /// (RFC 6749 §3.2, RFC 8707 §2).
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn parse_parameters(body: &[u8], names: &[&str]) -> Result<Self, Malformed> {
        Self::matching(body, Members { names, is: str::eq, ignores_repeats: true })
    }

    /// Reads them without regard to case, for a dialect whose names match so. They are found by the names given here.
    ///
    /// # Errors
    /// [`Malformed`], also when two names differ in case only.
    pub fn parse_in_any_case(body: &[u8], names: &[&str]) -> Result<Self, Malformed> {
        Self::matching(body, Members { names, is: str::eq_ignore_ascii_case, ignores_repeats: false })
    }

    fn matching(body: &[u8], members: Members<'_>) -> Result<Self, Malformed> {
        let mut json = serde_json::Deserializer::from_slice(body);
        let fields = members.deserialize(&mut json).map_err(|_| Malformed)?;
        json.end().map_err(|_| Malformed)?;
        Ok(fields)
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

/// The members to keep.
#[derive(Clone, Copy)]
struct Members<'a> {
    names: &'a [&'a str],
    is: fn(&str, &str) -> bool,
    /// Whether a member that is not kept may come twice.
    ignores_repeats: bool,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = Fields;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Fields, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let (mut fields, mut others) = (BTreeMap::new(), BTreeSet::new());
        // A member that is not read is parsed all the same: the body has to be JSON to its end.
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            let known = self.names.iter().find(|known| (self.is)(known, &name));
            if known.is_none() && self.ignores_repeats {
                continue;
            }
            if value.as_str().is_some_and(|text| text.contains('\0')) {
                return Err(A::Error::custom("NUL"));
            }
            let comes_again = match known {
                Some(known) => fields.insert((*known).to_owned(), value).is_some(),
                None => !others.insert(name),
            };
            if comes_again {
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
            assert!(Fields::parse(body.as_bytes(), &["a"]).is_err(), "{body:.60}");
        }
        assert!(Fields::parse(b"{\"a\":\"\xff\"}", &["a"]).is_err());
    }

    #[test]
    fn a_parameter_that_is_not_read_may_come_twice_and_another_member_may_not() {
        let body = br#"{"utm":1,"a":"x","utm":2,"A":"y"}"#;
        let fields = Fields::parse_parameters(body, &["a", "b"]).expect("an object");
        assert_eq!(fields.members().map(|(name, _)| name).collect::<Vec<_>>(), ["a"]);
        assert!(Fields::parse_parameters(body, &["a", "utm"]).is_err());
        assert!(Fields::parse(body, &["a", "b"]).is_err());
        assert!(Fields::parse(br#"{"a":"x","nul":"\u0000"}"#, &["a"]).is_err());
        assert!(Fields::parse(br#"{"a":1,"b":}"#, &["a"]).is_err(), "the body is not JSON");
    }

    #[test]
    fn names_may_match_without_regard_to_case_and_not_twice() {
        let fields = |body: &str| Fields::parse_in_any_case(body.as_bytes(), &["username"]);
        assert_eq!(fields(r#"{"UserName":"x"}"#).expect("one name").text("username"), Some("x"));
        assert!(fields(r#"{"UserName":"x","username":"y"}"#).is_err());
    }

    #[test]
    fn a_body_prints_its_names_and_no_value() {
        let fields =
            Fields::parse(br#"{"login":"ada","password":"hunter2"}"#, &["login", "password"]).expect("an object");
        assert_eq!(format!("{fields:?}"), r#"{"login", "password"}"#);
    }

    #[test]
    fn null_and_the_empty_string_are_not_given() {
        let fields = Fields::parse(br#"{"a":"x","b":1,"c":null,"d":""}"#, &["a", "b", "c", "d"]).expect("an object");
        assert_eq!(["a", "b", "c", "d", "e"].map(|name| fields.given(name)), [true, true, false, false, false]);
    }

    #[test]
    fn a_member_of_another_type_is_no_text() {
        let fields = Fields::parse(br#"{"a":"x","b":1,"c":null,"d":["x"]}"#, &["a", "b", "c", "d"]).expect("an object");
        assert_eq!(
            [fields.text("a"), fields.text("b"), fields.text("c"), fields.text("d")],
            [Some("x"), None, None, None]
        );
    }
}
