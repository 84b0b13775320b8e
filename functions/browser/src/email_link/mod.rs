//! The link in the verification mail: a page that only shows, and the click that proves the address.
//!
//! Mail scanners follow links; they press no buttons. So `GET` changes nothing and `POST` spends the link. No cookie is
//! asked for: the mail may be read on another device than the one that signed up.

mod follow;
mod page;
mod show;

pub use follow::Follow;
pub use page::{PageError, State, VerifyPage, VerifyPages};
pub use show::Show;

use runtime::Moment;
use shared::app::App;
use shared::code::email::LinkToken;
use shared::secret::Secret;
use shared::store::StoreError;

const PATH: &str = "/verify-email";
const FUNCTION: &str = "browser-email-link";

/// The page for the link in a mail. Its address comes from the configuration, never from a request.
pub(crate) fn page(public_url: &str) -> String {
    format!("{public_url}{PATH}")
}

/// The token, if it is one of ours; the store is not asked.
async fn read(at: &Moment, app: &App, token: Option<&Secret<String>>) -> Result<Option<LinkToken>, StoreError> {
    match token {
        Some(token) => at.email_link(&app.id, token.expose()).await,
        None => Ok(None),
    }
}
