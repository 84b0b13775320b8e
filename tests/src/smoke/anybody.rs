//! What needs no app, as on a deployment that was just made.

use reqwest::Method;
use serde_json::json;

use crate::openapi::{self, ListedOperation};
use crate::routes::{DOCS, HEALTH, LLMS, MANUAL, OPENAPI, PORTAL, secured};
use crate::{Answer, Service, send};

/// A path of the route, every parameter filled in.
fn filled_in(path: &str) -> String {
    let segment = |segment| match segment {
        "{name}" => "portal.css",
        "{page}" => "overview",
        "{id}" | "{client_id}" => "1",
        "{app}" => "shop",
        segment => segment,
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// A function that does not start is a 5xx, and a route that is missing has the gateway's own words.
#[track_caller]
fn assert_answered(answer: &Answer, whose: &str) {
    assert!(answer.status < 500, "{whose}: {answer:?}");
    assert!(!answer.text().contains(r#"{"message":"Not Found"}"#), "{whose}: {answer:?}");
}

/// Without credentials and a body each refuses, or shows a page; none does anything.
pub async fn every_function_starts_and_answers() {
    let service = Service::under_test();
    for ListedOperation { id, method, path } in openapi::operations() {
        let path = filled_in(&path);
        assert!(!path.contains('{'), "{path} has a parameter that is not known here");
        assert_answered(&send(service.client().request(method, &path)).await, &id);
    }
}

/// Of a page of another origin.
pub async fn every_path_answers_a_preflight() {
    let service = Service::under_test();
    for ListedOperation { id, method, path } in openapi::operations() {
        let preflight = service
            .client()
            .request(Method::OPTIONS, &filled_in(&path))
            .header("origin", "https://example.com")
            .header("access-control-request-method", method.as_str());
        assert_eq!(send(preflight).await.status, 204, "{id}");
    }
}

/// To a `GET`, and to a `HEAD`.
pub async fn the_open_pages_are_served() {
    let service = Service::under_test();
    for (path, method) in [HEALTH, PORTAL, DOCS, MANUAL, OPENAPI, LLMS]
        .into_iter()
        .flat_map(|path| [(path, Method::GET), (path, Method::HEAD)])
    {
        assert_eq!(send(service.client().request(method.clone(), path)).await.status, 200, "{method} {path}");
    }
}

/// By the App API.
pub async fn nobody_without_credentials_is_let_in() {
    let service = Service::under_test();
    for (method, path) in secured() {
        assert_eq!(send(service.client().request(method, path)).await.status, 401, "{path}");
    }
}

/// By the Browser API.
pub async fn a_page_without_cookies_is_not_signed_in() {
    let service = Service::under_test();
    let post = async |path: &str| service.client().post(path, &json!({})).await.status;
    assert_eq!(post("/api/v1/auth/custom-refresh/").await, 401);
    assert_eq!(post("/api/v1/auth/custom-logout/").await, 204, "nobody is signed in: sign-out succeeds");
}
