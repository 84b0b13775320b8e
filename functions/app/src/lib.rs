//! The App API: mobile and web apps with app credentials, many isolated apps per deployment.
//!
//! One operation per file; [`wire`] is the dialect.

mod caller;
mod delete_account;
mod forgot_password;
mod health;
mod login;
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
pub use register::Register;
pub use reset_password::ResetPassword;
pub use send_code::SendCode;

use runtime::{Endpoint, Operation};

/// Every operation of this API, in the order of its reference.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Register::describe(),
        Login::describe(),
        SendCode::describe(),
        ForgotPassword::describe(),
        ResetPassword::describe(),
        DeleteAccount::describe(),
        Health::describe(),
        portal::Page::describe(),
        portal::Guide::describe(),
        portal::Assets::describe(),
    ]
}
