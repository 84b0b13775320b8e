//! A deployment, and clients of it that hash passwords.

use std::ops::Deref;

use account::{ChangePassword, ForgotPassword, Login, Refresh, Register};
use aws_lc_rs::digest;
use runtime::Answer;
use serde_json::{Value, json};

pub(crate) use rig::{Call, body};

pub(crate) const ADA: &str = "Ada_1815";
pub(crate) const ADAS_MAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "violet-tractor-17";

pub(crate) struct World(rig::World);

impl Deref for World {
    type Target = rig::World;

    fn deref(&self) -> &rig::World {
        &self.0
    }
}

/// What a client keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) expires: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::configured(&[]).await
    }

    pub(crate) async fn configured(variables: &[(&'static str, &str)]) -> Self {
        Self(rig::World::configured(variables).await)
    }

    /// One in which Ada has registered.
    pub(crate) async fn with_ada() -> Self {
        let world = Self::new().await;
        assert_success(&world.call::<Register>(json_body(account(ADA, ADAS_MAIL))).await);
        world
    }

    pub(crate) async fn login(&self, username: &str, password: &str) -> Answer {
        self.call::<Login>(json_body(json!({"username": username, "password": digest_of(password)}))).await
    }

    pub(crate) async fn sign_in(&self, username: &str) -> Tokens {
        tokens(&self.login(username, PASSWORD).await)
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.call::<Refresh>(bearer(token)).await
    }

    /// Whether an access token is good: asks with a wrong old password, which changes nothing.
    pub(crate) async fn is_signed_in(&self, token: &str) -> bool {
        let zeros = "0".repeat(64);
        let call = json_body(json!({"oldPassword": zeros, "newPassword": zeros})).bearer(token);
        self.call::<ChangePassword>(call).await.status != 401
    }

    pub(crate) async fn forgot(&self, email: &str) -> Answer {
        self.call::<ForgotPassword>(json_body(json!({"email": email}))).await
    }

    /// Asks for a reset link and reads its token from the mail.
    pub(crate) async fn reset_token(&self, email: &str) -> String {
        assert_success(&self.forgot(email).await);
        let text = self.mails(email).pop().expect("a mail").text.expect("a text part");
        let (_, rest) = text.split_once("https://auth.example/account/reset-password?token=").expect("a link");
        rest.split_whitespace().next().expect("a token").to_owned()
    }
}

/// The lower-case hex SHA-256, as clients of this API make it.
pub(crate) fn digest_of(password: &str) -> String {
    let digest = digest::digest(&digest::SHA256, password.as_bytes());
    digest.as_ref().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

pub(crate) fn account(username: &str, email: &str) -> Value {
    json!({"username": username, "password": digest_of(PASSWORD), "email": email})
}

#[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
pub(crate) fn json_body(body: Value) -> Call {
    Call::empty().json(&body)
}

pub(crate) fn bearer(token: &str) -> Call {
    Call::empty().bearer(token)
}

pub(crate) fn tokens(answer: &Answer) -> Tokens {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let token = &body(answer)["token"];
    let text = |name: &str| token[name].as_str().expect("a string").to_owned();
    let tokens = Tokens { access: text("accessToken"), refresh: text("refreshToken"), expires: text("expires") };
    let whole = format!(
        r#"{{"success":true,"token":{{"accessToken":"{}","refreshToken":"{}","expires":"{}"}}}}"#,
        tokens.access, tokens.refresh, tokens.expires
    );
    assert_eq!((answer.body.as_str(), answer.header("cache-control")), (whole.as_str(), Some("no-store")));
    tokens
}

#[track_caller]
pub(crate) fn assert_success(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"success":true}"#));
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
}

/// The refusal is this bare string.
#[track_caller]
pub(crate) fn assert_line(answer: &Answer, status: u16, line: &str) {
    assert_eq!((answer.status, answer.body.as_str()), (status, line));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// The refusal is a status and nothing else, and names the scheme.
#[track_caller]
pub(crate) fn assert_unauthorized(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (401, ""));
    assert_eq!((answer.header("www-authenticate"), answer.header("content-type")), (Some("Bearer"), None));
}
