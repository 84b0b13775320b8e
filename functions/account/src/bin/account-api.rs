//! The functions of the Account API in one program. A function's `Handler` in the template names the one that its process is.
#![recursion_limit = "256"]

use runtime::serve;

fn main() -> std::process::ExitCode {
    runtime::serve_handler(&[
        ("account-login", serve::<account::Login>),
        ("account-logout", serve::<account::Logout>),
        ("account-register", serve::<account::Register>),
        ("account-change-password", serve::<account::ChangePassword>),
        ("account-refresh", serve::<account::Refresh>),
        ("account-forgot-password", serve::<account::ForgotPassword>),
        ("account-certificate", serve::<account::Certificate>),
        ("account-reset", serve::<account::Reset>),
    ])
}
