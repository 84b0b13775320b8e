//! What API Gateway would send to a function, for the benchmark and for the event files.

use serde_json::{Value, json};

/// A request, as an ordinary phone sends it.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// The route's path, with its `{names}`.
    pub(crate) route: &'a str,
    /// The path with values in their place.
    pub(crate) path: &'a str,
    /// The query, as it is sent.
    pub(crate) query: &'a str,
    /// Beside those that every request has.
    pub(crate) headers: Vec<(&'a str, String)>,
    pub(crate) cookies: Vec<String>,
    /// The media type and the text.
    pub(crate) body: Option<(&'a str, String)>,
}

const AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15";

impl Request<'_> {
    /// The event, of payload format 2.0. What the request does not have is not in it.
    pub(crate) fn to_event(&self) -> Value {
        let route = format!("{} {}", self.method, self.route);
        let mut event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": {
                "accept": "application/json",
                "accept-encoding": "gzip, deflate, br",
                "accept-language": "zh-CN,zh;q=0.9,en;q=0.8",
                "content-length": self.body.as_ref().map_or(0, |(_, text)| text.len()).to_string(),
                "host": "api.example.com",
                "user-agent": AGENT,
                "x-amzn-trace-id": "Root=1-65f1a2b3-0123456789abcdef01234567",
                "x-forwarded-for": "192.0.2.1",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https",
            },
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": {
                    "method": self.method, "path": self.path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                    "userAgent": AGENT,
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": route,
                "stage": "$default",
                "time": "21/Nov/2026:10:00:00 +0000",
                "timeEpoch": 1_795_255_200_000_i64,
            },
            "isBase64Encoded": false,
        });
        for (name, value) in &self.headers {
            event["headers"][*name] = value.as_str().into();
        }
        if !self.cookies.is_empty() {
            event["cookies"] = json!(self.cookies);
        }
        let parameters = self.parameters();
        if !parameters.is_empty() {
            event["pathParameters"] = parameters.into_iter().collect();
        }
        if let Some((media_type, text)) = &self.body {
            event["headers"]["content-type"] = (*media_type).into();
            event["body"] = text.as_str().into();
        }
        event
    }

    /// What the route's names stand for in the path.
    fn parameters(&self) -> Vec<(String, Value)> {
        let segments = self.route.split('/').zip(self.path.split('/'));
        let named = segments.filter_map(|(name, value)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            Some((name.to_owned(), value.into()))
        });
        named.collect()
    }
}
