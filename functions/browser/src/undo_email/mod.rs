//! The link that undoes a change of the e-mail address: `docs/api/pages.md#undo-a-change-of-the-address`.
//!
//! Mail scanners follow links, and some press buttons. So `GET` changes nothing, and `POST` wants a box to be ticked.

mod page;
mod show;
mod undo;

pub use page::{State, UndoPage};
pub use show::Show;
pub use undo::Undo;

use runtime::Moment;
use shared::code::undo::UndoLink;
use shared::secret::Secret;
use shared::service::new_address::UNDO_PAGE;
use shared::store::{StoreError, Undoing};
use shared::token::opaque::OpaqueToken;

const PATH: &str = UNDO_PAGE;
const FUNCTION: &str = "browser-undo-email";

/// The state of the link with this token.
enum Found {
    Open(UndoLink, Secret<String>),
    Done,
    Dead,
}

async fn find(at: &Moment, text: Option<&Secret<String>>) -> Result<Found, StoreError> {
    let Some(token) = text.and_then(|text| text.expose().parse::<OpaqueToken>().ok()) else { return Ok(Found::Dead) };
    Ok(match at.undo_link(&token).await? {
        Some(Undoing::Open(link)) => Found::Open(link, Secret::new(token.reveal())),
        Some(Undoing::Done) => Found::Done,
        None => Found::Dead,
    })
}
