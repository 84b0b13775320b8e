//! What belongs to a user, for the user and for the clients that they let in: `docs/api/oauth.md#errors-of-resources`.

pub mod grants;
mod holder;
pub mod me;
pub mod mementos;
mod wire;

pub use holder::{Holder, OnlyTheUser};
pub use wire::{NoContent, ResourceError, Resources};

pub(crate) use wire::{ids, item_ids, memento_json, memento_schema};
