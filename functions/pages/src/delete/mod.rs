//! `/account/delete`: delete the account.

mod order;
mod page;
mod passkey;
mod show;

pub use order::{Delete, DeleteForm};
pub use page::DeletePage;
pub use passkey::Options;
pub use show::ShowDelete;

/// Its path.
pub const PATH: &str = "/account/delete";
const FUNCTION: &str = "pages-delete";

/// What the page says of forms that changed nothing.
pub(crate) fn form_errors() -> impl Iterator<Item = web::FormError> {
    page::DeleteProblem::EACH.iter().map(|problem| problem.row().into())
}
