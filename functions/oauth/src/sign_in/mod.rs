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

use crate::pages::PageError;
use crate::protocol::authorize::FormPost;

/// Why a form of these pages is refused, whatever it asks for: the request that the sign-in belongs to is wrong, or a page of another site
/// sent the form.
const FORM_ERRORS: &[PageError] = &[
    PageError::UnknownClient,
    PageError::UnknownRedirect,
    PageError::Back { status: 303, location: String::new() },
    PageError::BackByForm(FormPost::EMPTY),
    PageError::ForeignOrigin,
];
