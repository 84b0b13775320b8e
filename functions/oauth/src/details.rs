//! `authorization_details` (RFC 9396), of the one type that there is.

use serde_json::{Value, json};
use shared::oauth::grant::{Grant, NotNarrowed};

/// The one type.
pub(crate) const TYPE: &str = "memento";

/// What a request says that cannot be taken: RFC 9396 §5's error.
pub(crate) const ERROR: &str = "invalid_authorization_details";

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The mementos that it names.
    pub named: Vec<String>,
    /// Whether it also asks for mementos without naming them: those that the user picks or picked.
    pub unnamed: bool,
}

/// Why they cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotDetails(pub(crate) &'static str);

impl From<NotNarrowed> for NotDetails {
    fn from(error: NotNarrowed) -> Self {
        const { assert!(Grant::MOST_NARROWED == 32, "the words of `TooMany` name the number") };
        Self(match error {
            NotNarrowed::NotGranted => "The authorization_details name what was not granted.",
            NotNarrowed::TooMany => "The authorization_details name more than 32 mementos.",
        })
    }
}

impl Details {
    /// Reads the parameter.
    pub(crate) fn read(text: &str) -> Result<Self, NotDetails> {
        let wrong = NotDetails("The authorization_details are a list of objects.");
        let list: Vec<Value> = serde_json::from_str(text).map_err(|_| wrong)?;
        let mut read = Self::default();
        for detail in &list {
            let members = detail.as_object().ok_or(wrong)?;
            if members.get("type").and_then(Value::as_str) != Some(TYPE) {
                return Err(NotDetails("The one type is memento."));
            }
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("type", _) => {}
                    ("identifier", Value::String(id)) => read.named.push(id.clone()),
                    ("actions", Value::Array(actions)) if actions.iter().all(|action| action == "read") => {}
                    _ => return Err(NotDetails("A memento has an identifier and the action read.")),
                }
            }
            read.unnamed |= !members.contains_key("identifier");
        }
        Ok(read)
    }
}

/// What a grant holds, said this way (RFC 9396 §2).
pub(crate) fn of(grant: &Grant) -> Value {
    let detail = |id: &_| json!({"type": TYPE, "identifier": format!("{id}"), "actions": ["read"]});
    grant.mementos.iter().map(detail).collect()
}

#[cfg(test)]
mod tests {
    use super::{Details, NotDetails};

    #[test]
    fn details_of_mementos_are_read_and_of_nothing_else() {
        for (text, named, unnamed) in [
            ("[]", vec![], false),
            (r#"[{"type":"memento"}]"#, vec![], true),
            (
                r#"[{"type":"memento","identifier":"a","actions":["read"]},{"type":"memento","identifier":"b"}]"#,
                vec!["a", "b"],
                false,
            ),
        ] {
            let named = named.into_iter().map(str::to_owned).collect();
            assert_eq!(Details::read(text), Ok(Details { named, unnamed }), "{text}");
        }
        for text in [
            "",
            "{}",
            "[1]",
            "[{}]",
            r#"[{"type":"payment"}]"#,
            r#"[{"type":"memento"},{"type":"x"}]"#,
            r#"[{"type":"memento","actions":["write"]}]"#,
            r#"[{"type":"memento","identifier":1}]"#,
            r#"[{"type":"memento","privileges":["admin"]}]"#,
        ] {
            assert!(matches!(Details::read(text), Err(NotDetails(_))), "{text}");
        }
    }
}
