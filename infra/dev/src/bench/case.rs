//! The rows of the table: each an operation, and how its requests are made.

use std::fmt;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::world::{PASSWORD, World};
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
    /// A known user's address.
    ForgotPassword,
    /// A living link.
    ResetPassword,
    /// A user with one session.
    DeleteAccount,
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
            Self::Health => "health",
        })
    }
}

impl Case {
    pub(super) const ALL: [Self; 7] = [
        Self::Register,
        Self::Login,
        Self::WrongPassword,
        Self::ForgotPassword,
        Self::ResetPassword,
        Self::DeleteAccount,
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
            Self::Health => "app-health",
        }
    }

    /// Whether each request hashes one password.
    pub(super) const fn hashes(self) -> bool {
        matches!(self, Self::Register | Self::Login | Self::WrongPassword | Self::ResetPassword)
    }

    /// The status of the answers.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::WrongPassword => 401,
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
