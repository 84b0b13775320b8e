//! Clients that register themselves (RFC 7591, 7592): `docs/api/oauth.md#clients-that-register-themselves`.

mod create;
mod manage;
mod registered;
mod wanted;

pub use create::{Register, Registrant};
pub use manage::{ReadClient, RegisteredClient, RemoveClient, UpdateClient};
pub use registered::{Registered, Removed};
pub use wanted::WantedClient;

const PATH: &str = "/api/v1/auth/oauth2/register";
const OWN_PATH: &str = "/api/v1/auth/oauth2/register/{client_id}";
const FUNCTION: &str = "oauth-register";
