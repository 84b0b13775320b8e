//! Which pages may call, with cookies, and which are refused.

use tests::routes::{CUSTOM_LOGOUT, CUSTOM_REFRESH, SESSIONS, SIGN_IN, SIGN_UP, VERIFY_EMAIL};
use tests::{Answer, Method, Options, Stack, send};

const LISTED: &str = "https://front-end.example";
const FOREIGN: &str = "https://evil.example";

fn stack() -> Stack {
    Stack::start(&Options {
        env: &["BROWSER_ORIGINS=https://front-end.example,https://other.example"],
        ..Options::default()
    })
}

fn allows(answer: &Answer) -> (Option<&str>, Option<&str>) {
    (answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials"))
}

#[tokio::test]
async fn listed_origins_are_echoed_with_credentials_and_others_get_no_word() {
    let stack = stack();
    let ours = stack.info().url.clone();
    let routes = [
        (Method::POST, SIGN_UP),
        (Method::POST, SIGN_IN),
        (Method::POST, VERIFY_EMAIL),
        (Method::POST, CUSTOM_REFRESH),
        (Method::POST, CUSTOM_LOGOUT),
        (Method::GET, SESSIONS),
        (Method::DELETE, SESSIONS),
    ];
    for (method, path) in routes {
        for (origin, allowed) in [(LISTED, true), (ours.as_str(), true), (FOREIGN, false), ("null", false)] {
            let preflight = stack
                .client()
                .request(Method::OPTIONS, path)
                .header("origin", origin)
                .header("access-control-request-method", method.as_str())
                .header("access-control-request-headers", "content-type");
            let preflight = send(preflight).await;
            let answer = send(stack.client().request(method.clone(), path).header("origin", origin)).await;
            let expected = if allowed { (Some(origin), Some("true")) } else { (None, None) };
            assert_eq!((preflight.status, allows(&preflight)), (204, expected), "{method} {path} {origin}");
            assert_eq!(allows(&answer), expected, "{method} {path} {origin}");
            assert!(
                answer.header("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("origin")),
                "{answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    let stack = stack();
    let tab = stack.front_end();
    tab.new_user().await;
    for (name, value) in [("origin", FOREIGN), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        for (method, path) in
            [(Method::POST, CUSTOM_REFRESH), (Method::POST, CUSTOM_LOGOUT), (Method::DELETE, SESSIONS)]
        {
            let answer = tab.copy().send(tab.request(method, path).header(name, value)).await;
            answer.assert_refused(403, "foreign_origin");
            assert_eq!(answer.cookies(), [""; 0]);
        }
    }
    assert!(tab.is_signed_in().await);
    tab.send(tab.request(Method::POST, CUSTOM_REFRESH).header("origin", LISTED)).await.assert_new_cookies();
}
