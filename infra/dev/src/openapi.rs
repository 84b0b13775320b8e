//! The OpenAPI 3.1 document, from what the operations say about themselves.

use std::collections::BTreeMap;

use runtime::{Answer, Operation, Security};
use serde_json::{Map, Value, json};

/// The document of all `operations`.
pub(crate) fn document(operations: &[Operation]) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let path = paths.entry(operation.route.path).or_insert_with(|| json!({}));
        path[operation.route.method.to_ascii_lowercase()] = describe(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Latchet",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every path is also served with a trailing slash. OPTIONS is answered on every path, and HEAD as GET is.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "appId": {"type": "apiKey", "in": "header", "name": "x-app-id"},
                "appSecret": {"type": "apiKey", "in": "header", "name": "x-app-secret"},
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "accessCookie": {"type": "apiKey", "in": "cookie", "name": "access_token"},
                "clientBasic": {"type": "http", "scheme": "basic"},
                "refreshCookie": {"type": "apiKey", "in": "cookie", "name": "refresh_token"},
            },
            "schemas": {
                "app": app_error(),
                "browser": browser_error(),
                "account": account_error(),
                "problem": problem(),
                "resources": browser_error(),
                "oauth": oauth_error(),
            },
            "headers": headers(),
        },
    })
}

/// The media type of what people read.
const PAGE: &str = "text/html";

fn describe(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.route.name,
        "summary": operation.summary,
        "tags": [operation.api],
        "security": security(operation.security),
        "responses": responses(operation),
    });
    let parameters = parameters(operation);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some((media_type, schema)) = &operation.request {
        described["requestBody"] = json!({"required": true, "content": {(*media_type): {"schema": schema}}});
    }
    described
}

/// The `{names}` of the path, and what the query must have.
fn parameters(operation: &Operation) -> Vec<Value> {
    let segments = operation.route.path.split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).map(|name| ("path", name));
    let all = names.chain(operation.query.iter().map(|name| ("query", *name)));
    all.map(|(place, name)| json!({"name": name, "in": place, "required": true, "schema": {"type": "string"}}))
        .collect()
}

/// The alternatives, each a set of what must come together.
fn security(needed: &[Security]) -> Value {
    let all = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), json!([]))).collect::<Map<_, _>>();
    let mut alternatives: Vec<Map<String, Value>> = vec![Map::new()];
    for security in needed {
        let ways: &[&[&str]] = match security {
            Security::App => &[&["appId", "appSecret"]],
            Security::Bearer => &[&["bearer"]],
            Security::Session => &[&["bearer"], &["accessCookie"]],
            Security::Refresh => &[&["refreshCookie"]],
            Security::Client => &[&["clientBasic"], &[]],
        };
        let mut combined = Vec::new();
        for way in ways {
            combined.extend(alternatives.iter().map(|one| one.clone().into_iter().chain(all(way)).collect()));
        }
        alternatives = combined;
    }
    if needed.is_empty() { json!([]) } else { json!(alternatives) }
}

fn responses(operation: &Operation) -> Value {
    let (status, media_type, schema) = &operation.response;
    let mut success = json!({"description": "Success", "headers": rate_headers(operation)});
    if !media_type.is_empty() {
        success["content"] = json!({(*media_type): {"schema": schema}});
    }
    let mut responses = Map::from_iter([(status.to_string(), success)]);
    let mut by_status: BTreeMap<u16, Vec<&Answer>> = BTreeMap::new();
    for status in operation.otherwise {
        by_status.entry(*status).or_default();
    }
    for refusal in &operation.refusals {
        by_status.entry(refusal.status).or_default().push(refusal);
    }
    for (status, refusals) in by_status {
        responses.insert(status.to_string(), other(operation, status, &refusals));
    }
    responses.into()
}

/// Another answer than success: a refusal, a redirect, a page that asks again.
fn other(operation: &Operation, status: u16, refusals: &[&Answer]) -> Value {
    let mut headers = rate_headers(operation);
    if status == 304 {
        return json!({"description": "The client has it", "headers": headers});
    }
    if (300..400).contains(&status) {
        headers["Location"] = json!({"$ref": "#/components/headers/Location"});
        return json!({"description": "Redirect", "headers": headers});
    }
    if refusals.iter().any(|answer| answer.header("retry-after").is_some()) {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/Retry-After"});
    }
    let mut bodies: Vec<(&str, Value)> = Vec::new();
    for answer in refusals {
        let Some(media_type) = answer.header("content-type").and_then(|value| value.split(';').next()) else {
            continue;
        };
        if media_type == PAGE {
            continue;
        }
        // What is not JSON is shown as the text that it is.
        let body = serde_json::from_str(&answer.body).unwrap_or_else(|_| json!(answer.body));
        bodies.push((media_type, body));
    }
    let mut texts: Vec<&str> = bodies.iter().filter_map(|(_, body)| words(body)).collect();
    texts.dedup();
    let description = if texts.is_empty() { "No body".to_owned() } else { texts.join(" · ") };
    let paged =
        refusals.iter().any(|answer| answer.header("content-type").is_some_and(|value| value.starts_with(PAGE)));
    // A page that asks again has the media type of the page that asked.
    if paged || (refusals.is_empty() && operation.response.1 != "application/json") {
        let page = json!({PAGE: {"schema": {"type": "string"}}});
        return json!({"description": "A page that says why", "headers": headers, "content": page});
    }
    let mut described = json!({"description": description, "headers": headers});
    for (media_type, body) in bodies {
        let content = &mut described["content"][media_type];
        content["schema"] = schema(operation, media_type);
        let number = content["examples"].as_object().map_or(0, Map::len) + 1;
        content["examples"][number.to_string()] = json!({"value": body});
    }
    described
}

/// What an error's body tells a person.
fn words(body: &Value) -> Option<&str> {
    let member = |name: &str| body[name].as_str();
    body.as_str().or_else(|| ["error", "detail", "message", "title"].into_iter().find_map(member))
}

fn schema(operation: &Operation, media_type: &str) -> Value {
    match media_type {
        "text/plain" => json!({"type": "string"}),
        "application/problem+json" => json!({"$ref": "#/components/schemas/problem"}),
        _ => json!({"$ref": format!("#/components/schemas/{}", operation.api)}),
    }
}

fn rate_headers(operation: &Operation) -> Value {
    if !operation.counted {
        return json!({});
    }
    let names = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];
    names.into_iter().map(|name| (name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}))).collect()
}

fn app_error() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string"}},
        "additionalProperties": false,
    })
}

fn browser_error() -> Value {
    json!({
        "type": "object",
        "required": ["detail", "code"],
        "properties": {
            "detail": {"type": "string", "description": "for people, in the language that they ask for"},
            "code": {"type": "string", "description": "for programs"},
            "errors": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
                "description": "by field, of a 400",
            },
        },
        "additionalProperties": false,
    })
}

fn account_error() -> Value {
    let message = json!({
        "type": "object",
        "required": ["message"],
        "properties": {"message": {"type": "string"}},
        "additionalProperties": false,
    });
    json!({"anyOf": [{"type": "string"}, message]})
}

/// RFC 9457.
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["title", "status"],
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "errors": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
                "description": "by member of the body",
            },
        },
        "additionalProperties": false,
    })
}

/// RFC 6749 §5.2.
fn oauth_error() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
        "additionalProperties": false,
    })
}

fn headers() -> Value {
    let number = |description: &str| json!({"description": description, "schema": {"type": "integer", "minimum": 0}});
    json!({
        "X-RateLimit-Limit": number("Requests that this address may send in a window."),
        "X-RateLimit-Remaining": number("Requests left."),
        "X-RateLimit-Reset": number("When the window ends, in Unix seconds."),
        "Retry-After": number("Seconds to wait."),
        "Location": {"description": "Where the browser goes.", "schema": {"type": "string"}},
    })
}
