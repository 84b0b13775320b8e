//! `authorization_details` (RFC 9396), of the one type that there is.

use serde::Deserialize;
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

/// One of them as it comes. Members that nobody knows, or that come twice, are an error (RFC 9396 §5).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail {
    identifier: Option<String>,
    actions: Option<Vec<String>>,
    #[serde(rename = "type")]
    _kind: String,
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
        let list: Vec<Value> = serde_json::from_str(text)
            .map_err(|_| NotDetails("The authorization_details must be a JSON array of objects."))?;
        if list.iter().any(|detail| detail.get("type").and_then(Value::as_str) != Some(TYPE)) {
            return Err(NotDetails("The type must be memento."));
        }
        // From the text again: a tree has forgotten what came twice.
        let wrong = NotDetails("Each memento must have an identifier and the action read.");
        let list: Vec<Detail> = serde_json::from_str(text).map_err(|_| wrong)?;
        let mut read = Self::default();
        for Detail { identifier, actions, .. } in list {
            if !actions.unwrap_or_default().iter().all(|action| action == "read") {
                return Err(wrong);
            }
            read.unnamed |= identifier.is_none();
            read.named.extend(identifier);
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
            r#"[{"type":"memento","identifier":"a","identifier":"b"}]"#,
            r#"[{"type":"memento","type":"memento"}]"#,
        ] {
            assert!(matches!(Details::read(text), Err(NotDetails(_))), "{text}");
        }
    }
}
