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

/// The client that the path names, or `BY_QUERY` the query. The id of a client that a document describes is an address, and the gateway decodes a path
/// before it looks for its route, so such an id is not one segment of it.
fn named_client<const BY_QUERY: bool>(request: &Request) -> Result<ClientId, ResourceError> {
    let id = if BY_QUERY { request.query(CLIENT) } else { request.path(CLIENT) };
    id.and_then(|id| id.parse().ok()).ok_or(ResourceError::UnknownGrant)
}

/// The parameter of the path or of the query.
const CLIENT: &str = "client_id";
