//! The page that a reset link opens, for apps that have none of their own.
//!
//! Mail scanners follow links; they press no buttons. So `GET` changes nothing and `POST` spends the link. The link says
//! of which app it is, and no cookie is asked for: the mail may be read on another device.

mod page;
mod set;
mod show;

pub use page::{ResetPage, ResetVisitor};
pub use set::{NewPasswordForm, Set};
pub use show::{LinkToken, ShowReset};

use std::sync::Arc;

use runtime::Moment;
use shared::app::App;
use shared::code::reset::LiveLink;
use shared::store::StoreError;
use shared::token::opaque::OpaqueToken;

pub(crate) const PATH: &str = "/account/reset-password";
const FUNCTION: &str = "oauth-reset-password";

/// The link that the token opens, while it is alive and its app is not disabled.
async fn living(at: &Moment, token: Option<&OpaqueToken>) -> Result<Option<(Arc<App>, LiveLink)>, StoreError> {
    let Some(token) = token else { return Ok(None) };
    let link = at.store.reset_link(token).await?;
    let Some((id, link)) = link.and_then(|link| link.live_in_its_app(at.now)) else { return Ok(None) };
    Ok(at.enabled_app(&id).await?.map(|app| (app, link)))
}

/// What the page says of passwords that it did not set.
pub(super) fn form_errors() -> impl Iterator<Item = web::FormError> {
    page::PasswordProblem::EACH.iter().map(|problem| problem.error())
}
