//! The event: API Gateway's payload format 2.0, as `lambda_http` has it, and the request that is made of it.
//!
//! `lambda_http` makes the request itself by a conversion that panics on text which a client controls: a `Host` or a query
//! that cannot stand in a URI, a body that is not base64. So its types and builders are used here and its conversion is not
//! (docs/decisions/0001-lambda-http-types-own-conversion.md).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::header::COOKIE;
use lambda_http::http::uri::PathAndQuery;
use lambda_http::http::{HeaderName, HeaderValue, Uri};
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt as _};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;
use shared::session::device::Device;

use crate::form::Form;
use crate::route::Route;

/// An event of an HTTP API.
pub use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest as Event;

/// The text is not an event of an HTTP API, or its path and query are longer than a URI can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnEvent;

/// Reads an event.
///
/// `aws_lambda_events` refuses the whole event for one malformed header. Such a header is left out here: the client who
/// sent it may be answered as anybody else.
///
/// # Errors
/// [`NotAnEvent`]
pub fn read_event(json: &str) -> Result<Event, NotAnEvent> {
    serde_json::from_str(json).or_else(|_| {
        let mut event: Value = serde_json::from_str(json).map_err(|_| NotAnEvent)?;
        if let Some(headers) = event.get_mut("headers").and_then(Value::as_object_mut) {
            headers.retain(|name, value| is_header(name, value));
        }
        serde_json::from_value(event).map_err(|_| NotAnEvent)
    })
}

fn is_header(name: &str, value: &Value) -> bool {
    let value = value.as_str().map(HeaderValue::from_str);
    HeaderName::from_bytes(name.as_bytes()).is_ok() && matches!(value, Some(Ok(_)))
}

/// A request, as handlers see it: one of `lambda_http`, behind the questions that handlers ask.
pub struct Request {
    request: lambda_http::Request,
    query: Form,
}

/// The method alone: headers, cookies, query and body hold secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", self.request.method()).finish_non_exhaustive()
    }
}

/// What stands for itself neither in a path nor in a query (RFC 3986 §3.3 and §3.4); what is encoded stays so.
const NOT_IN_A_URI: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
const NOT_IN_A_PATH: &AsciiSet = &NOT_IN_A_URI.add(b'?');

impl TryFrom<Event> for Request {
    type Error = NotAnEvent;

    fn try_from(event: Event) -> Result<Self, NotAnEvent> {
        let mut request = lambda_http::Request::new(body(event.body, event.is_base64_encoded));
        *request.method_mut() = event.request_context.http.method.clone();
        let query = event.raw_query_string.as_deref().unwrap_or_default();
        *request.uri_mut() = uri(event.raw_path.as_deref().unwrap_or_default(), query)?;
        let query = Form::read(query.as_bytes());
        *request.headers_mut() = event.headers;
        // One header with all cookies, as a browser sends it (RFC 6265 §5.4).
        let cookies = event.cookies.unwrap_or_default();
        let cookies: Vec<_> =
            cookies.iter().filter(|cookie| HeaderValue::from_str(cookie).is_ok()).map(String::as_str).collect();
        if let Ok(cookies) = HeaderValue::try_from(cookies.join("; "))
            && !cookies.is_empty()
        {
            request.headers_mut().insert(COOKIE, cookies);
        }
        let request = request
            .with_path_parameters(event.path_parameters)
            .with_request_context(RequestContext::ApiGatewayV2(event.request_context));
        Ok(Self { request, query })
    }
}

/// The gateway gives the path decoded, and the query as it was sent.
fn uri(path: &str, query: &str) -> Result<Uri, NotAnEvent> {
    let path = utf8_percent_encode(path.strip_prefix('/').unwrap_or(path), NOT_IN_A_PATH);
    let text = if query.is_empty() {
        format!("/{path}")
    } else {
        format!("/{path}?{}", utf8_percent_encode(query, NOT_IN_A_URI))
    };
    PathAndQuery::try_from(text).map(Uri::from).map_err(|_| NotAnEvent)
}

fn body(body: Option<String>, is_base64_encoded: bool) -> Body {
    match body {
        None => Body::Empty,
        // The gateway's own encoding. Text that does not decode is left as it is, and no parser takes it.
        Some(text) if is_base64_encoded => STANDARD.decode(&text).map_or(Body::Text(text), Body::Binary),
        Some(text) => Body::Text(text),
    }
}

/// The method of a gateway's route that takes every method without a route of its own.
const ANY: &str = "ANY";

/// Whether the gateway matched this route, in either spelling.
pub(crate) fn is_for(event: &Event, route: &Route) -> bool {
    let (method, path) = event.route_key.as_deref().and_then(|key| key.split_once(' ')).unwrap_or_default();
    let method = if method == ANY { event.request_context.http.method.as_str() } else { method };
    let path = path.strip_suffix(Route::REST).unwrap_or(path);
    path.trim_end_matches('/') == route.path.trim_end_matches('/') && route.methods.contains(&method)
}

impl Request {
    fn context(&self) -> Option<&lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext> {
        match self.request.request_context_ref()? {
            RequestContext::ApiGatewayV2(context) => Some(context),
            _ => None,
        }
    }

    /// The value of a `{name}` of the route.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<&str> {
        self.request.path_parameters_ref().and_then(|values| values.first(name))
    }

    /// What follows the route's path and a slash; empty for the path itself in either spelling.
    fn rest(&self) -> &str {
        self.path("proxy").unwrap_or_default()
    }

    /// The path, as the gateway's route tells it with the values of its names. The route may be one of a shorter path.
    pub(crate) fn whole_path(&self) -> String {
        let (_, path) = self.route_key().split_once(' ').unwrap_or_default();
        let path = path.strip_suffix(Route::REST).unwrap_or(path).trim_end_matches('/');
        let value = |segment: &str| {
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            name.and_then(|name| self.path(name)).unwrap_or(segment).to_owned()
        };
        format!("{}/{}", path.split('/').map(value).collect::<Vec<_>>().join("/"), self.rest())
    }

    fn route_key(&self) -> &str {
        self.context().and_then(|context| context.route_key.as_deref()).unwrap_or_default()
    }

    /// Whether the gateway brought a request that the route is not for: of a longer path, or of another method by a route of all.
    pub(crate) fn is_beside(&self, route: &Route) -> bool {
        let by_any = self.route_key().split_once(' ').is_some_and(|(method, _)| method == ANY);
        !self.rest().is_empty() || (by_any && !route.methods.contains(&self.method()))
    }

    /// The value of a parameter of the query, if it is there once and says something.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.one(name).ok().flatten()
    }

    /// The whole query, in which a name may come twice.
    #[must_use]
    pub const fn form_in_query(&self) -> &Form {
        &self.query
    }

    /// The body as a form.
    #[must_use]
    pub fn form(&self) -> Form {
        Form::read(self.body())
    }

    /// The value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        // Not `to_str`, which refuses what is not ASCII.
        std::str::from_utf8(self.request.headers().get(name)?.as_bytes()).ok()
    }

    /// The values of the cookies of that name. There may be several: a neighbouring host can set one of its own for
    /// the whole domain, and which comes first says nothing (RFC 6265 §4.2.2).
    pub fn cookies<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let cookies = self.header(COOKIE.as_str()).unwrap_or_default().split(';');
        let pairs = cookies.filter_map(|cookie| cookie.split_once('='));
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
        self.request.body()
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        self.request.method().as_str()
    }

    /// Whether the request asks to see something and changes nothing: `GET`, or `HEAD`, which is answered alike.
    #[must_use]
    pub fn is_a_look(&self) -> bool {
        matches!(self.method(), "GET" | "HEAD")
    }

    /// The client's address, as the gateway saw it, or the edge that is in front of it: never as a client says.
    #[must_use]
    pub fn source(&self) -> &str {
        self.context().and_then(|context| context.http.source_ip.as_deref()).unwrap_or_default()
    }

    /// The client, for the session that it opens.
    #[must_use]
    pub fn device(&self) -> Device {
        Device::new(self.source(), self.header("user-agent"))
    }

    /// The request's id in the gateway's logs.
    #[must_use]
    pub fn id(&self) -> &str {
        self.context().and_then(|context| context.request_id.as_deref()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Event, Request, is_for, read_event};
    use crate::route::Route;

    /// An event with these members, beside what the gateway always sends.
    fn event(more: &Value) -> Event {
        let mut event = json!({"requestContext": {"http": {"method": "POST", "sourceIp": "192.0.2.1"}}});
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        read_event(&event.to_string()).expect("an event")
    }

    fn request(more: &Value) -> Request {
        event(more).try_into().expect("a request")
    }

    #[test]
    fn a_base64_body_is_decoded() {
        assert_eq!(request(&json!({"body": "aGk=", "isBase64Encoded": true})).body(), b"hi");
        assert_eq!(request(&json!({"body": "aGk="})).body(), b"aGk=");
        assert_eq!(request(&json!({})).body(), b"");
        assert_eq!(request(&json!({"body": "no base64!", "isBase64Encoded": true})).body(), b"no base64!");
    }

    #[test]
    fn a_header_is_found_however_its_name_is_written() {
        let request = request(&json!({"headers": {"X-App-Id": "demo", "x-app-secret": "s"}}));
        assert_eq!((request.header("x-app-id"), request.header("x-app-secret")), (Some("demo"), Some("s")));
    }

    #[test]
    fn only_a_bearer_header_with_something_in_it_is_a_token() {
        let bearer = |value: &str| request(&json!({"headers": {"authorization": value}})).bearer().map(str::to_owned);
        assert_eq!(bearer("Bearer abc"), Some("abc".to_owned()));
        assert_eq!(bearer("bearer  abc "), Some("abc".to_owned()));
        for value in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            assert_eq!(bearer(value), None, "{value}");
        }
    }

    #[test]
    fn a_route_is_known_by_its_path_in_both_spellings() {
        let event = |key: &str| event(&json!({"routeKey": key}));
        let guide = Route::get("guide", "/docs.md");
        for key in ["GET /docs.md", "GET /docs.md/", "GET /docs.md/{proxy+}", "HEAD /docs.md", "HEAD /docs.md/{proxy+}"]
        {
            assert!(is_for(&event(key), &guide) && !is_for(&event(key), &Route::get("page", "/")), "{key}");
        }
        assert!(is_for(&event("GET /"), &Route::get("page", "/")));
        assert!(is_for(&event("GET /assets/{name}"), &Route::get("asset", "/assets/{name}")));
    }

    #[test]
    fn two_routes_of_one_path_are_told_apart_by_their_methods() {
        let (list, end) = (Route::get("list", "/sessions"), Route::delete("end", "/sessions"));
        for key in ["DELETE /sessions", "DELETE /sessions/{proxy+}"] {
            let event = event(&json!({"routeKey": key}));
            assert!(is_for(&event, &end) && !is_for(&event, &list), "{key}");
        }
    }

    #[test]
    fn a_route_of_all_methods_leads_to_the_operation_of_the_requests_own() {
        let (list, end) = (Route::get("list", "/sessions"), Route::delete("end", "/sessions"));
        for (key, method, [for_list, for_end]) in [
            ("ANY /sessions", "GET", [true, false]),
            ("ANY /sessions/{proxy+}", "HEAD", [true, false]),
            ("ANY /sessions", "DELETE", [false, true]),
            ("ANY /sessions", "PUT", [false, false]),
        ] {
            let context = json!({"routeKey": key, "http": {"method": method, "sourceIp": "192.0.2.1"}});
            let event = event(&json!({"routeKey": key, "requestContext": context}));
            assert_eq!([is_for(&event, &list), is_for(&event, &end)], [for_list, for_end], "{key} {method}");
            let request = Request::try_from(event).expect("a request");
            assert_eq!([request.is_beside(&list), request.is_beside(&end)], [!for_list, !for_end], "{key} {method}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name_and_may_come_twice() {
        let cookies = ["a=1", "refresh_token=x=y", "b_refresh_token=2", "a=\u{1}", "refresh_token=z", "broken"];
        let request = request(&json!({"cookies": cookies}));
        assert_eq!(request.cookies("refresh_token").collect::<Vec<_>>(), ["x=y", "z"]);
        assert_eq!(request.cookies("token").count(), 0);
    }

    #[test]
    fn the_address_is_the_gateways_and_not_a_headers() {
        assert_eq!(request(&json!({"headers": {"x-forwarded-for": "9.9.9.9"}})).source(), "192.0.2.1");
    }

    #[test]
    fn a_header_that_is_none_is_left_out_and_the_others_are_read() {
        let request =
            request(&json!({"headers": {"bad name": "x", "x-bad": "a\nb", "x-null": null, "x-name": "Grüße"}}));
        assert_eq!((request.header("x-bad"), request.header("x-name")), (None, Some("Grüße")));
    }

    #[test]
    fn what_the_gateway_would_not_send_is_no_event() {
        for json in
            ["", "{}", "[]", "null", r#"{"requestContext":{}}"#, r#"{"requestContext":{"http":{"method":"A B"}}}"#]
        {
            assert!(read_event(json).is_err(), "{json}");
        }
        let long = event(&json!({"rawQueryString": "ü".repeat(20_000)}));
        assert!(Request::try_from(long).is_err());
    }

    #[test]
    fn a_query_is_read_as_it_was_sent_and_a_parameter_that_comes_twice_is_none() {
        let request = request(&json!({"rawPath": "/a b?#", "rawQueryString": "a=1&b=2&b=3&c=\"<>&d=%E4%BD%A0&e=ü"}));
        assert_eq!((request.query("a"), request.query("b"), request.query("c")), (Some("1"), None, Some("\"<>")));
        assert_eq!((request.query("d"), request.query("e")), (Some("你"), Some("ü")));
        assert_eq!(request.form_in_query().all("b").collect::<Vec<_>>(), ["2", "3"]);
        assert_eq!(request.request.uri().path(), "/a%20b%3F%23");
    }

    #[test]
    fn nothing_of_a_request_is_printed_but_its_method() {
        let request =
            request(&json!({"headers": {"authorization": "Bearer abc"}, "body": "password", "cookies": ["a=b"]}));
        assert_eq!(format!("{request:?}"), "Request { method: POST, .. }");
    }
}
