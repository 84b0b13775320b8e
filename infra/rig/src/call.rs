//! A request that is being put together.

use std::collections::HashMap;

use runtime::{Answer, Event};
use serde_json::{Value, json};

/// A request to some endpoint, from one address.
#[derive(Clone, Debug, Default)]
pub struct Call {
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

    /// A JSON body.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
    pub fn body(body: Value) -> Self {
        Self::empty().text(&body.to_string())
    }

    /// With that body.
    #[must_use]
    pub fn text(self, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self }
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

    /// With that parameter of the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push(runtime::query(&[(name, value)]));
        self
    }

    /// With that value in the path.
    #[must_use]
    pub fn path(mut self, name: &str, value: &str) -> Self {
        self.path.insert(name.to_owned(), value.to_owned());
        self
    }

    /// As a `HEAD`, in place of the route's own method.
    #[must_use]
    pub fn head(self) -> Self {
        Self { head: true, ..self }
    }

    pub(crate) fn event(self, method: &str) -> Event {
        let method = if self.head { "HEAD" } else { method };
        serde_json::from_value(json!({
            "headers": self.headers,
            "cookies": self.cookies,
            "rawQueryString": self.query.join("&"),
            "pathParameters": self.path,
            "body": self.body,
            "requestContext": {"requestId": "test", "http": {"method": method, "sourceIp": "192.0.2.1"}},
        }))
        .expect("an event")
    }
}

/// An answer's body.
#[must_use]
pub fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).expect("JSON")
}
