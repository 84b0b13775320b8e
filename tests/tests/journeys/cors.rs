//! Browsers of any origin may call the App API, without cookies, and read its counters.

use serde_json::json;
use std::collections::BTreeSet;
use tests::routes::{self, ACCOUNT, REGISTER, spellings};
use tests::{Answer, Method, Stack, send, unique_email};

const ORIGIN: &str = "https://front-end.example";

/// The items of a comma-separated header, in lower case.
fn list(answer: &Answer, name: &str) -> BTreeSet<String> {
    answer.header(name).unwrap_or_default().split(',').map(|item| item.trim().to_ascii_lowercase()).collect()
}

#[track_caller]
fn assert_any_origin(answer: &Answer) {
    let allowed = answer.header("access-control-allow-origin");
    assert!([Some("*"), Some(ORIGIN)].contains(&allowed), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-credentials"), None, "{answer:?}");
}

#[track_caller]
fn assert_readable(answer: &Answer) {
    assert_any_origin(answer);
    let exposed = list(answer, "access-control-expose-headers");
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"] {
        assert!(exposed.contains(name), "{answer:?}");
    }
}

#[tokio::test]
async fn every_route_answers_a_preflight_without_credentials() {
    let client = Stack::shared().client();
    let wanted = ["content-type", "x-app-id", "x-app-secret", "authorization"];
    for (method, path) in routes::all() {
        for path in spellings(path) {
            println!("{method} {path}");
            let preflight = client
                .request(Method::OPTIONS, &path)
                .header("origin", ORIGIN)
                .header("access-control-request-method", method.as_str())
                .header("access-control-request-headers", wanted.join(", "));

            let answer = send(preflight).await;

            assert_eq!((answer.status, answer.text()), (204, ""));
            assert_any_origin(&answer);
            let methods = list(&answer, "access-control-allow-methods");
            assert!(methods.contains(&method.as_str().to_ascii_lowercase()), "{answer:?}");
            let headers = list(&answer, "access-control-allow-headers");
            assert!(wanted.iter().all(|name| headers.contains(*name)), "{answer:?}");
            assert!(!headers.contains("*"), "{answer:?}");
            assert_eq!(answer.header("x-ratelimit-limit"), None, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_front_end_can_read_a_success_and_its_counters() {
    let email = unique_email();
    let request = Stack::shared().demo().request(Method::POST, REGISTER).header("origin", ORIGIN);
    let answer = send(request.json(&json!({"email": email, "password": "123456"}))).await;
    let _ = answer.assert_signed_in("注册成功", &email);
    assert_readable(&answer);
}

#[tokio::test]
async fn a_front_end_can_read_every_refusal_and_its_counters() {
    let (client, app) = (Stack::shared().client(), Stack::shared().demo());
    for (method, path) in routes::secured() {
        println!("{method} {path}");
        let answer = send(client.request(method, path).header("origin", ORIGIN)).await;
        answer.assert_error(401, "Missing app credentials");
        assert_readable(&answer);
    }
    for path in routes::WITH_BODY {
        println!("{path}");
        let answer = send(app.request(Method::POST, path).header("origin", ORIGIN).body("not json")).await;
        answer.assert_error(400, "请求格式错误");
        assert_readable(&answer);
    }
    let answer = send(app.request(Method::DELETE, ACCOUNT).header("origin", ORIGIN)).await;
    answer.assert_error(401, "No token provided");
    assert_readable(&answer);
}
