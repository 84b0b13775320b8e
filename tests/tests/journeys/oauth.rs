//! OAuth through the real gateway: raw queries, both spellings, and exchanges that race.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use local::siteverify::RESPONSE;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tests::{Client, ClientCredentials, Stack, unique_email};

pub(crate) const AUTHORIZE: &str = "/api/v1/auth/oauth2/authorize";
pub(crate) const TOKEN: &str = "/api/v1/auth/oauth2/token";

/// Somebody with a session, and a client that asks them.
pub(crate) struct AuthorizationRequest {
    pub(crate) http: Client,
    pub(crate) client: &'static ClientCredentials,
    cookies: String,
}

impl AuthorizationRequest {
    async fn new(client: &str) -> Self {
        Self::at(Stack::shared(), client).await
    }

    pub(crate) async fn at(stack: &'static Stack, client: &str) -> Self {
        let (http, client) = (stack.client(), stack.oauth_client(client));
        let account =
            json!({"email": unique_email(), "password": "violet-tractor-17", "name": "Ada", "captcha": RESPONSE});
        let answer = http.request(Method::POST, "/api/v1/auth/signup/").json(&account).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::CREATED);
        let lines = answer.headers().get_all("set-cookie").iter();
        let cookies: Vec<_> =
            lines.filter_map(|line| Some(line.to_str().ok()?.split(';').next()?.to_owned())).collect();
        Self { http, client, cookies: cookies.join("; ") }
    }

    pub(crate) async fn ask(&self, path: &str, query: &str) -> Response {
        let request = self.http.request(Method::GET, &format!("{path}?{query}")).header("cookie", &self.cookies);
        request.send().await.expect("an answer")
    }

    /// A request of the user's own, by cookie.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, path).header("cookie", &self.cookies)
    }

    /// The page that asks.
    pub(crate) async fn page(&self) -> String {
        self.ask(AUTHORIZE, &self.client.query("xyz")).await.text().await.expect("a page")
    }

    /// Where the browser is sent who agrees to what the page asks.
    pub(crate) async fn agree(&self, path: &str, page: &str) -> String {
        let answer = self.decide(path, page, &[]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        answer.headers()["location"].to_str().expect("a location").to_owned()
    }

    /// The answer to the page's form, with these mementos ticked.
    pub(crate) async fn decide(&self, path: &str, page: &str, ticks: &[&str]) -> Response {
        let ticks = ticks.iter().map(|id| ("m".to_owned(), (*id).to_owned()));
        let form: Vec<_> = hidden(page).into_iter().chain(ticks).chain([agreed()]).collect();
        self.request(Method::POST, path).form(&form).send().await.expect("an answer")
    }

    pub(crate) async fn code(&self) -> String {
        let location = self.agree(AUTHORIZE, &self.page().await).await;
        code_in(&location).expect("a code")
    }

    pub(crate) async fn exchange(&self, code: &str) -> (u16, Value) {
        let body = json!({
            "client_id": self.client.id,
            "client_secret": self.client.secret,
            "redirect_uri": self.client.redirect_uris[0],
            "code": code,
        });
        let answer = self.http.request(Method::POST, TOKEN).json(&body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

/// The hidden fields of a page's form.
pub(crate) fn hidden(page: &str) -> Vec<(String, String)> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"")?;
        let value = rest.split_once('"')?.0;
        Some((name.to_owned(), value.replace("&#38;", "&").replace("&#34;", "\"").replace("&#39;", "'")))
    });
    inputs.collect()
}

/// What the button says that agrees.
pub(crate) fn agreed() -> (String, String) {
    ("action".to_owned(), "authorize".to_owned())
}

/// The code that a browser brings back.
pub(crate) fn code_in(location: &str) -> Option<String> {
    location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).map(str::to_owned)
}

#[tokio::test]
async fn state_comes_back_to_the_letter_through_the_gateway_in_both_spellings() {
    let asked = AuthorizationRequest::new("demo-query").await;
    for (path, state) in [(AUTHORIZE, "a b+c&d=%e"), ("/api/v1/auth/oauth2/authorize/", "{\"\u{4f60}\":'x'}")] {
        let answer = asked.ask(path, &asked.client.query(state)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().get("access-control-allow-origin").is_none());
        let location = asked.agree(path, &answer.text().await.expect("a page")).await;
        let back = reqwest::Url::parse(&location).expect("a URL");
        let value =
            |name: &str| back.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        assert_eq!((value("shop").as_deref(), value("state").as_deref()), (Some("1"), Some(state)));
    }
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_seen_though_the_gateway_joins_them() {
    let asked = AuthorizationRequest::new("demo-client").await;
    let query = asked.client.query("xyz");
    let page = asked.ask(AUTHORIZE, &format!("{query}&client_id={}", asked.client.id)).await;
    assert_eq!((page.status(), page.headers().get("location")), (StatusCode::BAD_REQUEST, None));
    let back = asked.ask(AUTHORIZE, &format!("{query}&scope=profile&scope=email")).await;
    assert_eq!(back.status(), StatusCode::FOUND);
    let location = back.headers()["location"].to_str().expect("a location");
    assert!(location.contains("error=invalid_request") && location.contains("state=xyz"), "{location}");
}

#[tokio::test]
async fn of_many_exchanges_of_one_code_at_once_at_most_one_succeeds_and_its_tokens_die() {
    let asked = Arc::new(AuthorizationRequest::new("demo-client").await);
    let code = asked.code().await;
    let exchanges = (0..10).map(|_| {
        let (asked, code) = (asked.clone(), code.clone());
        async move { asked.exchange(&code).await }
    });
    let outcomes = tests::at_once(exchanges).await;
    let given: Vec<_> = outcomes.iter().filter(|(status, _)| *status == 200).collect();
    assert_eq!(given.len(), 1);
    assert!(outcomes.iter().all(|(status, body)| *status == 200 || body["error"] == "invalid_grant"), "{outcomes:?}");
    let token = given[0].1["access_token"].as_str().expect("a token");
    let me = asked.http.request(Method::GET, "/api/v1/me").bearer_auth(token).send().await.expect("an answer");
    assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
    let challenge = me.headers()["www-authenticate"].to_str().expect("ASCII").to_owned();
    assert!(challenge.starts_with("Bearer error=\"invalid_token\", resource_metadata=\"http"), "{challenge}");
}

/// The document of a client at its own address, which is the client's id.
fn described_client() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let id = format!("http://{}/c.json", listener.local_addr().expect("an address"));
    let document = json!({"client_id": id, "redirect_uris": ["http://localhost/callback"]}).to_string();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let _ = connection.read(&mut [0; 4096]);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
            let _ = write!(connection, "{head}content-length: {}\r\n\r\n{document}", document.len());
        }
    });
    id
}

/// The gateway decodes a path before it looks for its route, so an address is not one segment of a path.
#[tokio::test]
async fn a_client_that_a_document_describes_is_changed_and_disconnected_by_the_query() {
    let asked = AuthorizationRequest::new("demo-client").await;
    let id = described_client();
    let encoded: String = id.replace(':', "%3A").replace('/', "%2F");
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let query = format!(
        "client_id={encoded}&redirect_uri=http%3A%2F%2Flocalhost%2Fcallback&response_type=code&state=xyz&\
         code_challenge={challenge}&code_challenge_method=S256"
    );
    let page = asked.ask(AUTHORIZE, &query).await.text().await.expect("a page");
    asked.agree(AUTHORIZE, &page).await;
    let status = async |method, path: &str| {
        let request = asked.request(method, path).json(&json!({"mementos": []}));
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(status(Method::DELETE, &format!("/api/v1/grants/{encoded}/")).await, 404);
    for path in tests::routes::spellings("/api/v1/grants") {
        assert_eq!(status(Method::PUT, &format!("{path}?client_id={encoded}")).await, 200, "{path}");
    }
    assert_eq!(status(Method::DELETE, &format!("/api/v1/grants/?client_id={encoded}")).await, 204);
    assert_eq!(status(Method::DELETE, &format!("/api/v1/grants?client_id={encoded}")).await, 404, "it is gone");
}

/// RFC 6749 §3.2: "The client MUST use the HTTP POST method when making access token requests."
#[tokio::test]
async fn what_takes_secrets_is_served_by_post_alone() {
    let (http, client) = (Stack::shared().client(), Stack::shared().oauth_client("demo-client"));
    let secret = client.secret.as_deref().unwrap_or_default();
    let query = format!("client_id={}&client_secret={secret}&code=x&redirect_uri=x&token=x", client.id);
    for path in [TOKEN, "/api/v1/auth/oauth2/introspect", "/api/v1/auth/oauth2/revoke"] {
        for path in tests::routes::spellings(path) {
            for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
                let answer = http.request(method.clone(), &format!("{path}?{query}")).send().await.expect("an answer");
                assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
                let body: Value = answer.json().await.expect("JSON");
                assert_eq!(body, json!({"message": "Not Found"}), "{method} {path}");
            }
        }
    }
}

/// The same of the operations that want a token.
#[tokio::test]
async fn a_client_without_the_token_of_its_registration_is_refused() {
    let http = Stack::shared().client();
    let operations: Vec<_> = tests::openapi::secured_operations()
        .into_iter()
        .filter(|operation| operation.api == "oauth" && operation.schemes.contains("bearer"))
        .collect();
    assert!(operations.len() >= 3);
    for operation in operations {
        for path in tests::routes::spellings(&operation.path) {
            for token in [None, Some("x"), Some("default.x")] {
                let request = http.request(operation.method.clone(), &path).json(&json!({}));
                let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
                let answer = request.send().await.expect("an answer");
                assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{} {path}", operation.method);
                assert!(answer.headers()["www-authenticate"].to_str().expect("ASCII").starts_with("Bearer"), "{path}");
                let body: Value = answer.json().await.expect("JSON");
                assert_eq!(body["error"], "invalid_token", "{path}");
            }
        }
    }
}

/// The operations come from the OpenAPI document, so a new one is in here by itself.
#[tokio::test]
async fn a_client_that_does_not_prove_who_it_is_is_refused() {
    let (http, client) = (Stack::shared().client(), Stack::shared().oauth_client("demo-client"));
    let operations: Vec<_> = tests::openapi::secured_operations()
        .into_iter()
        .filter(|operation| operation.schemes.contains("clientBasic"))
        .collect();
    assert!(operations.len() >= 3);
    for operation in operations {
        for path in tests::routes::spellings(&operation.path) {
            let request = || http.request(operation.method.clone(), &path);
            let token = [("token", "x"), ("code", "x"), ("redirect_uri", "x"), ("refresh_token", "x")];
            for (presented, basic) in [(None, None), (Some((&*client.id, "wrong")), None), (None, Some(&*client.id))] {
                let mut form = token.to_vec();
                form.extend(
                    presented.into_iter().flat_map(|(id, secret)| [("client_id", id), ("client_secret", secret)]),
                );
                let request = request().form(&form);
                let request = if let Some(id) = basic { request.basic_auth(id, Some("wrong")) } else { request };
                let answer = request.send().await.expect("an answer");
                let challenge =
                    answer.headers().get("www-authenticate").map(|value| value.to_str().unwrap_or_default());
                assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
                assert_eq!(challenge.is_some_and(|value| value.starts_with("Basic")), basic.is_some(), "{path}");
                let body: Value = answer.json().await.expect("JSON");
                assert_eq!(body["error"], "invalid_client", "{path}");
            }
        }
    }
}
