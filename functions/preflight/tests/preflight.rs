//! What pages of other origins are told before they ask.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::collections::BTreeMap;

use preflight::{Lists, Preflights, table};
use runtime::{Answer, Event, Function};
use serde_json::{Value, json};
use shared::config::Origins;

const LISTED: &str = "https://front-end.example";
const FOREIGN: &str = "https://evil.example";

fn lists() -> Lists {
    Lists::new(
        Origins::read(&|name| match name {
            "PUBLIC_URL" => Some("https://auth.example".to_owned()),
            "BROWSER_ORIGINS" => Some(LISTED.to_owned()),
            _ => None,
        })
        .expect("complete"),
    )
}

/// The answer to a preflight of a path; `/` is a route of its own, which has no rest.
async fn ask(path: &str, origin: &str) -> Answer {
    let rest = path.trim_start_matches('/');
    let parameters = if rest.is_empty() { json!({}) } else { json!({"proxy": rest}) };
    let context = json!({"http": {"method": "OPTIONS", "sourceIp": "192.0.2.1"}});
    let event = json!({"pathParameters": parameters, "headers": {"origin": origin}, "requestContext": context});
    let event: Event = serde_json::from_value(event).expect("an event");
    Preflights::respond(&lists(), event).await
}

/// The same by the route that a path has of its own, beside one of all other methods.
async fn ask_by_own_route(key: &str, rest: Option<&str>) -> Answer {
    ask_by_route(key, &rest.map_or_else(|| json!({"id": "7"}), |rest| json!({"id": "7", "proxy": rest}))).await
}

async fn ask_by_route(key: &str, parameters: &Value) -> Answer {
    let context = json!({"routeKey": key, "http": {"method": "OPTIONS", "sourceIp": "192.0.2.1"}});
    let event = json!({"pathParameters": parameters, "headers": {"origin": LISTED}, "requestContext": context});
    Preflights::respond(&lists(), serde_json::from_value(event).expect("an event")).await
}

/// Who may call, by which methods, and whether with cookies.
async fn allowed(path: &str, origin: &str) -> (u16, [Option<String>; 3]) {
    let answer = ask(path, origin).await;
    let header = |name: &str| answer.header(name).map(str::to_owned);
    let said = ["access-control-allow-origin", "access-control-allow-methods", "access-control-allow-credentials"];
    (answer.status, said.map(header))
}

fn said(origin: &str, methods: &str, credentials: Option<&str>) -> (u16, [Option<String>; 3]) {
    (204, [Some(origin.to_owned()), Some(methods.to_owned()), credentials.map(str::to_owned)])
}

#[tokio::test]
async fn any_page_may_ask_the_app_api_in_both_spellings() {
    for path in ["/api/v1/auth/login", "/api/v1/auth/login/"] {
        assert_eq!(allowed(path, FOREIGN).await, said("*", "POST, OPTIONS", None), "{path}");
    }
    let headers = ask("/api/v1/auth/login", FOREIGN).await;
    let headers = headers.header("access-control-allow-headers");
    assert_eq!(headers, Some("content-type, x-app-id, x-app-secret, authorization"));
    assert_eq!(allowed("/", FOREIGN).await, said("*", "GET, HEAD, OPTIONS", None));
}

#[tokio::test]
async fn listed_pages_may_ask_the_browser_api_with_cookies_and_others_get_no_word() {
    let path = "/api/v1/sessions";
    assert_eq!(allowed(path, LISTED).await, said(LISTED, "GET, HEAD, DELETE, OPTIONS", Some("true")));
    assert_eq!(allowed(path, FOREIGN).await, (204, [None, None, None]));
    assert_eq!(ask(path, FOREIGN).await.header("vary"), Some("origin"));
}

#[tokio::test]
async fn a_variable_of_a_path_stands_for_one_segment_that_is_not_empty() {
    for path in ["/api/v1/mementos/7", "/api/v1/mementos/7/"] {
        assert_eq!(allowed(path, LISTED).await.1[1].as_deref(), Some("GET, HEAD, DELETE, OPTIONS"), "{path}");
    }
    for path in ["/api/v1/mementos/7/8", "/api/v1/mementos//", "/nowhere"] {
        assert_eq!(ask(path, LISTED).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_route_of_a_paths_own_says_what_the_route_of_all_paths_says() {
    for (key, rest) in [
        ("OPTIONS /api/v1/sessions", None),
        ("OPTIONS /api/v1/sessions/{proxy+}", Some("")),
        ("OPTIONS /api/v1/mementos/{id}", None),
        ("OPTIONS /api/v1/mementos/{id}/{proxy+}", Some("")),
    ] {
        let answer = ask_by_own_route(key, rest).await;
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET, HEAD, DELETE, OPTIONS"), "{key}");
    }
    assert_eq!(ask_by_own_route("OPTIONS /api/v1/sessions/{proxy+}", Some("x/y")).await.status, 404);
    // The longer path has no route of its own, and its first segment is taken for the shorter one's variable.
    let longer = json!({"id": "memento_document", "proxy": "7"});
    let answer = ask_by_route("OPTIONS /api/v1/mementos/{id}/{proxy+}", &longer).await;
    assert_eq!(answer.header("access-control-allow-methods"), Some("POST, OPTIONS"));
}

/// A path has one answer, so its routes must agree on what they take.
#[tokio::test]
async fn every_route_of_a_path_allows_the_same() {
    let lists = lists();
    let mut paths = BTreeMap::new();
    for entry in table() {
        let says = format!("{:?}", entry.says(lists.origins()));
        let first = paths.entry(entry.route.path).or_insert_with(|| says.clone());
        assert_eq!(*first, says, "{}", entry.route.name);
    }
    assert!(paths.len() > 40);
}
