//! A request that is being put together.

use std::collections::HashMap;

use runtime::{Answer, Event};
use serde_json::{Value, json};

/// The address from which requests come.
const SOURCE: &str = "192.0.2.1";

/// A request to some endpoint.
#[derive(Clone, Debug, Default)]
pub struct Call {
    source: Option<String>,
    headers: HashMap<String, String>,
    cookies: Vec<String>,
    query: Vec<String>,
    path: HashMap<String, String>,
    body: Option<String>,
    head: bool,
}

impl Call {
    /// Nothing but the method.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body that looks like JSON, of no content type.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
    pub fn body(body: Value) -> Self {
        Self::empty().text(&body.to_string())
    }

    /// With that body, of no content type.
    #[must_use]
    pub fn text(self, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self }
    }

    /// With that body as JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text(&body.to_string()).header("content-type", "application/json")
    }

    /// With that form.
    #[must_use]
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        self.raw_form(&runtime::query(pairs))
    }

    /// With that form as it is sent.
    #[must_use]
    pub fn raw_form(self, form: &str) -> Self {
        self.text(form).header("content-type", "application/x-www-form-urlencoded")
    }

    /// With one more cookie.
    #[must_use]
    pub fn cookie(mut self, name: &str, value: &str) -> Self {
        self.cookies.push(format!("{name}={value}"));
        self
    }

    /// With that header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With that token in `Authorization`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With one more parameter of the query.
    #[must_use]
    pub fn query(self, name: &str, value: &str) -> Self {
        self.raw_query(&runtime::query(&[(name, value)]))
    }

    /// With more of the query, as it is sent.
    #[must_use]
    pub fn raw_query(mut self, query: &str) -> Self {
        self.query.push(query.to_owned());
        self
    }

    /// With that value in the path.
    #[must_use]
    pub fn path(mut self, name: &str, value: &str) -> Self {
        self.path.insert(name.to_owned(), value.to_owned());
        self
    }

    /// From another address.
    #[must_use]
    pub fn from(self, source: &str) -> Self {
        Self { source: Some(source.to_owned()), ..self }
    }

    /// As a `HEAD`, in place of the route's own method.
    #[must_use]
    pub fn head(self) -> Self {
        Self { head: true, ..self }
    }

    /// As the gateway brings it to an operation of that method.
    #[must_use]
    pub fn event(self, method: &str) -> Event {
        let method = if self.head { "HEAD" } else { method };
        let source = self.source.as_deref().unwrap_or(SOURCE);
        serde_json::from_value(json!({
            "headers": self.headers,
            "cookies": self.cookies,
            "rawQueryString": self.query.join("&"),
            "pathParameters": self.path,
            "body": self.body,
            "requestContext": {"requestId": "test", "http": {"method": method, "sourceIp": source}},
        }))
        .expect("an event")
    }
}

/// An answer's body.
#[must_use]
pub fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

/// Status and name of a refusal, as its dialect names refusals: `code`, or `error`.
#[must_use]
pub fn refusal(answer: &Answer) -> (u16, String) {
    let body = body(answer);
    let name = body["code"].as_str().or(body["error"].as_str());
    (answer.status, name.unwrap_or_default().to_owned())
}
