//! `/account/security/authenticator`: the second factor.

mod change;
mod page;
mod show;

pub use change::{Change, ChangeForm};
pub use page::AuthenticatorPage;
pub use show::ShowAuthenticator;

use shared::service::factor_setup::Enrolling;

use crate::reader::{Person, Reader};

/// Its path.
pub const PATH: &str = "/account/security/authenticator";
const FUNCTION: &str = "pages-authenticator";

/// Somebody who sets up a factor, known by their session.
fn enrolling<'a>(reader: &'a Reader, person: &'a Person, session: &'a str) -> Enrolling<'a> {
    Enrolling {
        app: &reader.app,
        user: &person.user,
        by: session.as_bytes(),
        session: Some(&person.session),
        attempt: None,
    }
}

/// What the page says of forms that changed nothing.
pub(crate) fn form_errors() -> impl Iterator<Item = web::FormError> {
    page::AuthenticatorProblem::EACH.iter().map(|problem| problem.row().into())
}
