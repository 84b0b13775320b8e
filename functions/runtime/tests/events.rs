//! Whatever stands in an event, it becomes a request or is refused: nothing that a client sends panics.
//!
//! Each property sees 2,000 events; `cargo dev test --fuzz` shows each of them 100,000.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::Config;
use runtime::{Form, Request, read_event};
use serde_json::{Value, json};

fn config() -> Config {
    let ordinary = Config::default();
    Config { cases: ordinary.cases.max(2000), failure_persistence: None, ..ordinary }
}

/// Text as clients send it, as nobody should, and of every kind of character.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        80 => "[ -~]{0,24}",
        40 => any::<String>(),
        20 => "[a-z]{1,3}=[%0-9a-fA-F&=+;\"<>#?ü\u{0}\u{7f}\r\n]{0,24}",
        1 => Just("x".repeat(70_000)),
    ]
}

fn header() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 8] =
        ["host", "Host", "cookie", "authorization", "x-forwarded-proto", "x-forwarded-for", "origin", "user-agent"];
    prop_oneof![4 => proptest::sample::select(&KNOWN[..]).prop_map(str::to_owned), 1 => any::<String>(), 1 => "[A-Za-z-]{1,9}"]
}

/// Text, or what is none.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => text().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<i64>().prop_map(Value::from),
        1 => vec(text(), 0..3).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ]
}

fn object(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    btree_map(header(), values, 0..5).prop_map(|members| members.into_iter().collect())
}

/// An event as the gateway makes it, of whatever a client sent.
fn sent() -> impl Strategy<Value = Value> {
    let line = (proptest::sample::select(&["GET", "POST", "HEAD", "OPTIONS", "M-SEARCH"][..]), text(), text(), text());
    let rest = (object(text().prop_map(Value::from)), object(text().prop_map(Value::from)), vec(text(), 0..4));
    (line, rest, proptest::option::of(text()), any::<bool>()).prop_map(
        |((method, path, query, host), (headers, path_parameters, cookies), body, base64)| {
            json!({
                "version": "2.0",
                "routeKey": format!("{method} {path}"),
                "rawPath": path,
                "rawQueryString": query,
                "headers": headers,
                "cookies": cookies,
                "pathParameters": path_parameters,
                "body": body,
                "isBase64Encoded": base64,
                "requestContext": {
                    "domainName": host,
                    "requestId": "id",
                    "stage": "$default",
                    "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
                },
            })
        },
    )
}

/// The same with a member that is something else than it should be, or is not there.
fn broken() -> impl Strategy<Value = Value> {
    const MEMBERS: [&str; 8] =
        ["routeKey", "rawPath", "rawQueryString", "headers", "cookies", "pathParameters", "body", "requestContext"];
    let other = prop_oneof![3 => value(), 1 => object(value())];
    (sent(), proptest::sample::select(&MEMBERS[..]), proptest::option::of(other)).prop_map(
        |(mut event, member, other)| {
            match (event.as_object_mut(), other) {
                (Some(event), Some(other)) => event.insert(member.to_owned(), other),
                (Some(event), None) => event.remove(member),
                (None, _) => None,
            };
            event
        },
    )
}

fn ask_everything(request: &Request) {
    for name in ["host", "cookie", "authorization", "x", "", "bad name", "ü"] {
        let _ = (request.header(name), request.query(name), request.path(name), request.cookies(name).count());
    }
    let _ = (request.bearer(), request.bears(), request.form(), request.body(), request.method(), request.device());
    let _ = (request.source(), request.id(), format!("{request:?}"));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_a_client_sends_becomes_a_request(event in sent()) {
        let read = read_event(&event.to_string()).expect("the gateway's own frame is an event");
        let query = event["rawQueryString"].as_str().unwrap_or_default();
        // Only what is longer than a URI can be is refused; the gateway takes a sixth of that.
        match Request::try_from(read) {
            Ok(request) => {
                ask_everything(&request);
                prop_assert_eq!(request.form_in_query(), &Form::read(query.as_bytes()));
                prop_assert_eq!(request.source(), "192.0.2.1");
                prop_assert_eq!(request.method(), event["requestContext"]["http"]["method"].as_str().unwrap_or_default());
            }
            Err(_) => prop_assert!(query.len() + event["rawPath"].as_str().unwrap_or_default().len() > 20_000),
        }
    }

    #[test]
    fn a_broken_event_is_refused_or_read(event in broken()) {
        if let Ok(request) = read_event(&event.to_string()).and_then(Request::try_from) {
            ask_everything(&request);
        }
    }

    #[test]
    fn what_is_cut_off_or_no_json_is_refused(event in sent(), share in 0.0..1.0_f64, noise in any::<String>()) {
        let whole = event.to_string();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a text")]
        let end = whole.floor_char_boundary((whole.len() as f64 * share) as usize);
        prop_assert!(read_event(&whole[..end]).is_err());
        let _ = read_event(&noise);
    }
}
