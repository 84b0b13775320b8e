//! Which clients a user has let in, and what they may see: `docs/api/oauth.md#grants`.

mod choose;
mod disconnect;
mod list;

pub use choose::{Choice, Choose};
pub use disconnect::Disconnect;
pub use list::{Connected, GrantList, List, connected};

use runtime::Request;
use shared::id::ClientId;

use crate::resources::ResourceError;

pub(crate) const FUNCTION: &str = "oauth-grants";
const PATH: &str = "/api/v1/grants";
const ONE: &str = "/api/v1/grants/{client_id}";

/// The client that the path names.
fn client_in_path(request: &Request) -> Result<ClientId, ResourceError> {
    request.path("client_id").and_then(|id| id.parse().ok()).ok_or(ResourceError::UnknownGrant)
}
