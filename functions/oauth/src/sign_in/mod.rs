//! The pages on which somebody signs in on their way to what they asked for, or sets a new password.

mod factor;
mod factor_page;
pub mod forgot;
mod mail_code;
mod mailbox;
mod page;
mod passkey;
mod password;
mod phone;
pub mod reset;
mod send_code;
mod set_up;
mod show;
mod submit;
mod visitor;

pub use mail_code::{MailCode, MailboxForm};
pub use page::{PhonePage, SignInPage};
pub use passkey::PasskeyOptions;
pub use send_code::{PhoneForm, SendCode};
pub use show::ShowSignIn;
pub use submit::{Credentials, SignIn, SignedIn};
pub use visitor::SignInVisitor;

use web::FormError;

use crate::pages::PageError;

/// What these pages say of forms that they refuse, each with the path of its page: for the test that holds `docs/api/pages.md` against
/// the code.
#[must_use]
pub fn form_errors() -> Vec<(&'static str, FormError)> {
    let of_sign_in = page::SignInProblem::EACH.iter().map(|problem| (web::way_back::SIGN_IN, problem.error()));
    of_sign_in.chain(reset::form_errors().map(|error| (reset::PATH, error))).collect()
}

/// Why a form of these pages is refused, whatever it asks for: the request that the sign-in belongs to is wrong, or a page of another site
/// sent the form.
const FORM_ERRORS: &[PageError] = &[
    PageError::UnknownClient,
    PageError::UnknownRedirect,
    PageError::BACK_AFTER_POST,
    PageError::BACK_BY_FORM,
    PageError::ForeignOrigin,
];
