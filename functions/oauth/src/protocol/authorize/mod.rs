//! A client asks, and its user decides: `docs/api/oauth.md#authorize`.

mod ask;
mod consent;
mod decide;
mod request;

pub use ask::Ask;
pub(crate) use consent::account_name;
pub use consent::{Consent, ConsentView};
pub use decide::{Decide, Decision};
pub use request::{AuthorizationRequest, EndUser};

const PATH: &str = "/api/v1/auth/oauth2/authorize";
const FUNCTION: &str = "oauth-authorize";

/// The scopes that the page says in words of its own.
pub(crate) const OURS: [&str; 3] = shared::oauth::scope::Scope::OURS;
