//! What every answer of the Browser API must be.

use crate::Answer;
use serde_json::json;

/// The lines that clear both cookies.
pub const CLEARED: [&str; 2] = [
    "access_token=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0",
    "refresh_token=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0",
];

impl Answer {
    /// The cookies' lines.
    #[track_caller]
    #[must_use]
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|line| line.to_str().expect("ASCII")).collect()
    }

    /// The answer is empty but for both cookies, new ones.
    #[track_caller]
    pub fn assert_new_cookies(&self) {
        assert_eq!((self.status, self.text()), (204, ""), "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("content-type"), None);
        let lines = self.cookies();
        let [access, refresh] = lines.as_slice() else { panic!("{lines:?}") };
        for (line, name, age) in [(access, "access_token", 3600), (refresh, "refresh_token", 604_800)] {
            let value = line.strip_prefix(&format!("{name}=")).unwrap_or_else(|| panic!("{line}"));
            let (value, attributes) = value.split_once(';').unwrap_or_else(|| panic!("{line}"));
            assert!(value.len() > 40, "{line}");
            assert_eq!(attributes, format!(" Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age={age}"));
        }
    }

    /// The answer is empty and clears both cookies.
    #[track_caller]
    pub fn assert_cleared_cookies(&self) {
        assert_eq!((self.status, self.text()), (204, ""), "{self:?}");
        assert_eq!(self.cookies(), CLEARED);
    }

    /// The answer is this error, without words for a field.
    #[track_caller]
    pub fn assert_refused(&self, status: u16, code: &str) {
        let body = self.json();
        let detail = body["detail"].as_str().unwrap_or_else(|| panic!("{self:?}"));
        assert!(!detail.is_empty());
        assert_eq!((self.status, &body), (status, &json!({"detail": detail, "code": code})), "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
    }

    /// The answer is this 400 about these fields.
    #[track_caller]
    pub fn assert_invalid(&self, code: &str, fields: &[&str]) {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (400, Some(code)), "{self:?}");
        let errors = body["errors"].as_object().unwrap_or_else(|| panic!("{self:?}"));
        let mut named: Vec<_> = errors.keys().map(String::as_str).collect();
        named.sort_unstable();
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        assert_eq!(named, fields, "{self:?}");
        assert!(errors.values().all(|words| words[0].as_str().is_some_and(|words| !words.is_empty())), "{self:?}");
    }
}
