//! The Account API: clients that hash the password before they send it, and a pair of tokens in JSON.
//!
//! One operation per file; [`wire`] is the dialect, [`tokens`] what its clients keep.

mod caller;
mod certificate;
mod change_password;
mod forgot_password;
mod login;
mod logout;
mod refresh;
mod register;
mod reset;
pub mod tokens;
pub mod wire;

pub use caller::{Client, LogoutCaller, RefreshCaller, SignedIn};
pub use certificate::Certificate;
pub use change_password::ChangePassword;
pub use forgot_password::ForgotPassword;
pub use login::Login;
pub use logout::{Logout, LogoutDialect, LogoutError};
pub use refresh::Refresh;
pub use register::Register;
pub use reset::Reset;

// In the order of the reference.
runtime::endpoints! {
    Login,
    Logout,
    Register,
    ChangePassword,
    Refresh,
    ForgotPassword,
    Certificate,
    Reset,
}
