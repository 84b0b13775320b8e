use crate::service;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What SAM's gateway adds to an answer.
const GATEWAYS_HEADERS: [&str; 2] = ["connection", "server"];

/// All that an answer of the App API may carry. A header beyond these is a decision to be made, not an accident.
const KNOWN_HEADERS: [&str; 13] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "apigw-requestid",
    "cache-control",
    "content-length",
    "content-type",
    "date",
    "retry-after",
    "vary",
    "x-content-type-options",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// Headers whose values differ between any two answers.
const VOLATILE_HEADERS: [&str; 5] =
    ["apigw-requestid", "date", "retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"];

/// One whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

/// What two answers that must be indistinguishable are compared by: see [`Answer::fingerprint`].
#[derive(Debug, PartialEq, Eq)]
pub struct Fingerprint<'a> {
    status: u16,
    headers: BTreeMap<&'a str, Vec<Cow<'a, str>>>,
    body: Cow<'a, str>,
}

impl Answer {
    /// The value of a header that occurs at most once.
    #[track_caller]
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().expect("a header in ASCII"));
        assert!(values.next().is_none(), "`{name}` more than once: {self:?}");
        value
    }

    /// The value of a header that must be there and be a number.
    #[track_caller]
    #[must_use]
    pub fn number(&self, name: &str) -> u64 {
        let value = self.header(name).unwrap_or_else(|| panic!("no `{name}`: {self:?}"));
        value.parse().unwrap_or_else(|_| panic!("`{name}: {value}` is not a number"))
    }

    /// The body as text.
    #[track_caller]
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    /// The answer is this, and has the headers of every answer of the App API.
    #[track_caller]
    pub fn assert_is(&self, status: u16, body: &Value) {
        assert_eq!((self.status, &self.json()), (status, body));
        self.assert_headers();
    }

    /// The answer is this error and says nothing else.
    #[track_caller]
    pub fn assert_error(&self, status: u16, error: &str) {
        self.assert_is(status, &json!({ "error": error }));
    }

    /// The answer is this success and says nothing else.
    #[track_caller]
    pub fn assert_message(&self, message: &str) {
        self.assert_is(200, &json!({ "message": message }));
    }

    /// The answer hands out a token for the user of this address. Returns the user's id and the token.
    #[track_caller]
    #[must_use]
    pub fn assert_signed_in(&self, message: &str, email: &str) -> (u64, String) {
        let body = self.json();
        let id = body["user"]["id"].as_u64().unwrap_or_else(|| panic!("no id in {self:?}"));
        let token = body["token"].as_str().unwrap_or_else(|| panic!("no token in {self:?}"));
        self.assert_is(200, &json!({"message": message, "user": {"id": id, "email": email}, "token": token}));
        (id, token.to_owned())
    }

    /// The answer lets the owner of this mainland phone in. Returns the user's id and the token.
    #[track_caller]
    #[must_use]
    pub fn assert_entered(&self, phone: &str, is_new: bool) -> (u64, String) {
        let body = self.json();
        let id = body["user"]["id"].as_u64().unwrap_or_else(|| panic!("no id in {self:?}"));
        let token = body["token"].as_str().unwrap_or_else(|| panic!("no token in {self:?}"));
        let message = if is_new { "注册成功" } else { "登录成功" };
        let masked = format!("{}****{}", &phone[..3], &phone[7..]);
        let user = json!({"id": id, "phone": masked});
        self.assert_is(200, &json!({"message": message, "user": user, "token": token, "isNewUser": is_new}));
        (id, token.to_owned())
    }

    #[track_caller]
    fn assert_headers(&self) {
        for name in self.headers.keys() {
            let of_the_gateway = service::is_elsewhere() && GATEWAYS_HEADERS.contains(&name.as_str());
            assert!(
                of_the_gateway || KNOWN_HEADERS.contains(&name.as_str()),
                "an unexpected header `{name}`: {self:?}"
            );
        }
        let content_type = self.header("content-type").unwrap_or_default();
        assert!(["application/json", "application/json; charset=utf-8"].contains(&content_type), "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{self:?}");
        assert!(self.number("x-ratelimit-remaining") <= self.number("x-ratelimit-limit"), "{self:?}");
        assert_ne!(self.number("x-ratelimit-reset"), 0, "{self:?}");
        if [429, 503].contains(&self.status) {
            assert!((1..=900).contains(&self.number("retry-after")), "{self:?}");
        } else {
            assert_eq!(self.header("retry-after"), None, "{self:?}");
        }
    }

    /// All that somebody who probes for accounts can compare: everything but clocks and counters, whose presence
    /// still shows.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint<'_> {
        let mut headers = BTreeMap::<_, Vec<_>>::new();
        for (name, value) in &self.headers {
            let visible = if VOLATILE_HEADERS.contains(&name.as_str()) { b"" } else { value.as_bytes() };
            headers.entry(name.as_str()).or_default().push(String::from_utf8_lossy(visible));
        }
        Fingerprint { status: self.status, headers, body: String::from_utf8_lossy(&self.body) }
    }
}
