//! `/account/security/recovery-codes`: new recovery codes.

mod page;
mod renew;
mod show;

pub use page::CodesPage;
pub use renew::{Renew, RenewForm};
pub use show::ShowRecoveryCodes;

/// Its path.
pub const PATH: &str = "/account/security/recovery-codes";
const FUNCTION: &str = "pages-authenticator";
