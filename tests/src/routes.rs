//! The routes that these tests drive.

use reqwest::Method;

/// Register.
pub const REGISTER: &str = "/api/v1/auth/register";
/// Sign in.
pub const LOGIN: &str = "/api/v1/auth/login";
/// Send a code.
pub const SEND_CODE: &str = "/api/v1/auth/send-code";
/// Forgot the password.
pub const FORGOT_PASSWORD: &str = "/api/v1/auth/forgot-password";
/// Reset the password.
pub const RESET_PASSWORD: &str = "/api/v1/auth/reset-password";
/// Delete the account.
pub const ACCOUNT: &str = "/api/v1/auth/account";
/// Health.
pub const HEALTH: &str = "/health";
/// The portal.
pub const PORTAL: &str = "/";
/// The guide.
pub const DOCS: &str = "/docs.md";
/// A page of the documentation.
pub const MANUAL: &str = "/docs/overview";
/// The OpenAPI document.
pub const OPENAPI: &str = "/openapi.json";
/// The index for language models.
pub const LLMS: &str = "/llms.txt";

/// Sign up, as its clients write it.
pub const SIGN_UP: &str = "/api/v1/auth/signup/";
/// Sign in.
pub const SIGN_IN: &str = "/api/v1/auth/signin/";
/// Verify the address.
pub const VERIFY_EMAIL: &str = "/api/v1/auth/verify-email/";
/// Refresh.
pub const CUSTOM_REFRESH: &str = "/api/v1/auth/custom-refresh/";
/// Sign out.
pub const CUSTOM_LOGOUT: &str = "/api/v1/auth/custom-logout/";
/// The caller's sessions.
pub const SESSIONS: &str = "/api/v1/sessions/";

/// Log in.
pub const ACCOUNT_LOGIN: &str = "/api/Auth/Login";
/// Log out.
pub const ACCOUNT_LOGOUT: &str = "/api/Auth/Logout";
/// Register.
pub const ACCOUNT_REGISTER: &str = "/api/Auth/Register";
/// Change the password.
pub const CHANGE_PASSWORD: &str = "/api/Auth/ChangePassword";
/// Refresh.
pub const ACCOUNT_REFRESH: &str = "/api/Auth/Refresh";
/// Forgot the password.
pub const ACCOUNT_FORGOT_PASSWORD: &str = "/api/Auth/ForgotPassword";
/// Check a reset token.
pub const CERTIFICATE: &str = "/api/Auth/Certificate";
/// Reset the password.
pub const ACCOUNT_RESET: &str = "/api/Auth/Reset";

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
