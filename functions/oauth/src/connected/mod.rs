//! The page of the connected apps: `docs/api/pages.md#connected-apps`.

mod act;
mod look;
mod page;

use std::sync::Arc;

use browser::wire::BrowserError;
use runtime::{Caller, Cause, Ctx, Endpoint, Moment, Request, Security};
use shared::app::App;
use shared::language::Language;
use shared::session::{Presence, Transport};
use shared::store::StoreError;

pub use self::act::{Act, Order};
pub use self::look::{Look, Looked};
pub use self::page::{AppsPage, View};

use crate::pages::{PageError, Pages};

pub(crate) const PATH: &str = "/account/apps";
const FUNCTION: &str = crate::grants::FUNCTION;

/// The app whose users this deployment's own pages are for.
///
/// # Errors
/// [`PageError`]
pub(crate) async fn bound_app(at: &Moment) -> Result<Arc<App>, PageError> {
    let app = at.bound_app(&at.config.browser.app).await?;
    app.ok_or_else(|| BrowserError::Internal(Cause::NoApp).into())
}

/// Somebody who looks at their apps.
#[derive(Clone, Debug)]
pub struct Reader {
    app: Arc<App>,
    presence: Option<Presence>,
    language: Language,
}

impl Reader {
    /// Who is signed in.
    async fn signed_in(&self, at: &Moment) -> Result<Option<browser::SignedIn>, StoreError> {
        let Some(presence) = &self.presence else { return Ok(None) };
        let user = at.store.present(&self.app.id, presence, Transport::Browser, at.now).await?;
        let session = presence.bearer.session.clone();
        Ok(user.map(|user| browser::SignedIn { app: self.app.clone(), user, session }))
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for Reader {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        if request.method() != "GET" && !browser::is_ours(at, request) {
            return Err(BrowserError::ForeignOrigin.into());
        }
        let app = bound_app(at).await?;
        let presence = browser::presence_in_cookies(at, &app, request).await?;
        Ok(Self { language: crate::authorize::language(at, &app, None, request), app, presence })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }

    fn origins(&self) -> &[String] {
        &[]
    }
}
