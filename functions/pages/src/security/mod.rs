//! `/account/security`: the password, and where I am signed in.

mod change;
mod page;
mod password;
mod sessions;
mod show;

pub use change::{Change, SecurityForm};
pub use page::SecurityPage;
pub use show::Show;

/// Its path.
pub const PATH: &str = "/account/security";
const FUNCTION: &str = "pages-security";
