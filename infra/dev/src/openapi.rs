//! The OpenAPI 3.1 document, from what the operations say about themselves.

use std::collections::BTreeMap;

use runtime::{Answer, Operation, Security};
use serde_json::{Map, Value, json};

use crate::example;

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
            "contact": {"name": "The operator of the deployment"},
        },
        "servers": [
            {"url": "{address}", "description": "A deployment, or the local run of cargo dev up", "variables": {"address": {
                "default": "http://127.0.0.1:3000",
                "description": "The address that the deployment's PublicUrl says",
            }}},
        ],
        "tags": tags(operations),
        "paths": paths,
        "components": {
            "securitySchemes": security_schemes(),
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

/// What each way of showing who one is asks for, and where it comes from.
fn security_schemes() -> Value {
    let key = |place: &str, name: &str, description: &str| json!({"type": "apiKey", "in": place, "name": name, "description": description});
    json!({
        "appId": key("header", "x-app-id", "The app's id, which cargo ops app create prints"),
        "appSecret": key("header", "x-app-secret", "The app's secret, which is shown once"),
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The token that a sign-in answered with",
        },
        "accessCookie": key("cookie", "access_token", "The cookie that a sign-in set, for an hour"),
        "clientBasic": {
            "type": "http", "scheme": "basic",
            "description": "The client's id and secret; a client without a secret says its id in the form",
        },
        "refreshCookie": key("cookie", "refresh_token", "The cookie that a sign-in set, good for one use"),
    })
}

/// The APIs that have operations, and whom each is for.
fn tags(operations: &[Operation]) -> Value {
    let all = [
        ("app", "App API: for phone apps and for clients of several apps. A token in JSON, for seven days."),
        ("browser", "Browser API: for your own web front ends. Cookies that scripts cannot read."),
        ("account", "Account API: for clients that never send a plain password. A pair of tokens in JSON."),
        ("oauth", "OAuth 2.0 and OpenID Connect, and the pages that people see."),
        ("resources", "What a third-party app may see of its user, by an OAuth token."),
    ];
    let used = all.into_iter().filter(|(name, _)| operations.iter().any(|operation| operation.api == *name));
    used.map(|(name, description)| json!({"name": name, "description": description})).collect()
}

/// The media type of what people read.
const PAGE: &str = "text/html";

fn describe(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.route.name,
        "summary": operation.summary,
        "description": description(operation),
        "tags": [operation.api],
        "security": security(operation.security),
        "responses": responses(operation),
    });
    let parameters = parameters(operation);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some((media_type, schema)) = &operation.request {
        let content = json!({"schema": schema, "example": example::body(schema)});
        described["requestBody"] = json!({"required": true, "content": {(*media_type): content}});
    }
    described
}

/// Who answers, what has to come along, and whether it is counted.
fn description(operation: &Operation) -> String {
    let needs = operation.security.iter().filter_map(|security| match security {
        Security::App => Some("the app's id and secret"),
        Security::Bearer => Some("a token"),
        Security::Session => Some("a token or its cookie"),
        Security::Refresh => Some("the cookie of a refresh token"),
        Security::Client => Some("the client's id, with its secret if it has one"),
        Security::MaybeBearer | Security::MaybeRefresh => None,
    });
    let takes = operation.security.iter().find_map(|security| match security {
        Security::MaybeBearer => Some(" Takes a token, if there is one."),
        Security::MaybeRefresh => Some(" Takes the cookies of the session, if there are any."),
        _ => None,
    });
    let takes = takes.unwrap_or_default();
    let needs = match needs.collect::<Vec<_>>() {
        none if none.is_empty() => "Needs no credentials.".to_owned(),
        some => format!("Needs {}.", some.join(" and ")),
    };
    let counted =
        if operation.counted { "Counts against the rate limit." } else { "Does not count against the rate limit." };
    format!("{needs}{takes} {counted} Answered by the function `{}`.", operation.route.function)
}

/// The `{names}` of the path, and what the query must have.
fn parameters(operation: &Operation) -> Vec<Value> {
    let segments = operation.route.path.split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).map(|name| ("path", name));
    let all = names.chain(operation.query.iter().map(|name| ("query", *name)));
    let described = all.map(|(place, name)| {
        let mut parameter = json!({"name": name, "in": place, "required": true, "schema": {"type": "string"}});
        if let Some((description, example)) = about(name) {
            parameter["description"] = description.into();
            parameter["example"] = example.into();
        }
        parameter
    });
    described.collect()
}

/// What a parameter is, and one that could stand there.
fn about(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "app" => ("The app's id", "demo"),
        "client_id" => ("The client's id", "demo-reader"),
        "id" => ("The id, as the list has it", "4711"),
        "name" => ("The name of the file, as pages link to it", "demo.png"),
        "page" => ("The name of the page, as the navigation links to it", "app"),
        "token" => (
            "The token of the link that was mailed",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ),
        _ => return None,
    })
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
            // None comes first: it is the rule, and the others are who has more.
            Security::MaybeBearer => &[&[], &["bearer"]],
            Security::MaybeRefresh => &[&[], &["refreshCookie"]],
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
    if *media_type == "application/json" {
        success["content"] = json!({(*media_type): {"schema": schema, "example": example::body(schema)}});
    } else if !media_type.is_empty() {
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    /// A client that is generated of the document passes a token on only where it is said that there may be one.
    #[test]
    fn a_token_that_may_be_there_is_an_alternative() {
        let document = super::document(&account::operations());
        let security = &document["paths"]["/api/Auth/Logout"]["post"]["security"];
        assert_eq!(security, &serde_json::json!([{}, {"bearer": []}]));
    }

    /// What the linters of `cargo dev test --clients` ask for, where they need not be installed.
    #[test]
    fn every_operation_is_described_and_every_body_has_an_example() {
        let operations =
            [app::operations(), browser::operations(), account::operations(), oauth::operations(), pages::operations()]
                .concat();
        let document = super::document(&operations);
        let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().map(|tag| &tag["name"]).collect();
        let paths = document["paths"].as_object().into_iter().flatten();
        let described: Vec<_> = paths.flat_map(|(_, methods)| methods.as_object().into_iter().flatten()).collect();
        assert_eq!(described.len(), operations.len());
        for (_, operation) in described {
            assert!(tags.contains(&&operation["tags"][0]), "{operation}");
            assert!(operation["description"].as_str().is_some_and(|text| text.ends_with('.')), "{operation}");
            for (_, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                assert!(content["example"].is_object(), "{operation}");
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string() && parameter["example"].is_string(), "{parameter}");
            }
            for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
                for (media_type, content) in answer["content"].as_object().into_iter().flatten() {
                    assert!(!content["schema"].is_null(), "{status} {operation}");
                    let has_example = !content["example"].is_null() || content["examples"].is_object();
                    assert!(has_example || !media_type.ends_with("json"), "{status} {media_type} {operation}");
                }
            }
        }
    }
}
