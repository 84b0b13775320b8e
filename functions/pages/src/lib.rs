//! The pages of an account: sign up, who I am, security, download, delete.
//!
//! A page is a folder with the operation that shows it, the operation that takes its form, and its template. A caller is a
//! [`Reader`]; who is signed in is read by [`Reader::person`], and somebody who is not goes to the sign-in page and comes
//! back ([`Reader::sign_in_first`]). An operation answers with a [`View`].

mod account;
pub mod delete;
pub mod download;
mod logo;
mod passkey;
mod reader;
pub mod security;
mod show;
mod sign_out;
pub mod sign_up;
mod view;

pub use account::{AccountPage, ChangeAccount, ChangeForm, ShowAccount, Wanted};
pub use logo::{Named, Picture, ShowLogo, Viewer};
pub use passkey::{Offered, OptionsForm};
pub use reader::{Person, Reader};
pub use show::{Show, UserPage};
pub use sign_out::{SignOut, SigningOut};
pub use view::{Go, Page, View};

/// What the pages say of forms that changed nothing, each with the path of its page: for the test that holds `docs/api/pages.md`
/// against the code.
#[must_use]
pub fn form_errors() -> Vec<(&'static str, web::FormError)> {
    let of_sign_up = sign_up::form_errors().map(|error| (sign_up::PATH, error));
    let of_account = account::form_errors().map(|error| (account::PATH, error));
    let of_security = security::form_errors().map(|error| (security::PATH, error));
    let of_authenticator = security::authenticator::form_errors().map(|error| (security::authenticator::PATH, error));
    let of_passkeys = security::passkeys::form_errors().map(|error| (security::passkeys::PATH, error));
    let of_delete = delete::form_errors().map(|error| (delete::PATH, error));
    of_sign_up
        .chain(of_account)
        .chain(of_security)
        .chain(of_authenticator)
        .chain(of_passkeys)
        .chain(of_delete)
        .collect()
}

// In the order of the reference.
runtime::endpoints! {
    sign_up::ShowSignUp,
    sign_up::SignUp,
    ShowAccount,
    ChangeAccount,
    SignOut,
    ShowLogo,
    security::ShowSecurity,
    security::Change,
    security::authenticator::ShowAuthenticator,
    security::authenticator::Change,
    security::recovery_codes::ShowRecoveryCodes,
    security::recovery_codes::Renew,
    security::passkeys::ShowPasskeys,
    security::passkeys::Options,
    security::passkeys::Change,
    download::ShowDownload,
    download::Download,
    delete::ShowDelete,
    delete::Options,
    delete::Delete,
}
