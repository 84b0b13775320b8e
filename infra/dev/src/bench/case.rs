//! The rows of the table: each an operation, and how its requests are made.

use std::fmt;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::world::{PASSWORD, PUBLIC_URL, World};
use crate::event::Request;

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
    /// A number that was not texted before.
    SendCode,
    /// A known user's address.
    ForgotPassword,
    /// A living link.
    ResetPassword,
    /// A user with one session.
    DeleteAccount,
    /// The right password of somebody whose address is proven, for cookies.
    BrowserSignIn,
    /// A refresh cookie that was not used before.
    BrowserRefresh,
    /// No store at all.
    Health,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::WrongPassword => "wrong-password",
            Self::SendCode => "send-code",
            Self::ForgotPassword => "forgot-password",
            Self::ResetPassword => "reset-password",
            Self::DeleteAccount => "delete-account",
            Self::BrowserSignIn => "browser-sign-in",
            Self::BrowserRefresh => "browser-refresh",
            Self::Health => "health",
        })
    }
}

impl Case {
    pub(super) const ALL: [Self; 10] = [
        Self::Register,
        Self::Login,
        Self::WrongPassword,
        Self::SendCode,
        Self::ForgotPassword,
        Self::ResetPassword,
        Self::DeleteAccount,
        Self::BrowserSignIn,
        Self::BrowserRefresh,
        Self::Health,
    ];

    /// The function that is called.
    pub(super) const fn bin(self) -> &'static str {
        match self {
            Self::Register => "app-register",
            Self::Login | Self::WrongPassword => "app-login",
            Self::SendCode => "app-send-code",
            Self::ForgotPassword => "app-forgot-password",
            Self::ResetPassword => "app-reset-password",
            Self::DeleteAccount => "app-delete-account",
            Self::BrowserSignIn => "browser-sign-in",
            Self::BrowserRefresh => "browser-refresh",
            Self::Health => "app-health",
        }
    }

    /// Whether each request hashes one password.
    pub(super) const fn hashes(self) -> bool {
        matches!(self, Self::Register | Self::Login | Self::WrongPassword | Self::ResetPassword | Self::BrowserSignIn)
    }

    /// The status of the answers.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::WrongPassword => 401,
            Self::BrowserSignIn | Self::BrowserRefresh => 204,
            _ => 200,
        }
    }

    /// The event of a request that nobody has made before, with what it needs in the store.
    pub(super) async fn event(self, world: &World) -> Result<String> {
        Ok(match self {
            Self::Register => {
                let body = json!({"email": world.new_email()?.as_str(), "password": PASSWORD});
                event(world, "POST", "/api/v1/auth/register", None, &body)
            }
            Self::Login => login(world, world.user().await?.email.as_str(), PASSWORD),
            Self::WrongPassword => login(world, world.user().await?.email.as_str(), "wrong-password"),
            Self::SendCode => {
                let body = json!({"phone": world.new_phone()});
                event(world, "POST", "/api/v1/auth/send-code", None, &body)
            }
            Self::ForgotPassword => {
                let body = json!({"email": world.user().await?.email.as_str()});
                event(world, "POST", "/api/v1/auth/forgot-password", None, &body)
            }
            Self::ResetPassword => {
                let body = json!({"token": world.reset_token().await?, "newPassword": "new-password"});
                event(world, "POST", "/api/v1/auth/reset-password", None, &body)
            }
            Self::DeleteAccount => {
                let token = world.user().await?.token;
                event(world, "DELETE", "/api/v1/auth/account", Some(&token), &Value::Null)
            }
            Self::BrowserSignIn => {
                let body = json!({"login": world.proven_user().await?.email.as_str(), "password": PASSWORD});
                page_event("/api/v1/auth/signin", Vec::new(), Some(body.to_string()))
            }
            Self::BrowserRefresh => {
                let cookie = format!("refresh_token={}", world.refresh_token().await?);
                page_event("/api/v1/auth/custom-refresh", vec![cookie], None)
            }
            Self::Health => event(world, "GET", "/health", None, &Value::Null),
        })
    }
}

fn login(world: &World, email: &str, password: &str) -> String {
    event(world, "POST", "/api/v1/auth/login", None, &json!({"email": email, "password": password}))
}

/// An event with the headers of an ordinary client.
fn event(world: &World, method: &str, path: &str, token: Option<&str>, body: &Value) -> String {
    let mut headers = vec![("x-app-id", world.app_id().to_owned()), ("x-app-secret", world.app_secret().to_owned())];
    headers.extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
    let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
    Request { method, route: path, path, headers, cookies: Vec::new(), body }.to_event().to_string()
}

/// An event of a page of ours.
fn page_event(path: &str, cookies: Vec<String>, body: Option<String>) -> String {
    let headers = vec![("origin", PUBLIC_URL.to_owned())];
    let body = body.map(|text| ("application/json", text));
    Request { method: "POST", route: path, path, headers, cookies, body }.to_event().to_string()
}
