//! A browser on the sign-up page.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Moment, Request, Security};
use shared::app::App;
use shared::service::opening::Former;
use shared::session::device::Device;
use web::{Frame, NotAdmitted, Showing, WayBack};

use super::onward::Onward;
use web::{AccountPages, PageError};

/// A browser on the sign-up page.
#[derive(Clone, Debug)]
pub struct Joiner {
    pub(super) app: Arc<App>,
    pub(super) device: Device,
    pub(super) frame: Frame,
    /// The form that is shown, and the one that was sent.
    pub(super) showing: Showing,
    /// The session that the browser has until it is given another.
    pub(super) former: Option<Former>,
    pub(super) onward: Onward,
    /// The client that waits, as it is called.
    pub(super) client: Option<String>,
}

impl Joiner {
    /// Whether the page makes accounts of this app.
    pub(super) fn is_open(&self) -> bool {
        web::way_back::makes_accounts(&self.app)
    }

    /// The sign-in page that leads to the same place.
    pub(super) fn sign_in(&self) -> String {
        let to = self.onward.query();
        if to.is_empty() {
            return WayBack::to(crate::account::PATH).of(&self.app.id).sign_in();
        }
        format!("{}?{}", web::way_back::SIGN_IN, runtime::query(&[("to", to)]))
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AccountPages>> Caller<E> for Joiner {
    const SECURITY: &'static [Security] = &[];
    const IN_BODY: bool = true;

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        let shown = request.is_a_look();
        // It would sign somebody's browser in as somebody else (login CSRF).
        if !shown && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        let sent = request.form();
        let form = if shown { request.form_in_query() } else { &sent };
        let text = |name| form.one(name).ok().flatten();
        let onward = Onward::read(text("to").unwrap_or_default());
        let client = match onward.client() {
            Some(id) => at.client(&id).await?,
            None => None,
        };
        let named = client.as_ref().map(|client| client.app.clone());
        let named = named.or_else(|| text("app").and_then(|id| id.parse().ok())).or_else(|| onward.app());
        let app = match named {
            Some(id) => at.enabled_app(&id).await?,
            None => None,
        };
        let app = match app {
            Some(app) => app,
            None => web::bound_app(at).await?,
        };
        let former = web::session::former(at, request).await.map_err(NotAdmitted::from)?;
        let frame = Frame::of(at, Some(&app), request).asked_for(onward.language());
        let client = client.map(|client| client.name.clone());
        let showing = Showing::of(at, request, &sent);
        Ok(Self { app, device: request.device(), frame, showing, former, onward, client })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}
