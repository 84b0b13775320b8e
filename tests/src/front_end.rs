use crate::client::{Client, send};
use crate::routes::{CUSTOM_LOGOUT, CUSTOM_REFRESH, SIGN_IN, SIGN_UP, VERIFY_EMAIL};
use crate::{Answer, unique_email};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The captcha response that the local run's stub accepts.
pub const CAPTCHA: &str = "recaptcha_response";
/// The password of everybody who signs up here.
pub const PASSWORD: &str = "violet-tractor-7";

/// A web front end of the Browser API, with a browser's cookies.
#[derive(Clone)]
pub struct FrontEnd {
    client: Client,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl FrontEnd {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, cookies: Arc::default() }
    }

    /// Another browser with the same cookies, which from now on go their own way: a thief's, or a second device's.
    #[must_use]
    pub fn copy(&self) -> Self {
        let cookies = self.cookies.lock().expect("no panic").clone();
        Self { client: self.client.clone(), cookies: Arc::new(Mutex::new(cookies)) }
    }

    /// The values of all cookies.
    #[must_use]
    pub fn cookies(&self) -> Vec<String> {
        self.cookies.lock().expect("no panic").values().cloned().collect()
    }

    /// A cookie's value.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("no panic").get(name).cloned()
    }

    /// Forgets a cookie, as a browser does when its time is over.
    pub fn forget(&self, name: &str) {
        self.cookies.lock().expect("no panic").remove(name);
    }

    /// A request with all cookies, to be completed and given to [`FrontEnd::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies = self.cookies.lock().expect("no panic");
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.client.request(method, path);
        if pairs.is_empty() { request } else { request.header("cookie", pairs.join("; ")) }
    }

    /// Sends a request and keeps the cookies that the answer sets.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = send(request).await;
        let mut cookies = self.cookies.lock().expect("no panic");
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().expect("a cookie in ASCII");
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if line.ends_with("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        drop(cookies);
        answer
    }

    /// Sends a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Sign up.
    pub async fn sign_up(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password, "name": "Ada Lovelace", "captcha": CAPTCHA});
        self.post(SIGN_UP, &body).await
    }

    /// Sign in.
    pub async fn sign_in(&self, login: &str, password: &str) -> Answer {
        self.post(SIGN_IN, &json!({"login": login, "password": password, "captcha": CAPTCHA})).await
    }

    /// Verify the address, by cookie.
    pub async fn verify_email(&self, code: &str) -> Answer {
        self.post(VERIFY_EMAIL, &json!({ "verification_code": code })).await
    }

    /// Refresh: no body and no content type.
    pub async fn refresh(&self) -> Answer {
        self.send(self.request(Method::POST, CUSTOM_REFRESH)).await
    }

    /// Sign out: no body and no content type.
    pub async fn log_out(&self) -> Answer {
        self.send(self.request(Method::POST, CUSTOM_LOGOUT)).await
    }

    /// Signs up somebody nobody else knows, and returns the address.
    pub async fn new_user(&self) -> String {
        let email = unique_email();
        let answer = self.sign_up(&email, PASSWORD).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        email
    }

    /// Whether the access token of this browser's cookies is good.
    pub async fn is_signed_in(&self) -> bool {
        self.send(self.request(Method::GET, crate::routes::SESSIONS)).await.status == 200
    }
}
