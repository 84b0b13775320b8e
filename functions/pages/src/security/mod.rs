//! `/account/security`: the password, where I am signed in, and what was done to the account.

mod activity;
pub mod authenticator;
mod change;
mod page;
pub mod passkeys;
mod password;
pub mod recovery_codes;
mod sessions;
mod show;

pub use change::{Change, SecurityForm};
pub use page::SecurityPage;
pub use show::ShowSecurity;

/// Its path.
pub const PATH: &str = "/account/security";
const FUNCTION: &str = "pages-security";

/// What the page says of forms that changed nothing.
pub(crate) fn form_errors() -> impl Iterator<Item = web::FormError> {
    page::PasswordProblem::EACH.iter().map(|problem| problem.row().into())
}
