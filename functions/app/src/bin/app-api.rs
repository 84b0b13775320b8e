//! The functions of the App API in one program. A function's `Handler` in the template names the one that its process is.
#![recursion_limit = "256"]

use runtime::serve;

fn main() -> std::process::ExitCode {
    runtime::serve_handler(&[
        ("app-register", serve::<app::Register>),
        ("app-login", serve::<app::Login>),
        ("app-send-code", serve::<app::SendCode>),
        ("app-forgot-password", serve::<app::ForgotPassword>),
        ("app-reset-password", serve::<app::ResetPassword>),
        ("app-me", serve::<app::Me>),
        ("app-delete-account", serve::<app::DeleteAccount>),
        ("app-portal", serve::<app::portal::Portal>),
    ])
}
