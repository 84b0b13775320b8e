//! The Browser API, as the web front ends that exist call it.

mod accounts;
mod bodies;
mod cors;
mod lines;
mod link;
mod paths;
mod races;
mod sessions;

use serde_json::json;
use tests::Answer;

/// The lines that clear both cookies.
const CLEARED: [&str; 2] = [
    "access_token=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0",
    "refresh_token=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0",
];

/// The cookies' lines.
fn cookies(answer: &Answer) -> Vec<&str> {
    answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().expect("ASCII")).collect()
}

/// The answer is empty but for both cookies, new ones.
#[track_caller]
fn assert_cookies(answer: &Answer) {
    assert_eq!((answer.status, answer.text()), (204, ""), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), None);
    let lines = cookies(answer);
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
fn assert_cleared(answer: &Answer) {
    assert_eq!((answer.status, answer.text()), (204, ""), "{answer:?}");
    assert_eq!(cookies(answer), CLEARED);
}

/// The answer is this error, without words for a field.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    let body = answer.json();
    let detail = body["detail"].as_str().unwrap_or_else(|| panic!("{answer:?}"));
    assert!(!detail.is_empty());
    assert_eq!((answer.status, &body), (status, &json!({"detail": detail, "code": code})), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
}

/// The answer is this 400 about these fields.
#[track_caller]
fn assert_invalid(answer: &Answer, code: &str, fields: &[&str]) {
    let body = answer.json();
    assert_eq!((answer.status, body["code"].as_str()), (400, Some(code)), "{answer:?}");
    let errors = body["errors"].as_object().unwrap_or_else(|| panic!("{answer:?}"));
    let mut named: Vec<_> = errors.keys().map(String::as_str).collect();
    named.sort_unstable();
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    assert_eq!(named, fields, "{answer:?}");
    assert!(errors.values().all(|words| words[0].as_str().is_some_and(|words| !words.is_empty())), "{answer:?}");
}
