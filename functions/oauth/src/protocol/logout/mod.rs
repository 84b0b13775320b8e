//! A client signs its user out (OpenID Connect RP-Initiated Logout): `docs/api/oidc.md#sign-out`.

mod ask;
mod caller;
mod onward;
mod page;
mod sign_out;

pub use ask::Ask;
pub use caller::LogoutCaller;
pub use page::LogoutView;
pub use sign_out::{Choice, SignOut};

const PATH: &str = "/api/v1/auth/oauth2/logout";
const FUNCTION: &str = "oauth-logout";
