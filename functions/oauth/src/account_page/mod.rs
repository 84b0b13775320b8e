//! The page of the connected apps: `docs/api/pages.md#connected-apps`.

mod act;
mod look;
mod page;

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Form, Moment, Request, Security};
use shared::app::App;
use shared::session::{Presence, Transport};
use shared::store::StoreError;
use web::{Frame, Showing};

pub use self::act::{ChangeApps, ChangeForm};
pub use self::look::{ChosenClient, ShowApps};
pub use self::page::{AppsPage, AppsView};

use crate::pages::{PageError, Pages};

pub(crate) const PATH: &str = "/account/apps";
const FUNCTION: &str = crate::resources::grants::FUNCTION;

/// Somebody who looks at their apps.
#[derive(Clone, Debug)]
pub struct Reader {
    app: Arc<App>,
    presence: Option<Presence>,
    /// The form to sign in with, if it is shown.
    showing: Showing,
    frame: Frame,
}

impl Reader {
    /// Who is signed in, by as many factors as the app wants.
    async fn signed_in(&self, at: &Moment) -> Result<Option<web::SignedIn>, StoreError> {
        let Some(presence) = &self.presence else { return Ok(None) };
        let present = at.store.present(&self.app.id, presence, Transport::Browser, at.now).await?;
        let present = present.filter(|(user, session)| !session.has_too_few_factors(&self.app, user, at.now));
        Ok(present.map(|(user, session)| web::SignedIn { app: self.app.clone(), user, session: session.id }))
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for Reader {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        if !request.is_a_look() && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        let app = web::app_of(at, request).await?;
        let presence = web::session::presence(at, &app, request).await?;
        let (frame, showing) = (Frame::of(at, Some(&app), request), Showing::of(at, request, &Form::default()));
        Ok(Self { app, presence, showing, frame })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}
