//! The link in the verification mail: a page that only shows, and the click that proves the address.
//!
//! Mail scanners follow links; they press no buttons. So `GET` changes nothing and `POST` spends the link. No cookie is
//! asked for: the mail may be read on another device than the one that signed up.

mod follow;
mod page;
mod show;

pub use follow::Follow;
pub use page::{Page, PageError, Pages, State};
pub use show::Show;

use runtime::Ctx;
use shared::app::App;
use shared::code::email::LinkToken;
use shared::secret::Secret;
use shared::store::StoreError;

const PATH: &str = "/verify-email";
const FUNCTION: &str = "browser-email-link";

/// The link for a mail. Its base comes from the configuration, never from a request.
pub(crate) fn url(public_url: &str, token: &Secret<String>) -> String {
    format!("{public_url}{PATH}?token={}", token.expose())
}

/// The token, if it is one of ours; the store is not asked.
async fn read(ctx: &Ctx, app: &App, token: Option<&str>) -> Result<Option<LinkToken>, StoreError> {
    let ring = ctx.store.ring(ctx.now()).await?;
    Ok(token.and_then(|token| LinkToken::read(token, &app.id, &ring).ok()))
}
