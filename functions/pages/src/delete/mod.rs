//! `/account/delete`: delete the account.

mod order;
mod page;
mod passkey;
mod show;

pub use order::{Delete, DeleteForm};
pub use page::DeletePage;
pub use passkey::Options;
pub use show::Show;

/// Its path.
pub const PATH: &str = "/account/delete";
const FUNCTION: &str = "pages-delete";
