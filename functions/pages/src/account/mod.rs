//! `/account`: who I am, and what I change of it.

mod change;
mod edit;
mod order;
mod page;
mod problem;
mod show;

pub use change::{ChangeAccount, ChangeForm};
pub use page::AccountPage;
pub use show::{ShowAccount, Wanted};

/// Its path.
pub(crate) const PATH: &str = web::way_back::ACCOUNT;
/// The function that shows it, signs out and serves the logo.
pub(crate) const FUNCTION: &str = "pages-account";

/// What the page says of forms that changed nothing.
pub(crate) fn form_errors() -> impl Iterator<Item = web::FormError> {
    problem::AccountProblem::EACH.iter().map(|problem| problem.row().into())
}
