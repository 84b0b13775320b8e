use crate::routes::{ACCOUNT, FORGOT_PASSWORD, LOGIN, REGISTER, RESET_PASSWORD, SEND_CODE};
use crate::{Answer, AppCredentials, tunnel, unique_email};
use reqwest::header::HOST;
use reqwest::{Method, RequestBuilder, redirect};
use serde_json::{Value, json};

/// Someone who speaks HTTP to the service, without credentials.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    /// The name of a service that is reached through a tunnel.
    host: Option<String>,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build();
        Self { http: http.expect("an HTTP client"), url: url.to_owned(), host: None }
    }

    /// A client of a service that may be elsewhere, and then speaks TLS.
    pub(crate) fn of(url: &str) -> Self {
        match url.strip_prefix("https://") {
            None => Self::new(url),
            Some(host) => Self { host: Some(host.to_owned()), ..Self::new(&format!("http://{}", tunnel::open(host))) },
        }
    }

    /// A request to be completed and given to [`send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.host {
            None => request,
            Some(host) => request.header(HOST, host),
        }
    }

    /// Sends a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }
}

/// A client that belongs to an app and says so in every request.
#[derive(Clone)]
pub struct App {
    client: Client,
    credentials: AppCredentials,
}

impl App {
    pub(crate) fn new(client: Client, credentials: &AppCredentials) -> Self {
        Self { client, credentials: credentials.clone() }
    }

    /// What this app authenticates with.
    #[must_use]
    pub fn credentials(&self) -> &AppCredentials {
        &self.credentials
    }

    /// A client that claims to be `id` and presents `secret`.
    #[must_use]
    pub fn claiming(&self, id: &str, secret: &str) -> Self {
        let credentials =
            AppCredentials { id: id.to_owned(), secret: secret.to_owned(), api_key: self.credentials.api_key.clone() };
        Self { client: self.client.clone(), credentials }
    }

    /// A request with the app's headers, to be completed and given to [`send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, path)
            .header("x-app-id", &self.credentials.id)
            .header("x-app-secret", &self.credentials.secret)
    }

    /// Sends a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    /// Sends these bytes as JSON, whatever they are.
    pub async fn post_bytes(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        send(self.request(Method::POST, path).header("content-type", "application/json").body(body.into())).await
    }

    /// Register.
    pub async fn register(&self, email: &str, password: &str) -> Answer {
        self.post(REGISTER, &json!({"email": email, "password": password})).await
    }

    /// Sign in by password.
    pub async fn login(&self, email: &str, password: &str) -> Answer {
        self.post(LOGIN, &json!({"email": email, "password": password})).await
    }

    /// Sign in by phone.
    pub async fn phone_login(&self, phone: &str, code: &str) -> Answer {
        self.post(LOGIN, &json!({"phone": phone, "code": code})).await
    }

    /// Send a code.
    pub async fn send_code(&self, phone: &str) -> Answer {
        self.post(SEND_CODE, &json!({"phone": phone})).await
    }

    /// Forgot the password.
    pub async fn forgot_password(&self, email: &str) -> Answer {
        self.post(FORGOT_PASSWORD, &json!({"email": email})).await
    }

    /// Reset the password.
    pub async fn reset_password(&self, token: &str, new_password: &str) -> Answer {
        self.post(RESET_PASSWORD, &json!({"token": token, "newPassword": new_password})).await
    }

    /// Delete the account: no body and no content type, as existing clients send it.
    pub async fn delete_account(&self, token: &str) -> Answer {
        send(self.request(Method::DELETE, ACCOUNT).bearer_auth(token)).await
    }

    /// Registers somebody nobody else knows.
    pub async fn new_user(&self) -> User {
        self.new_user_with(&unique_email(), "correct-horse").await
    }

    /// Registers this address, which must be new, in its canonical form.
    pub async fn new_user_with(&self, email: &str, password: &str) -> User {
        let answer = self.register(email, password).await;
        let (id, token) = answer.assert_signed_in("注册成功", email);
        User { email: email.to_owned(), password: password.to_owned(), id, token }
    }
}

/// A registered user.
#[derive(Debug, Clone)]
pub struct User {
    /// In its canonical form.
    pub email: String,
    /// The password given at registration.
    pub password: String,
    /// The id that registration answered with.
    pub id: u64,
    /// The token that registration answered with.
    pub token: String,
}

/// Sends a request and reads the whole answer.
pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer over HTTP");
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = response.bytes().await.expect("a whole body").to_vec();
    Answer { status, headers, body }
}
