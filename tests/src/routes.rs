//! The routes that these tests drive.

use reqwest::Method;

/// A1.
pub const REGISTER: &str = "/api/v1/auth/register";
/// A2.
pub const LOGIN: &str = "/api/v1/auth/login";
/// A4.
pub const SEND_CODE: &str = "/api/v1/auth/send-code";
/// A5.
pub const FORGOT_PASSWORD: &str = "/api/v1/auth/forgot-password";
/// A6.
pub const RESET_PASSWORD: &str = "/api/v1/auth/reset-password";
/// A7.
pub const ACCOUNT: &str = "/api/v1/auth/account";
/// A8.
pub const HEALTH: &str = "/health";
/// A9.
pub const PORTAL: &str = "/";
/// A10.
pub const DOCS: &str = "/docs.md";

/// B1, as its clients write it.
pub const SIGN_UP: &str = "/api/v1/auth/signup/";
/// B2.
pub const SIGN_IN: &str = "/api/v1/auth/signin/";
/// B3.
pub const VERIFY_EMAIL: &str = "/api/v1/auth/verify-email/";
/// B4.
pub const CUSTOM_REFRESH: &str = "/api/v1/auth/custom-refresh/";
/// B5.
pub const CUSTOM_LOGOUT: &str = "/api/v1/auth/custom-logout/";
/// The caller's sessions.
pub const SESSIONS: &str = "/api/v1/sessions/";

/// The App API's routes that take a JSON body.
pub const WITH_BODY: [&str; 5] = [REGISTER, LOGIN, SEND_CODE, FORGOT_PASSWORD, RESET_PASSWORD];

/// The routes that ask for app credentials.
#[must_use]
pub fn secured() -> [(Method, &'static str); 6] {
    [
        (Method::POST, REGISTER),
        (Method::POST, LOGIN),
        (Method::POST, SEND_CODE),
        (Method::POST, FORGOT_PASSWORD),
        (Method::POST, RESET_PASSWORD),
        (Method::DELETE, ACCOUNT),
    ]
}

/// Every route, the open ones included; the portal's page has one spelling and is not among them.
#[must_use]
pub fn all() -> Vec<(Method, &'static str)> {
    let mut routes = secured().to_vec();
    routes.extend([(Method::GET, HEALTH), (Method::GET, DOCS)]);
    routes
}

/// The path as written and with its trailing slash: both are served.
#[must_use]
pub fn spellings(path: &str) -> [String; 2] {
    [path.to_owned(), format!("{path}/")]
}
