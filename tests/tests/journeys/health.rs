//! `docs/api/app.md#health`.

use serde_json::json;
use tests::routes::{HEALTH, spellings};
use tests::{Method, Stack, send};

#[tokio::test]
async fn health_needs_no_credentials_and_names_the_version() {
    for path in spellings(HEALTH) {
        let answer = send(Stack::shared().client().request(Method::GET, &path)).await;

        let body = answer.json();
        let version = body["version"].as_str().unwrap_or_default();
        assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{body}");
        assert_eq!((answer.status, &body), (200, &json!({"status": "ok", "version": version})));
        let content_type = answer.header("content-type").unwrap_or_default();
        assert!(content_type.starts_with("application/json"), "{content_type}");
    }
}

#[tokio::test]
async fn health_is_the_same_with_credentials_right_or_wrong() {
    let app = Stack::shared().demo();
    let bare = send(Stack::shared().client().request(Method::GET, HEALTH)).await;
    for app in [app.clone(), app.claiming("nobody", "nothing")] {
        let answer = send(app.request(Method::GET, HEALTH)).await;
        assert_eq!(answer.fingerprint(), bare.fingerprint());
    }
}
