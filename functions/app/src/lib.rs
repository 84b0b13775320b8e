//! The App API: mobile and web apps with app credentials, many isolated apps per deployment.
//!
//! One operation per file; [`wire`] is the dialect.

mod caller;
mod delete_account;
mod forgot_password;
mod health;
mod login;
mod me;
pub mod portal;
mod register;
mod reset_password;
mod send_code;
pub mod wire;

pub use caller::{KnownApp, SignedIn};
pub use delete_account::DeleteAccount;
pub use forgot_password::ForgotPassword;
pub use health::Health;
pub use login::Login;
pub use me::Me;
pub use register::Register;
pub use reset_password::ResetPassword;
pub use send_code::SendCode;

// In the order of the reference.
runtime::endpoints! {
    Register,
    Login,
    SendCode,
    ForgotPassword,
    ResetPassword,
    Me,
    DeleteAccount,
    Health,
    portal::Page,
    portal::Guide,
    portal::Manual,
    portal::OpenApi,
    portal::Llms,
    portal::Assets,
}
