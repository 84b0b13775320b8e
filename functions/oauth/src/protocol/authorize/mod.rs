//! The authorization endpoint: `docs/api/oauth.md#authorize`.

mod ask;
mod back;
mod classes;
mod consent;
mod decide;
mod issue;
mod openid;
mod refusal;
mod request;
mod scopes;

pub use ask::Ask;
pub(crate) use back::ResponseMode;
pub use back::{Back, FormPost};
pub(crate) use consent::account_name;
pub use consent::{Consent, ConsentView};
pub use decide::{Decide, Decision};
pub use openid::OpenIdRequest;
pub use refusal::AuthorizeError;
pub use request::{AuthorizationRequest, EndUser};
pub(crate) use scopes::{Line, are_of_identity_alone, lines};

const PATH: &str = "/api/v1/auth/oauth2/authorize";
const FUNCTION: &str = "oauth-authorize";
