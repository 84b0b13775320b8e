//! The answer, and how it becomes payload 2.0's.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::Body;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};

/// An HTTP answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, each at most once.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The values of `Set-Cookie` lines.
    pub cookies: Vec<String>,
    /// The body; in base64, if it is not text.
    pub body: String,
    /// Whether it is.
    pub is_base64: bool,
}

/// The status and the names of the headers: cookies, bodies and addresses of redirects hold tokens and codes.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Answer").field("status", &self.status).field("headers", &names).finish_non_exhaustive()
    }
}

impl Answer {
    /// An answer without a body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), cookies: Vec::new(), body: String::new(), is_base64: false }
    }

    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &impl serde::Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self { body, ..Self::empty(status) }.with("content-type", "application/json; charset=utf-8"),
            // Our own types serialize; a map whose keys are not strings would be a mistake, which a test would meet.
            Err(_) => Self::empty(500),
        }
    }

    /// An answer for people or browsers, of a content type with its charset.
    #[must_use]
    pub fn text(content_type: &'static str, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::empty(200) }.with("content-type", content_type)
    }

    /// An answer of bytes, of a content type.
    #[must_use]
    pub fn bytes(content_type: &'static str, body: &[u8]) -> Self {
        Self { body: STANDARD.encode(body), is_base64: true, ..Self::empty(200) }.with("content-type", content_type)
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

impl From<Answer> for ApiGatewayV2httpResponse {
    fn from(answer: Answer) -> Self {
        let headers = answer.headers.iter().map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
        });
        let mut response = Self::default();
        match headers.collect::<Option<HeaderMap>>() {
            Some(headers) => {
                response.status_code = i64::from(answer.status);
                response.headers = headers;
                response.cookies = answer.cookies;
                response.body = Some(Body::Text(answer.body));
                response.is_base64_encoded = answer.is_base64;
            }
            // A header that cannot be sent would be a mistake of ours; without it, the answer would say something else.
            None => response.status_code = 500,
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;

    use super::Answer;

    #[test]
    fn an_answer_takes_the_full_form_of_payload_2() {
        let answer = Answer::json(200, &serde_json::json!({"a": 1}))
            .with("cache-control", "no-store")
            .with_cookies(["a=b; Path=/".to_owned()]);
        assert_eq!(
            serde_json::to_value(ApiGatewayV2httpResponse::from(answer)).expect("serializes"),
            serde_json::json!({
                "statusCode": 200,
                "headers": {"content-type": "application/json; charset=utf-8", "cache-control": "no-store"},
                "multiValueHeaders": {},
                "cookies": ["a=b; Path=/"],
                "body": "{\"a\":1}",
                "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn an_answer_prints_its_status_and_no_value() {
        let answer = Answer::empty(303)
            .with("location", "https://a.example/?code=hunter2")
            .with_cookies(["access_token=hunter2".to_owned()]);
        let printed = format!("{:?}", Answer { body: "hunter2".to_owned(), ..answer });
        assert!(printed.contains("303") && printed.contains("location") && !printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn an_answer_with_a_header_that_cannot_be_sent_is_not_sent_without_it() {
        let answer = Answer::empty(302).with("location", "https://a.example/\r\nset-cookie: a=b");
        let response = ApiGatewayV2httpResponse::from(answer);
        assert_eq!((response.status_code, response.headers.len()), (500, 0));
    }
}
