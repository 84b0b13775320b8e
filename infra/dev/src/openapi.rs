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
            "description": "Every path is also served with a trailing slash and answers OPTIONS.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "appId": {"type": "apiKey", "in": "header", "name": "x-app-id"},
                "appSecret": {"type": "apiKey", "in": "header", "name": "x-app-secret"},
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
            "schemas": {"Error": error_schema()},
            "headers": headers(),
        },
    })
}

fn describe(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.route.name,
        "summary": operation.summary,
        "security": security(operation.security),
        "responses": responses(operation),
    });
    let parameters = path_parameters(operation.route.path);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(schema) = &operation.request {
        described["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    described
}

/// The `{names}` of a path.
fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})).collect()
}

fn security(needed: &[Security]) -> Value {
    let mut schemes = Map::new();
    for security in needed {
        let names: &[&str] = match security {
            Security::App => &["appId", "appSecret"],
            Security::Bearer => &["bearer"],
        };
        schemes.extend(names.iter().map(|name| ((*name).to_owned(), json!([]))));
    }
    if schemes.is_empty() { json!([]) } else { json!([schemes]) }
}

fn responses(operation: &Operation) -> Value {
    let (media_type, schema) = &operation.response;
    let success = json!({
        "description": "Success",
        "headers": rate_headers(operation),
        "content": {(*media_type): {"schema": schema}},
    });
    let mut responses = Map::from_iter([("200".to_owned(), success)]);
    let mut by_status: BTreeMap<u16, Vec<&Answer>> = BTreeMap::new();
    for refusal in operation.refusals.iter().filter(|answer| counted(operation) || ![429, 503].contains(&answer.status))
    {
        by_status.entry(refusal.status).or_default().push(refusal);
    }
    for (status, refusals) in by_status {
        responses.insert(status.to_string(), refused(operation, &refusals));
    }
    responses.into()
}

fn refused(operation: &Operation, refusals: &[&Answer]) -> Value {
    let mut headers = rate_headers(operation);
    if refusals.iter().any(|answer| answer.header("retry-after").is_some()) {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/Retry-After"});
    }
    let bodies: Vec<Value> =
        refusals.iter().map(|answer| serde_json::from_str(&answer.body).unwrap_or_default()).collect();
    let description = bodies.iter().filter_map(|body| body["error"].as_str()).collect::<Vec<_>>().join(" · ");
    let examples: Map<_, _> =
        bodies.iter().enumerate().map(|(n, body)| (format!("{}", n + 1), json!({"value": body}))).collect();
    json!({
        "description": description,
        "headers": headers,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}, "examples": examples}},
    })
}

/// An operation that takes no credential is not counted against a limit.
fn counted(operation: &Operation) -> bool {
    !operation.security.is_empty()
}

fn rate_headers(operation: &Operation) -> Value {
    if !counted(operation) {
        return json!({});
    }
    let names = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];
    names.into_iter().map(|name| (name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}))).collect()
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string"}},
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
    })
}
