//! The pages on which somebody signs in, in one program: they send mail and texts, and the rest of the OAuth API does not.
#![recursion_limit = "256"]

use runtime::serve;

fn main() -> std::process::ExitCode {
    runtime::serve_handler(&[
        ("oauth-signin", serve::<(oauth::ShowSignIn, oauth::SignIn, oauth::PasskeyOptions)>),
        ("oauth-forgot-password", serve::<(oauth::forgot::Ask, oauth::forgot::Mail)>),
        ("oauth-reset-password", serve::<(oauth::reset::ShowReset, oauth::reset::Set)>),
        ("oauth-send-code", serve::<oauth::SendCode>),
        ("oauth-mail-code", serve::<oauth::MailCode>),
    ])
}
