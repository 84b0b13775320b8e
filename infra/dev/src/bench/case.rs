//! The rows of the table: each an operation, and how its requests are made.

use std::fmt;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::world::{PASSWORD, Tab, World};

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Case {
    /// Somebody new.
    Register,
    /// The right password.
    Login,
    /// A wrong password of a known user.
    WrongPassword,
    /// A known user's address.
    ForgotPassword,
    /// A living link.
    ResetPassword,
    /// A user with one session.
    DeleteAccount,
    /// Somebody new in a browser, with a mail.
    SignUp,
    /// The right password in a browser, of somebody whose mail is on its way.
    SignIn,
    /// The right code.
    VerifyEmail,
    /// A session's first refresh.
    Refresh,
    /// A living session.
    Logout,
    /// No store at all.
    Health,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::WrongPassword => "wrong-password",
            Self::ForgotPassword => "forgot-password",
            Self::ResetPassword => "reset-password",
            Self::DeleteAccount => "delete-account",
            Self::SignUp => "sign-up",
            Self::SignIn => "sign-in",
            Self::VerifyEmail => "verify-email",
            Self::Refresh => "refresh",
            Self::Logout => "logout",
            Self::Health => "health",
        })
    }
}

impl Case {
    pub(super) const ALL: [Self; 12] = [
        Self::Register,
        Self::Login,
        Self::WrongPassword,
        Self::ForgotPassword,
        Self::ResetPassword,
        Self::DeleteAccount,
        Self::SignUp,
        Self::SignIn,
        Self::VerifyEmail,
        Self::Refresh,
        Self::Logout,
        Self::Health,
    ];

    /// The function that is called.
    pub(super) const fn bin(self) -> &'static str {
        match self {
            Self::Register => "app-register",
            Self::Login | Self::WrongPassword => "app-login",
            Self::ForgotPassword => "app-forgot-password",
            Self::ResetPassword => "app-reset-password",
            Self::DeleteAccount => "app-delete-account",
            Self::SignUp => "browser-sign-up",
            Self::SignIn => "browser-sign-in",
            Self::VerifyEmail => "browser-verify-email",
            Self::Refresh => "browser-refresh",
            Self::Logout => "browser-logout",
            Self::Health => "app-health",
        }
    }

    /// Whether each request hashes one password.
    pub(super) const fn hashes(self) -> bool {
        matches!(
            self,
            Self::Register | Self::Login | Self::WrongPassword | Self::ResetPassword | Self::SignUp | Self::SignIn
        )
    }

    /// The status of the answers.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::WrongPassword => 401,
            Self::SignUp => 201,
            Self::SignIn | Self::Refresh | Self::Logout => 204,
            _ => 200,
        }
    }

    /// The event of a request that nobody has made before, with what it needs in the store.
    pub(super) async fn event(self, world: &World) -> Result<String> {
        Ok(match self {
            Self::Register => {
                let body = json!({"email": world.new_email()?.as_str(), "password": PASSWORD});
                post(world, "/api/v1/auth/register", &body)
            }
            Self::Login => login(world, world.user().await?.email.as_str(), PASSWORD),
            Self::WrongPassword => login(world, world.user().await?.email.as_str(), "wrong-password"),
            Self::ForgotPassword => {
                let body = json!({"email": world.user().await?.email.as_str()});
                post(world, "/api/v1/auth/forgot-password", &body)
            }
            Self::ResetPassword => {
                let body = json!({"token": world.reset_token().await?, "newPassword": "new-password"});
                post(world, "/api/v1/auth/reset-password", &body)
            }
            Self::DeleteAccount => {
                let mut request = event(world, "DELETE", "/api/v1/auth/account", &Value::Null);
                request["headers"]["authorization"] = format!("Bearer {}", world.user().await?.token).into();
                request.to_string()
            }
            Self::SignUp => {
                let body = json!({"email": world.new_email()?.as_str(), "password": PASSWORD, "name": "Ada Lovelace"});
                post(world, "/api/v1/auth/signup", &body)
            }
            Self::SignIn => {
                let body = json!({"login": world.tab().await?.email.as_str(), "password": PASSWORD});
                post(world, "/api/v1/auth/signin", &body)
            }
            Self::VerifyEmail => {
                let tab = world.tab().await?;
                let body = json!({ "verification_code": tab.code });
                with_cookies(event(world, "POST", "/api/v1/auth/verify-email", &body), &tab)
            }
            Self::Refresh => {
                let request = event(world, "POST", "/api/v1/auth/custom-refresh", &Value::Null);
                with_cookies(request, &world.tab().await?)
            }
            Self::Logout => {
                let request = event(world, "POST", "/api/v1/auth/custom-logout", &Value::Null);
                with_cookies(request, &world.tab().await?)
            }
            Self::Health => event(world, "GET", "/health", &Value::Null).to_string(),
        })
    }
}

fn login(world: &World, email: &str, password: &str) -> String {
    post(world, "/api/v1/auth/login", &json!({"email": email, "password": password}))
}

fn post(world: &World, path: &str, body: &Value) -> String {
    event(world, "POST", path, body).to_string()
}

fn with_cookies(mut request: Value, tab: &Tab) -> String {
    request["cookies"] = json!([format!("access_token={}", tab.access), format!("refresh_token={}", tab.refresh)]);
    request.to_string()
}

/// An event of payload format 2.0, with the headers of an ordinary client.
fn event(world: &World, method: &str, path: &str, body: &Value) -> Value {
    let route = format!("{method} {path}");
    let body = if body.is_null() { None } else { Some(body.to_string()) };
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "application/json",
            "accept-encoding": "gzip, deflate, br",
            "accept-language": "zh-CN,zh;q=0.9,en;q=0.8",
            "content-length": body.as_ref().map_or(0, String::len).to_string(),
            "content-type": "application/json",
            "host": "api.example.com",
            "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15",
            "x-amzn-trace-id": "Root=1-65f1a2b3-0123456789abcdef01234567",
            "x-app-id": world.app_id(),
            "x-app-secret": world.app_secret(),
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": "21/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1_795_255_200_000_i64,
        },
        "isBase64Encoded": false,
    });
    if let Some(body) = body {
        event["body"] = body.into();
    }
    event
}
