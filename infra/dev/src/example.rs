//! What somebody might send or be answered, made from a JSON schema: for the event files and for the OpenAPI document.

use serde_json::{Map, Value, json};

/// A body of this schema, or of its first alternative.
pub(crate) fn body(schema: &Value) -> Value {
    of("", schema)
}

/// A value of the member `name`.
fn of(name: &str, schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0).or_else(|| schema.get("const")) {
        return first.clone();
    }
    if let Some(first) = schema["anyOf"].get(0).or_else(|| schema["oneOf"].get(0)) {
        return of(name, first);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind {
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        Some("array") => schema.get("items").map_or_else(|| json!([]), |items| json!([of(name, items)])),
        Some("object") => members(schema),
        None if schema["properties"].is_object() => members(schema),
        _ => json!(text(name, schema)),
    }
}

fn members(schema: &Value) -> Value {
    let members = schema["properties"].as_object().into_iter().flatten();
    members.map(|(name, schema)| (name.clone(), of(name, schema))).collect::<Map<_, _>>().into()
}

fn text(name: &str, schema: &Value) -> String {
    let says = |member: &str, word: &str| schema[member].as_str().is_some_and(|text| text.contains(word));
    for (pattern, text) in [("{64}", "0".repeat(64)), ("{32}", "0".repeat(32)), ("{5}-", "ab1cd-2ef3g".to_owned())] {
        if says("pattern", pattern) {
            return text;
        }
    }
    if says("description", "JWT") {
        return "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl".to_owned();
    }
    let text = match (name, schema["format"].as_str()) {
        (_, Some("uri")) => "https://app.example/callback",
        (_, Some("date-time")) => "2026-11-29T10:00:00Z",
        ("email" | "login", _) | (_, Some("email")) => "grace@example.com",
        ("phone", _) => "13800138000",
        ("code" | "verification_code" | "otp", _) => "123456",
        ("token", _) => return "0".repeat(64),
        ("name", _) => "Grace",
        ("username", _) => "grace",
        (name, _) if name.to_ascii_lowercase().contains("password") => "secret123",
        _ => "text",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::body;

    #[test]
    fn an_example_has_what_its_schema_asks_for() {
        let schema = json!({"anyOf": [{"type": "object", "properties": {
            "email": {"type": "string", "format": "email"},
            "password": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "user": {"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}}},
            "locale": {"enum": ["zh", "en", null]},
            "ids": {"type": "array", "items": {"type": ["string", "integer"]}},
        }}, {"type": "string"}]});
        let expected = json!({
            "email": "grace@example.com", "password": "0".repeat(64), "user": {"id": 1}, "locale": "zh", "ids": ["text"],
        });
        assert_eq!(body(&schema), expected);
    }
}
