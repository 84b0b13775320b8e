//! A function's result as an HTTP response.

use anyhow::{Context, Result, bail};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

/// An answer of the gateway itself.
pub(super) fn message(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({ "message": message }))).into_response()
}

/// The full form, `{"statusCode": …}`, or any other JSON, which is then the body of a 200.
pub(super) fn from_result(result: &[u8]) -> Result<Response> {
    match serde_json::from_slice(result).context("it is not JSON")? {
        Value::Object(full) if full.contains_key("statusCode") => from_full(&full),
        Value::String(text) => Ok(json_body(text)),
        other => Ok(json_body(other.to_string())),
    }
}

fn json_body(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn from_full(full: &Map<String, Value>) -> Result<Response> {
    let mut response = Response::new(body(full)?);
    *response.status_mut() = status(full)?;
    let headers = response.headers_mut();
    for (name, value) in full.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name: HeaderName = name.parse().with_context(|| format!("{name:?} is not the name of a header"))?;
        // These belong to the connection, which is not the function's.
        if [header::CONTENT_LENGTH, header::CONNECTION, header::TRANSFER_ENCODING].contains(&name) {
            continue;
        }
        let value = plain(value).with_context(|| format!("the header {name} is not a plain value"))?;
        headers.insert(name, value.parse().with_context(|| format!("the header value {value:?}"))?);
    }
    for cookie in full.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        let cookie = cookie.as_str().context("a cookie is not a text")?;
        headers.append(header::SET_COOKIE, cookie.parse().context("a cookie cannot stand in a header")?);
    }
    let has_body = full.get("body").and_then(Value::as_str).is_some_and(|body| !body.is_empty());
    if has_body && !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    }
    Ok(response)
}

fn status(full: &Map<String, Value>) -> Result<StatusCode> {
    let code = full.get("statusCode").and_then(Value::as_u64).context("statusCode is not a number")?;
    match u16::try_from(code).ok().and_then(|code| StatusCode::from_u16(code).ok()) {
        Some(status) if !status.is_informational() && code < 600 => Ok(status),
        _ => bail!("statusCode {code} is not the status of an answer"),
    }
}

fn body(full: &Map<String, Value>) -> Result<Body> {
    let encoded = full.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    match full.get("body") {
        None | Some(Value::Null) => Ok(Body::empty()),
        Some(Value::String(body)) if encoded => {
            Ok(Body::from(BASE64_STANDARD.decode(body).context("the body is not base64")?))
        }
        Some(Value::String(body)) => Ok(Body::from(body.clone())),
        Some(_) => bail!("the body is not a text"),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
