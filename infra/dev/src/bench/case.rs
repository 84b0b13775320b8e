//! The rows of the table: each an operation, and how its requests are made.

use std::fmt;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use shared::session::Transport;

use super::world::{PASSWORD, PASSWORD_DIGEST, PUBLIC_URL, Tokens, World};
use super::{factors, oauth, parties};
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
    /// The right password of somebody with an authenticator app, and the code of that.
    LoginOtp,
    /// A number that was not texted before.
    SendCode,
    /// A known user's address.
    ForgotPassword,
    /// A living link.
    ResetPassword,
    /// Who an app's token is of.
    AppMe,
    /// A user with one session.
    DeleteAccount,
    /// Somebody new, who is mailed a code.
    BrowserSignUp,
    /// The code of that mail.
    BrowserVerify,
    /// The right password of somebody whose address is proven, for cookies.
    BrowserSignIn,
    /// A refresh cookie that was not used before.
    BrowserRefresh,
    /// The cookies of a living session.
    BrowserLogout,
    /// The answer of a passkey, for cookies.
    PasskeySignIn,
    /// The digest of the right password.
    AccountLogin,
    /// A refresh token that was not used before.
    AccountRefresh,
    /// The access token of a living session.
    AccountLogout,
    /// The consent page, for somebody who is signed in.
    OauthAsk,
    /// The decision on it.
    OauthAuthorize,
    /// A code that was not exchanged before.
    OauthToken,
    /// A refresh token of a client that was not used before.
    OauthRefresh,
    /// An access token that is alive.
    OauthIntrospect,
    /// Who a client's token is of.
    OauthMe,
    /// A code that was not exchanged before, for an ID token too.
    OidcToken,
    /// The claims of an access token that is alive.
    OidcUserinfo,
    /// What a library asks for first.
    OidcDiscovery,
    /// A device that asks for a code.
    OauthDevice,
    /// The question of a device whose user has not decided.
    OauthDevicePoll,
    /// A client that registers itself.
    OauthRegister,
    /// A refresh token of a client that proves itself by an assertion.
    OauthAssertion,
    /// The sign-out by a client that shows the session's ID token.
    OidcLogout,
    /// A proven address, on the sign-in page.
    MailCode,
    /// The code that was mailed there.
    MailedCodeSignIn,
    /// No store at all.
    Health,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::WrongPassword => "wrong-password",
            Self::LoginOtp => "login-otp",
            Self::SendCode => "send-code",
            Self::ForgotPassword => "forgot-password",
            Self::ResetPassword => "reset-password",
            Self::AppMe => "app-me",
            Self::DeleteAccount => "delete-account",
            Self::BrowserSignUp => "browser-sign-up",
            Self::BrowserVerify => "browser-verify",
            Self::BrowserSignIn => "browser-sign-in",
            Self::BrowserRefresh => "browser-refresh",
            Self::BrowserLogout => "browser-logout",
            Self::PasskeySignIn => "passkey-sign-in",
            Self::AccountLogin => "account-login",
            Self::AccountRefresh => "account-refresh",
            Self::AccountLogout => "account-logout",
            Self::OauthAsk => "oauth-ask",
            Self::OauthAuthorize => "oauth-authorize",
            Self::OauthToken => "oauth-token",
            Self::OauthRefresh => "oauth-refresh",
            Self::OauthIntrospect => "oauth-introspect",
            Self::OauthMe => "oauth-me",
            Self::OidcToken => "oidc-token",
            Self::OidcUserinfo => "oidc-userinfo",
            Self::OidcDiscovery => "oidc-discovery",
            Self::OauthDevice => "oauth-device",
            Self::OauthDevicePoll => "oauth-device-poll",
            Self::OauthRegister => "oauth-register",
            Self::OauthAssertion => "oauth-assertion",
            Self::OidcLogout => "oidc-logout",
            Self::MailCode => "mail-code",
            Self::MailedCodeSignIn => "mailed-code-sign-in",
            Self::Health => "health",
        })
    }
}

impl Case {
    pub(super) const ALL: [Self; 35] = [
        Self::Register,
        Self::Login,
        Self::WrongPassword,
        Self::LoginOtp,
        Self::SendCode,
        Self::ForgotPassword,
        Self::ResetPassword,
        Self::AppMe,
        Self::DeleteAccount,
        Self::BrowserSignUp,
        Self::BrowserVerify,
        Self::BrowserSignIn,
        Self::BrowserRefresh,
        Self::BrowserLogout,
        Self::PasskeySignIn,
        Self::AccountLogin,
        Self::AccountRefresh,
        Self::AccountLogout,
        Self::OauthAsk,
        Self::OauthAuthorize,
        Self::OauthToken,
        Self::OauthRefresh,
        Self::OauthIntrospect,
        Self::OauthMe,
        Self::OidcToken,
        Self::OidcUserinfo,
        Self::OidcDiscovery,
        Self::OauthDevice,
        Self::OauthDevicePoll,
        Self::OauthRegister,
        Self::OauthAssertion,
        Self::OidcLogout,
        Self::MailCode,
        Self::MailedCodeSignIn,
        Self::Health,
    ];

    /// The function that is called.
    pub(super) const fn function(self) -> &'static str {
        match self {
            Self::Register => "app-register",
            Self::Login | Self::WrongPassword | Self::LoginOtp => "app-login",
            Self::SendCode => "app-send-code",
            Self::ForgotPassword => "app-forgot-password",
            Self::ResetPassword => "app-reset-password",
            Self::AppMe => "app-me",
            Self::DeleteAccount => "app-delete-account",
            Self::BrowserSignUp => "browser-sign-up",
            Self::BrowserVerify => "browser-verify-email",
            Self::BrowserSignIn => "browser-sign-in",
            Self::BrowserRefresh => "browser-refresh",
            Self::BrowserLogout => "browser-logout",
            Self::PasskeySignIn => "browser-passkey-sign-in",
            Self::AccountLogin => "account-login",
            Self::AccountRefresh => "account-refresh",
            Self::AccountLogout => "account-logout",
            Self::OauthAsk | Self::OauthAuthorize => "oauth-authorize",
            Self::OauthToken | Self::OauthRefresh | Self::OauthAssertion | Self::OauthDevicePoll | Self::OidcToken => {
                "oauth-token"
            }
            Self::OauthRegister => "oauth-register",
            Self::OidcLogout => "oauth-logout",
            Self::OauthIntrospect => "oauth-introspect",
            Self::OauthMe => "oauth-me",
            Self::OidcUserinfo => "oauth-userinfo",
            Self::OidcDiscovery => "oauth-metadata",
            Self::OauthDevice => "oauth-device-authorization",
            Self::MailCode => "oauth-mail-code",
            Self::MailedCodeSignIn => "oauth-signin",
            Self::Health => "app-health",
        }
    }

    /// Whether each request hashes one password.
    pub(super) const fn hashes(self) -> bool {
        matches!(
            self,
            Self::Register
                | Self::Login
                | Self::WrongPassword
                | Self::LoginOtp
                | Self::ResetPassword
                | Self::BrowserSignUp
                | Self::BrowserSignIn
                | Self::AccountLogin
        )
    }

    /// The status of the answers.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::WrongPassword => 401,
            Self::OauthDevicePoll => 400,
            Self::BrowserSignUp | Self::OauthRegister => 201,
            Self::BrowserSignIn | Self::BrowserRefresh | Self::BrowserLogout | Self::PasskeySignIn => 204,
            Self::OauthAuthorize | Self::MailedCodeSignIn => 303,
            _ => 200,
        }
    }

    /// The event of a request that nobody has made before, with what it needs in the store.
    pub(super) async fn event(self, world: &World) -> Result<String> {
        match self {
            Self::Health => Ok(app_event(world, "GET", "/health", None, &Value::Null)),
            Self::Register
            | Self::Login
            | Self::WrongPassword
            | Self::SendCode
            | Self::ForgotPassword
            | Self::ResetPassword
            | Self::AppMe
            | Self::DeleteAccount => self.of_the_app_api(world).await,
            Self::BrowserSignUp
            | Self::BrowserVerify
            | Self::BrowserSignIn
            | Self::BrowserRefresh
            | Self::BrowserLogout => self.of_the_browser_api(world).await,
            Self::AccountLogin | Self::AccountRefresh | Self::AccountLogout => self.of_the_account_api(world).await,
            Self::LoginOtp | Self::PasskeySignIn | Self::MailCode | Self::MailedCodeSignIn => {
                factors::event(self, world).await
            }
            Self::OauthAsk
            | Self::OauthAuthorize
            | Self::OauthToken
            | Self::OauthRefresh
            | Self::OauthIntrospect
            | Self::OauthMe
            | Self::OidcToken
            | Self::OidcUserinfo
            | Self::OidcDiscovery
            | Self::OauthDevice => oauth::event(self, world).await,
            Self::OauthDevicePoll | Self::OauthRegister | Self::OauthAssertion | Self::OidcLogout => {
                parties::event(self, world).await
            }
        }
    }

    async fn of_the_app_api(self, world: &World) -> Result<String> {
        let (path, body) = match self {
            Self::Register => ("register", json!({"email": world.new_email()?.as_str(), "password": PASSWORD})),
            Self::WrongPassword => {
                ("login", json!({"email": world.user().await?.email.as_str(), "password": "wrong-password"}))
            }
            Self::SendCode => ("send-code", json!({"phone": world.new_phone()})),
            Self::ForgotPassword => ("forgot-password", json!({"email": world.user().await?.email.as_str()})),
            Self::ResetPassword => {
                ("reset-password", json!({"token": world.reset_token().await?, "newPassword": "new-password"}))
            }
            Self::AppMe => {
                let token = world.user().await?.token;
                return Ok(app_event(world, "GET", "/api/v1/auth/me", Some(&token), &Value::Null));
            }
            Self::DeleteAccount => {
                let token = world.user().await?.token;
                return Ok(app_event(world, "DELETE", "/api/v1/auth/account", Some(&token), &Value::Null));
            }
            _ => ("login", json!({"email": world.user().await?.email.as_str(), "password": PASSWORD})),
        };
        Ok(app_event(world, "POST", &format!("/api/v1/auth/{path}"), None, &body))
    }

    async fn of_the_browser_api(self, world: &World) -> Result<String> {
        Ok(match self {
            Self::BrowserSignUp => {
                let body = json!({"email": world.new_email()?.as_str(), "password": "violet-tractor-17"});
                page_event("signup", Vec::new(), Some(body.to_string()))
            }
            Self::BrowserVerify => {
                let (tokens, code) = world.asked().await?;
                let body = json!({"verification_code": code});
                page_event("verify-email", vec![format!("access_token={}", tokens.access)], Some(body.to_string()))
            }
            Self::BrowserSignIn => {
                let body = json!({"login": world.proven_user().await?.email.as_str(), "password": PASSWORD});
                page_event("signin", Vec::new(), Some(body.to_string()))
            }
            Self::BrowserRefresh => {
                let Tokens { refresh, .. } = world.tokens(Transport::Browser).await?;
                page_event("custom-refresh", vec![format!("refresh_token={refresh}")], None)
            }
            _ => {
                let Tokens { access, refresh } = world.tokens(Transport::Browser).await?;
                let cookies = vec![format!("access_token={access}"), format!("refresh_token={refresh}")];
                page_event("custom-logout", cookies, None)
            }
        })
    }

    async fn of_the_account_api(self, world: &World) -> Result<String> {
        let bearer = |token: String| vec![("authorization", format!("Bearer {token}"))];
        let (method, path, headers, body) = match self {
            Self::AccountRefresh => {
                // It names its app: docs/decisions/0051.
                let token = format!("{}.{}", world.app_id(), world.tokens(Transport::Account).await?.refresh);
                ("GET", "/api/Auth/Refresh", bearer(token), None)
            }
            Self::AccountLogout => {
                ("POST", "/api/Auth/Logout", bearer(world.tokens(Transport::Account).await?.access), None)
            }
            _ => {
                let body = json!({"username": world.user().await?.email.as_str(), "password": PASSWORD_DIGEST});
                ("POST", "/api/Auth/Login", Vec::new(), Some(("application/json", body.to_string())))
            }
        };
        let request = Request { method, route: path, path, query: "", headers, cookies: Vec::new(), body };
        Ok(request.to_event().to_string())
    }
}

/// An event with the headers of an ordinary client.
pub(super) fn app_event(world: &World, method: &str, path: &str, token: Option<&str>, body: &Value) -> String {
    let mut headers = vec![("x-app-id", world.app_id().to_owned()), ("x-app-secret", world.app_secret().to_owned())];
    headers.extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
    let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
    Request { method, route: path, path, query: "", headers, cookies: Vec::new(), body }.to_event().to_string()
}

/// An event of a page of ours.
pub(super) fn page_event(operation: &str, cookies: Vec<String>, body: Option<String>) -> String {
    let path = &format!("/api/v1/auth/{operation}");
    let headers = vec![("origin", PUBLIC_URL.to_owned())];
    let body = body.map(|text| ("application/json", text));
    Request { method: "POST", route: path, path, query: "", headers, cookies, body }.to_event().to_string()
}
