//! A user's named sets of documents and folders: `docs/api/oauth.md#mementos`.

mod create;
mod delete;
mod edit;
mod list;
mod show;

pub use create::{Create, Created, NewMemento};
pub use delete::Delete;
pub use edit::{Edit, EditBody};
pub use list::{List, ListQuery, MementoList};
pub use show::{MementoInPath, OneMemento, ShowMemento};

const FUNCTION: &str = "oauth-mementos";
const PATH: &str = "/api/v1/mementos";
const ONE: &str = "/api/v1/mementos/{id}";
