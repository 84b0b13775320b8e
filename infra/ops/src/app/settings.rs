//! What is set of an app, for people to read.

use serde_json::Value;
use shared::app::App;

use super::describe;

/// What other lines say already.
const ELSEWHERE: [&str; 5] = ["id", "name", "disabled", "algorithm", "secrets"];

/// A line for each setting: its name in JSON, with hyphens, and its value. None for what is off or empty.
pub(super) fn lines(app: &App) -> Vec<String> {
    let described = describe(app);
    let settings = described.as_object().into_iter().flatten();
    let told = settings.filter(|(name, value)| is_set(value) && !ELSEWHERE.contains(&name.as_str()));
    told.map(|(name, value)| format!("{:<18} {value}", name.replace('_', "-"))).collect()
}

fn is_set(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(values) => values.values().any(is_set),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_set;

    #[test]
    fn what_is_off_or_empty_is_no_setting() {
        for off in [json!(null), json!(false), json!(""), json!([]), json!({"logo": null, "accent": ""})] {
            assert!(!is_set(&off), "{off}");
        }
        for on in [json!(true), json!("zh"), json!(["CN"]), json!({"logo": null, "accent": "#0a7"}), json!(0)] {
            assert!(is_set(&on), "{on}");
        }
    }
}
