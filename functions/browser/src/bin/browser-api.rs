//! The functions of the Browser API in one program. A function's `Handler` in the template names the one that its process is.
#![recursion_limit = "256"]

use browser::{account, factor, passkeys, undo_email};
use runtime::serve;

/// All about the second factor.
type Factors = ((factor::Look, factor::Begin, factor::Confirm), (factor::Remove, factor::Renew));

/// All about the own account: the password is tried in most of it.
type Account = (
    (account::Change, account::Delete, account::Export),
    (account::ChangePassword, account::AskNewEmail, account::ConfirmNewEmail),
    (account::AskNewPhone, account::ConfirmNewPhone),
);

fn main() -> std::process::ExitCode {
    runtime::serve_handler(&[
        ("browser-sign-up", serve::<browser::SignUp>),
        ("browser-sign-in", serve::<browser::SignIn>),
        ("browser-verify-email", serve::<browser::VerifyEmail>),
        ("browser-email-link", serve::<(browser::email_link::ShowEmailLink, browser::email_link::Follow)>),
        ("browser-refresh", serve::<browser::Refresh>),
        ("browser-logout", serve::<browser::Logout>),
        ("browser-factors", serve::<Factors>),
        ("browser-sessions", serve::<(browser::ListSessions, browser::EndSession, browser::EndSessions)>),
        (
            "browser-passkeys",
            serve::<(
                (passkeys::RegistrationOptions, passkeys::Register),
                (passkeys::List, passkeys::Rename, passkeys::Remove),
            )>,
        ),
        ("browser-passkey-sign-in", serve::<(passkeys::AuthenticationOptions, passkeys::Authenticate)>),
        ("browser-account", serve::<Account>),
        ("browser-undo-email", serve::<(undo_email::ShowUndo, undo_email::Undo)>),
    ])
}
