use crate::client::{Client, send};
use crate::routes::{
    ACCOUNT_FORGOT_PASSWORD, ACCOUNT_LOGIN, ACCOUNT_LOGOUT, ACCOUNT_REFRESH, ACCOUNT_REGISTER, ACCOUNT_RESET,
    CERTIFICATE, CHANGE_PASSWORD,
};
use crate::{Answer, sha256_hex, unique_email, unique_username};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A client of the Account API: it sends the digests of passwords, and keeps a pair of tokens.
#[derive(Clone)]
pub struct HashingClient {
    client: Client,
    api_key: Option<String>,
}

/// What it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// When the access token dies.
    pub expires: String,
}

impl HashingClient {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, api_key: None }
    }

    /// The client of the app that this key names.
    #[must_use]
    pub fn with_key(&self, api_key: &str) -> Self {
        Self { client: self.client.clone(), api_key: Some(api_key.to_owned()) }
    }

    /// A request, with the API key if there is one, to be completed and given to [`send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, path);
        match &self.api_key {
            Some(key) => request.header("authorization", key),
            None => request,
        }
    }

    /// Sends a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    /// Log in.
    pub async fn login(&self, username: &str, password: &str) -> Answer {
        self.post(ACCOUNT_LOGIN, &json!({"username": username, "password": sha256_hex(password)})).await
    }

    /// Log out.
    pub async fn log_out(&self, token: &str) -> Answer {
        send(self.client.request(Method::POST, ACCOUNT_LOGOUT).bearer_auth(token)).await
    }

    /// Register.
    pub async fn register(&self, username: &str, password: &str, email: &str) -> Answer {
        let body = json!({"username": username, "password": sha256_hex(password), "email": email});
        self.post(ACCOUNT_REGISTER, &body).await
    }

    /// Change the password.
    pub async fn change_password(&self, token: &str, old: &str, new: &str) -> Answer {
        let body = json!({"oldPassword": sha256_hex(old), "newPassword": sha256_hex(new)});
        send(self.client.request(Method::POST, CHANGE_PASSWORD).bearer_auth(token).json(&body)).await
    }

    /// Refresh: no body.
    pub async fn refresh(&self, token: &str) -> Answer {
        send(self.client.request(Method::GET, ACCOUNT_REFRESH).bearer_auth(token)).await
    }

    /// Forgot the password.
    pub async fn forgot_password(&self, email: &str) -> Answer {
        self.post(ACCOUNT_FORGOT_PASSWORD, &json!({ "email": email })).await
    }

    /// Check a reset token.
    pub async fn certificate(&self, token: &str) -> Answer {
        send(self.request(Method::GET, CERTIFICATE).query(&[("token", token)])).await
    }

    /// Reset the password, with what is sent as it is.
    pub async fn reset(&self, token: &str, new_password: &str) -> Answer {
        self.post(ACCOUNT_RESET, &json!({"token": token, "newPassword": new_password})).await
    }

    /// Registers somebody nobody else knows, and returns the username and the address.
    pub async fn new_user(&self, password: &str) -> (String, String) {
        let (username, email) = (unique_username(), unique_email());
        self.register(&username, password, &email).await.assert_done();
        (username, email)
    }

    /// Signs in.
    pub async fn signed_in(&self, username: &str, password: &str) -> Pair {
        self.login(username, password).await.assert_pair()
    }

    /// Whether an access token is good: asks with wrong passwords, which changes nothing.
    pub async fn is_signed_in(&self, token: &str) -> bool {
        self.change_password(token, "not the password", "another").await.status != 401
    }
}

impl Answer {
    /// The answer is `{"success": true}` and nothing else.
    #[track_caller]
    pub fn assert_done(&self) {
        assert_eq!((self.status, self.text()), (200, r#"{"success":true}"#));
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
    }

    /// The answer is a pair of tokens and nothing else.
    #[track_caller]
    #[must_use]
    pub fn assert_pair(&self) -> Pair {
        assert_eq!(self.status, 200, "{self:?}");
        let token = &self.json()["token"];
        let text = |name: &str| token[name].as_str().unwrap_or_else(|| panic!("no {name}: {self:?}")).to_owned();
        let pair = Pair { access: text("accessToken"), refresh: text("refreshToken"), expires: text("expires") };
        let (access, refresh, expires) = (&pair.access, &pair.refresh, &pair.expires);
        let token = format!(r#"{{"accessToken":"{access}","refreshToken":"{refresh}","expires":"{expires}"}}"#);
        assert_eq!(self.text(), format!(r#"{{"success":true,"token":{token}}}"#));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        pair
    }

    /// The answer is this bare string, as plain text.
    #[track_caller]
    pub fn assert_line(&self, status: u16, line: &str) {
        assert_eq!((self.status, self.text()), (status, line));
        assert_eq!(self.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
    }

    /// The answer is 401 without a body, and names the scheme.
    #[track_caller]
    pub fn assert_unauthorized(&self) {
        assert_eq!((self.status, self.text()), (401, ""), "{self:?}");
        assert_eq!(self.header("www-authenticate"), Some("Bearer"));
    }
}
