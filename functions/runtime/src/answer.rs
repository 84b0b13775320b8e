//! The answer, in the form that payload 2.0 takes.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, each at most once.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The values of `Set-Cookie` lines.
    pub cookies: Vec<String>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// An answer without a body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), cookies: Vec::new(), body: String::new() }
    }

    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &impl serde::Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self { body, ..Self::empty(status) }.with("content-type", "application/json; charset=utf-8"),
            // Our own types serialize; a map with keys that are no strings would be a mistake that a test meets.
            Err(_) => Self::empty(500),
        }
    }

    /// An answer for people or browsers, of a content type with its charset.
    #[must_use]
    pub fn text(content_type: &'static str, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::empty(200) }.with("content-type", content_type)
    }

    /// The answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer with more cookies.
    #[must_use]
    pub fn with_cookies(mut self, cookies: impl IntoIterator<Item = String>) -> Self {
        self.cookies.extend(cookies);
        self
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut answer = serializer.serialize_struct("Answer", 5)?;
        answer.serialize_field("statusCode", &self.status)?;
        answer.serialize_field("headers", &Headers(&self.headers))?;
        answer.serialize_field("cookies", &self.cookies)?;
        answer.serialize_field("body", &self.body)?;
        answer.serialize_field("isBase64Encoded", &false)?;
        answer.end()
    }
}

struct Headers<'a>(&'a [(&'static str, Cow<'static, str>)]);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn an_answer_takes_the_full_form_of_payload_2() {
        let answer = Answer::json(200, &serde_json::json!({"a": 1}))
            .with("cache-control", "no-store")
            .with_cookies(["a=b; Path=/".to_owned()]);
        assert_eq!(
            serde_json::to_value(&answer).expect("serializes"),
            serde_json::json!({
                "statusCode": 200,
                "headers": {"content-type": "application/json; charset=utf-8", "cache-control": "no-store"},
                "cookies": ["a=b; Path=/"],
                "body": "{\"a\":1}",
                "isBase64Encoded": false,
            })
        );
    }
}
