//! A request as an event of payload format 2.0.

use std::{collections::BTreeMap, time::SystemTime};

use axum::http::{HeaderValue, header, request::Parts};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::routes::MatchedRoute;
use crate::server::Peer;

/// As in `12/Mar/2020:19:03:58 +0000`.
const CLF: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// A request, but for its body.
pub(super) struct Received {
    /// The path, percent-decoded, as the gateway gives it on.
    pub(super) path: String,
    pub(super) id: String,
    pub(super) at: SystemTime,
    peer: String,
    parts: Parts,
}

impl Received {
    pub(super) fn new(parts: Parts, id: String, at: SystemTime) -> Self {
        // Decoded, and cut at a `?` that was encoded, by captures of the real service (hotsock/voker#8). So the variables are
        // decoded («API Gateway decodes URL-encoded request parameters», http-api-develop-routes.html).
        let decoded = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
        let path = decoded.split('?').next().unwrap_or_default().to_owned();
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip().to_string()).unwrap_or_default();
        Self { path, id, at, peer, parts }
    }

    pub(super) fn method(&self) -> &str {
        self.parts.method.as_str()
    }

    /// The bytes of the request line and of the header values, which is what the gateway limits.
    pub(super) fn size_of_head(&self) -> usize {
        let line = self.method().len() + self.parts.uri.to_string().len() + " HTTP/1.1 ".len();
        line + self.parts.headers.values().map(HeaderValue::len).sum::<usize>()
    }

    /// The event. What a request does not have (cookies, parameters, a body) is not in it.
    pub(super) fn to_event(&self, found: &MatchedRoute, body: &[u8]) -> Value {
        let mut event = json!({
            "version": "2.0",
            "routeKey": found.key,
            "rawPath": self.path,
            "rawQueryString": self.query(),
            "headers": self.headers(body.len()),
            "requestContext": self.context(found),
            "isBase64Encoded": false,
        });
        let cookies = self.cookies();
        if !cookies.is_empty() {
            event["cookies"] = json!(cookies);
        }
        if !self.query().is_empty() {
            event["queryStringParameters"] = json!(joined(pairs(self.query())));
        }
        if !found.parameters.is_empty() {
            event["pathParameters"] = json!(found.parameters);
        }
        if !body.is_empty() {
            let text = self.is_text().then(|| std::str::from_utf8(body).ok()).flatten();
            event["isBase64Encoded"] = json!(text.is_none());
            event["body"] = text.map_or_else(|| json!(BASE64_STANDARD.encode(body)), |text| json!(text));
        }
        event
    }

    fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    fn header(&self, name: header::HeaderName) -> Option<String> {
        self.parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    fn headers(&self, body_length: usize) -> BTreeMap<String, String> {
        let own = self
            .parts
            .headers
            .iter()
            .filter(|(name, _)| ![header::COOKIE, header::CONNECTION, header::TRANSFER_ENCODING].contains(name))
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let mut headers = joined(own);
        // A proxy before the gateway keeps its place in the list; the last entry is the gateway's own.
        let forwarded = headers.get("x-forwarded-for").map(|before| format!("{before}, {}", self.peer));
        headers.insert("x-forwarded-for".to_owned(), forwarded.unwrap_or_else(|| self.peer.clone()));
        headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
        headers.insert("content-length".to_owned(), body_length.to_string());
        headers
    }

    fn cookies(&self) -> Vec<String> {
        let headers = self.parts.headers.get_all(header::COOKIE).iter();
        headers
            .flat_map(|value| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                value.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>()
            })
            .filter(|cookie| !cookie.is_empty())
            .collect()
    }

    fn context(&self, found: &MatchedRoute) -> Value {
        let at = OffsetDateTime::from(self.at);
        json!({
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": "local.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "local",
            "http": {
                "method": self.method(),
                "path": self.path,
                "protocol": "HTTP/1.1",
                "sourceIp": self.peer,
                "userAgent": self.header(header::USER_AGENT).unwrap_or_default(),
            },
            "requestId": self.id,
            "routeKey": found.key,
            "stage": "$default",
            "time": at.format(CLF).unwrap_or_default(),
            "timeEpoch": at.unix_timestamp() * 1000 + i64::from(at.millisecond()),
        })
    }

    /// What the real gateway gives as text. A form is not among it.
    fn is_text(&self) -> bool {
        let content_type = self.header(header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        essence.starts_with("text/")
            || ["application/json", "application/xml", "application/javascript"].contains(&essence)
    }
}

/// The names and values of a query, decoded.
fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Values of the same name in one, separated by commas.
fn joined(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    pairs.fold(BTreeMap::new(), |mut all, (name, value)| {
        all.entry(name).and_modify(|values: &mut String| *values = format!("{values},{value}")).or_insert(value);
        all
    })
}
