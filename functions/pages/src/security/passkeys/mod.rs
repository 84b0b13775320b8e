//! `/account/security/passkeys`: the passkeys.

mod change;
mod options;
mod page;
mod show;

pub use change::{Change, ChangeForm};
pub use options::Options;
pub use page::PasskeysPage;
pub use show::{Show, Told};

/// Its path.
pub const PATH: &str = "/account/security/passkeys";
const FUNCTION: &str = "pages-passkeys";
