//! The event: API Gateway's payload format 2.0, as much of it as we read.
//!
//! Not `lambda_http`: it builds an `http::Request` and panics on a `Host` or path that makes no URI. Nothing here can
//! fail on what a client sends.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use shared::session::device::Device;

use crate::endpoint::Route;
use crate::form::Form;

/// An event of an HTTP API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// The method and path of the route that matched, as the template writes them: `GET /docs.md`.
    pub route_key: String,
    /// The values of the route's `{names}`.
    pub path_parameters: HashMap<String, String>,
    /// The query as it was sent.
    pub raw_query_string: String,
    /// The query, decoded; several values of one name are joined by commas.
    pub query_string_parameters: HashMap<String, String>,
    /// By their names; several values of one name are joined by commas.
    pub headers: HashMap<String, String>,
    /// Each `name=value`.
    pub cookies: Vec<String>,
    /// Text, or base64.
    pub body: Option<String>,
    /// Whether the body is base64.
    pub is_base64_encoded: bool,
    /// What the gateway says about the request.
    pub request_context: RequestContext,
}

/// What the gateway says, and no client can.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestContext {
    /// The request's id in the gateway's logs.
    pub request_id: String,
    /// The HTTP part.
    pub http: Http,
}

/// The HTTP part of the gateway's context.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Http {
    /// The method, in upper case.
    pub method: String,
    /// The address that the connection came from; with an edge in front, to the edge ([`crate::edge`]).
    pub source_ip: String,
}

/// A request, as handlers see it.
#[derive(Debug)]
pub struct Request {
    path: HashMap<String, String>,
    query: HashMap<String, String>,
    raw_query: String,
    headers: HashMap<String, String>,
    cookies: Vec<String>,
    body: Vec<u8>,
    context: RequestContext,
}

impl From<Event> for Request {
    fn from(event: Event) -> Self {
        let body = event.body.unwrap_or_default();
        let body = if event.is_base64_encoded {
            // The gateway's own encoding; what does not decode is no body that any parser takes.
            STANDARD.decode(&body).unwrap_or_else(|_| body.into_bytes())
        } else {
            body.into_bytes()
        };
        Self {
            path: event.path_parameters,
            query: event.query_string_parameters,
            raw_query: event.raw_query_string,
            headers: event.headers.into_iter().map(lower_case).collect(),
            cookies: event.cookies,
            body,
            context: event.request_context,
        }
    }
}

/// The gateway writes names in lower case; `sam local start-api` as the client did (RFC 9110 §5.1: they mean the same).
fn lower_case((mut name, value): (String, String)) -> (String, String) {
    name.make_ascii_lowercase();
    (name, value)
}

impl Event {
    /// Whether the gateway matched this route, in either spelling.
    pub(crate) fn is_for(&self, route: &Route) -> bool {
        let (method, path) = self.route_key.split_once(' ').unwrap_or_default();
        let path = path.strip_suffix(Route::REST).unwrap_or(path);
        path.trim_end_matches('/') == route.path.trim_end_matches('/') && route.methods.contains(&method)
    }
}

impl Request {
    /// The value of a `{name}` of the route.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<&str> {
        self.path.get(name).map(String::as_str)
    }

    /// What follows the route's path and a slash; empty for the path itself in either spelling.
    pub(crate) fn rest(&self) -> &str {
        self.path("proxy").unwrap_or_default()
    }

    /// The value of a parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The whole query, in which a name may come twice.
    #[must_use]
    pub fn form_in_query(&self) -> Form {
        Form::read(self.raw_query.as_bytes())
    }

    /// The body as a form.
    #[must_use]
    pub fn form(&self) -> Form {
        Form::read(&self.body)
    }

    /// The value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The values of the cookies of that name. There may be several: a neighbouring host can set one of its own for
    /// the whole domain, and which comes first says nothing (RFC 6265 §4.2.2).
    pub fn cookies<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.cookies.iter().filter_map(|cookie| cookie.split_once('='));
        pairs.filter(move |(known, _)| known.trim() == name).map(|(_, value)| value.trim())
    }

    /// The token of an `Authorization: Bearer` header (RFC 6750 §2.1); the scheme in any case (RFC 9110 §11.1).
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    }

    /// Whether there is an `Authorization: Bearer` header, with a token or without.
    #[must_use]
    pub fn bears(&self) -> bool {
        let scheme = self.header("authorization").and_then(|value| value.split(' ').next());
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
    }

    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The method; `GET` for `HEAD`, which is answered alike.
    #[must_use]
    pub fn method(&self) -> &str {
        match self.context.http.method.as_str() {
            "HEAD" => "GET",
            method => method,
        }
    }

    /// The client's address, as the gateway saw it, or the edge that is in front of it: never as a client says.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.context.http.source_ip
    }

    /// The client, for the session that it opens.
    #[must_use]
    pub fn device(&self) -> Device {
        Device::new(self.source(), self.header("user-agent"))
    }

    /// The request's id in the gateway's logs.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.context.request_id
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Request};
    use crate::endpoint::Route;

    fn request(event: &str) -> Request {
        serde_json::from_str::<Event>(event).expect("an event").into()
    }

    #[test]
    fn a_base64_body_is_decoded() {
        assert_eq!(request(r#"{"body":"aGk=","isBase64Encoded":true}"#).body(), b"hi");
        assert_eq!(request(r#"{"body":"aGk="}"#).body(), b"aGk=");
        assert_eq!(request("{}").body(), b"");
    }

    #[test]
    fn a_header_is_found_however_its_name_is_written() {
        let request = request(r#"{"headers":{"X-App-Id":"demo","x-app-secret":"s"}}"#);
        assert_eq!((request.header("x-app-id"), request.header("x-app-secret")), (Some("demo"), Some("s")));
    }

    #[test]
    fn only_a_bearer_header_with_something_in_it_is_a_token() {
        let bearer = |value: &str| {
            let event = serde_json::json!({"headers": {"authorization": value}}).to_string();
            request(&event).bearer().map(str::to_owned)
        };
        assert_eq!(bearer("Bearer abc"), Some("abc".to_owned()));
        assert_eq!(bearer("bearer  abc "), Some("abc".to_owned()));
        for value in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            assert_eq!(bearer(value), None, "{value}");
        }
    }

    #[test]
    fn a_route_is_known_by_its_path_in_both_spellings() {
        let event = |key: &str| Event { route_key: key.to_owned(), ..Event::default() };
        let guide = Route::get("guide", "/docs.md");
        for key in ["GET /docs.md", "GET /docs.md/", "GET /docs.md/{proxy+}", "HEAD /docs.md", "HEAD /docs.md/{proxy+}"]
        {
            assert!(event(key).is_for(&guide) && !event(key).is_for(&Route::get("page", "/")), "{key}");
        }
        assert!(event("GET /").is_for(&Route::get("page", "/")));
        assert!(event("GET /assets/{name}").is_for(&Route::get("asset", "/assets/{name}")));
    }

    #[test]
    fn two_routes_of_one_path_are_told_apart_by_their_methods() {
        let (list, end) = (Route::get("list", "/sessions"), Route::delete("end", "/sessions"));
        for key in ["DELETE /sessions", "DELETE /sessions/{proxy+}"] {
            let event = Event { route_key: key.to_owned(), ..Event::default() };
            assert!(event.is_for(&end) && !event.is_for(&list), "{key}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name_and_may_come_twice() {
        let event = r#"{"cookies":["a=1","refresh_token=x=y","b_refresh_token=2","refresh_token=z","broken"]}"#;
        let request = request(event);
        assert_eq!(request.cookies("refresh_token").collect::<Vec<_>>(), ["x=y", "z"]);
        assert_eq!(request.cookies("token").count(), 0);
    }

    #[test]
    fn the_address_is_the_gateways_and_not_a_headers() {
        let event = r#"{"headers":{"x-forwarded-for":"9.9.9.9"},"requestContext":{"http":{"sourceIp":"192.0.2.1"}}}"#;
        assert_eq!(request(event).source(), "192.0.2.1");
    }
}
