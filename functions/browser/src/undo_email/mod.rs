//! The link that undoes a change of the e-mail address: `docs/api/pages.md#undo-a-change-of-the-address`.
//!
//! Mail scanners follow links, and some press buttons. So `GET` changes nothing, and `POST` wants a box to be ticked.

mod page;
mod show;
mod undo;

pub use page::{UndoPage, UndoState};
pub use show::ShowUndo;
pub use undo::Undo;

use runtime::Moment;
use shared::code::undo::UndoLink;
use shared::id::AppId;
use shared::secret::Secret;
use shared::service::new_address::UNDO_PAGE;
use shared::store::{StoreError, Undoing};
use shared::token::opaque::OpaqueToken;
use web::{Frame, Visitor};

const PATH: &str = UNDO_PAGE;
const FUNCTION: &str = "browser-undo-email";

/// The state of the link with this token.
enum Found {
    Open(UndoLink, Secret<String>),
    Done(AppId),
    Dead,
}

async fn find(at: &Moment, text: Option<&Secret<String>>) -> Result<Found, StoreError> {
    let Some(token) = text.and_then(|text| text.expose().parse::<OpaqueToken>().ok()) else { return Ok(Found::Dead) };
    Ok(match at.undo_link(&token).await? {
        Some(Undoing::Open(link)) => Found::Open(link, Secret::new(token.reveal())),
        Some(Undoing::Done(app)) => Found::Done(app),
        None => Found::Dead,
    })
}

/// What surrounds the page: it belongs to the app of the link, whichever one the browser has a session of.
async fn frame(at: &Moment, visitor: &Visitor, found: &Found) -> Result<Frame, StoreError> {
    let app = match found {
        Found::Open(link, _) => at.enabled_app(&link.app).await?,
        Found::Done(app) => at.enabled_app(app).await?,
        Found::Dead => None,
    };
    let app = app.as_ref().unwrap_or(&visitor.app);
    let frame = Frame::bare(visitor.language).of_app(app);
    Ok(match found {
        Found::Open(_, token) => frame.found_at(&format!("{PATH}?{}", runtime::query(&[("token", token.expose())]))),
        Found::Done(_) | Found::Dead => frame,
    })
}
