//! The committed OpenAPI document, as far as the tests read it.

use reqwest::Method;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// An operation that the document says needs credentials.
#[derive(Debug, Clone)]
pub struct SecuredOperation {
    /// The API that it belongs to.
    pub api: String,
    /// The HTTP method.
    pub method: Method,
    /// The path, every parameter filled in.
    pub path: String,
    /// The names of the security schemes, all of which are needed.
    pub schemes: BTreeSet<String>,
}

/// An operation of the document.
#[derive(Debug, Clone)]
pub struct ListedOperation {
    /// Its id.
    pub id: String,
    /// The HTTP method.
    pub method: Method,
    /// The path, with the names of its parameters.
    pub path: String,
}

fn document() -> Value {
    // Part of the program, which may run where the repository is not.
    serde_json::from_str(include_str!("../../docs/openapi.json")).expect("an OpenAPI document in JSON")
}

/// Every operation of `docs/openapi.json`.
#[must_use]
pub fn operations() -> Vec<ListedOperation> {
    let mut operations = Vec::new();
    for (path, item) in document()["paths"].as_object().expect("the paths of the document") {
        for (name, operation) in item.as_object().expect("a path item") {
            let Some(method) = method(name) else { continue };
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            operations.push(ListedOperation { id, method, path: path.clone() });
        }
    }
    operations
}

/// Every operation of `docs/openapi.json` that declares security.
#[must_use]
pub fn secured_operations() -> Vec<SecuredOperation> {
    let document = document();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("the paths of the document") {
        for (name, operation) in item.as_object().expect("a path item") {
            let Some(method) = method(name) else { continue };
            let security = operation.get("security").or_else(|| document.get("security"));
            let schemes = security.map(schemes).unwrap_or_default();
            // Where nothing comes first, nobody is refused for bringing nothing.
            let is_optional = security.is_some_and(|all| all[0].as_object().is_some_and(Map::is_empty));
            if !schemes.is_empty() && !is_optional {
                let api = operation["tags"][0].as_str().expect("an API").to_owned();
                operations.push(SecuredOperation { api, method, path: fill_in(path), schemes });
            }
        }
    }
    operations
}

/// A path item holds more than operations.
fn method(name: &str) -> Option<Method> {
    match name {
        "get" => Some(Method::GET),
        "put" => Some(Method::PUT),
        "post" => Some(Method::POST),
        "delete" => Some(Method::DELETE),
        "patch" => Some(Method::PATCH),
        _ => None,
    }
}

fn schemes(security: &Value) -> BTreeSet<String> {
    let requirements = security.as_array().expect("a list of security requirements");
    requirements.iter().filter_map(Value::as_object).flat_map(|schemes| schemes.keys().cloned()).collect()
}

fn fill_in(path: &str) -> String {
    let filled = path.split('/').map(|segment| if segment.starts_with('{') { "1" } else { segment });
    filled.collect::<Vec<_>>().join("/")
}
