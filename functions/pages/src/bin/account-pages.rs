//! The functions of the account's pages in one program. A function's `Handler` in the template names the one that its process is.
#![recursion_limit = "256"]

use pages::security::{authenticator, passkeys, recovery_codes};
use runtime::serve;

/// The second factor and its recovery codes.
type Factors = (
    (authenticator::ShowAuthenticator, authenticator::Change),
    (recovery_codes::ShowRecoveryCodes, recovery_codes::Renew),
);

/// What reads the audit trail: the page of security, and the person's own data.
type OwnEyes = (
    (pages::security::ShowSecurity, pages::security::Change),
    (pages::download::ShowDownload, pages::download::Download),
);

fn main() -> std::process::ExitCode {
    runtime::serve_handler(&[
        ("pages-account", serve::<(pages::ShowAccount, pages::SignOut, pages::ShowLogo)>),
        ("pages-change-account", serve::<pages::ChangeAccount>),
        ("pages-security", serve::<OwnEyes>),
        ("pages-authenticator", serve::<Factors>),
        ("pages-passkeys", serve::<(passkeys::ShowPasskeys, passkeys::Options, passkeys::Change)>),
        ("pages-sign-up", serve::<(pages::sign_up::ShowSignUp, pages::sign_up::SignUp)>),
        ("pages-delete", serve::<(pages::delete::ShowDelete, pages::delete::Options, pages::delete::Delete)>),
    ])
}
