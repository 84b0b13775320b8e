//! `/account/security/passkeys`: the passkeys.

mod change;
mod options;
mod page;
mod show;

pub use change::{Change, ChangeForm};
pub use options::Options;
pub use page::PasskeysPage;
pub use show::{ShowPasskeys, Told};

/// Its path.
pub const PATH: &str = "/account/security/passkeys";
const FUNCTION: &str = "pages-passkeys";

/// What the page says of forms that changed nothing.
pub(crate) fn form_errors() -> impl Iterator<Item = web::FormError> {
    page::PasskeyProblem::EACH.iter().map(|problem| problem.row().into())
}
