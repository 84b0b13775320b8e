//! The browser on the page where a device's code is typed.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Form, Moment, Request, Security};
use shared::app::App;
use shared::id::AppId;
use shared::oauth::client::Client;
use shared::oauth::device::{DeviceRequest, UserCode};
use shared::secret::Secret;
use shared::session::Presence;
use shared::store::DecidedDevice;
use web::{Frame, Showing};

use crate::pages::{PageError, Pages};
use crate::picker::Picked;

/// A browser on the page.
#[derive(Debug)]
pub struct DeviceVisitor {
    /// The code as it was typed.
    pub(super) typed: Secret<String>,
    /// What was ticked before its reader had to sign in.
    pub(super) kept: Option<Picked>,
    /// The device that shows the code, where a form with the code of a waiting device was sent.
    pub(super) waiting: Option<Waiting>,
    /// The device that showed the code until somebody who is signed in here, or somebody else, decided.
    pub(super) decided: Option<Decided>,
    /// The app that the device's client is of; the one that the pages are bound to where there is no device.
    pub(super) app: Arc<App>,
    /// The form to sign in with, if it is shown.
    pub(super) showing: Showing,
    /// What surrounds the page.
    pub(super) frame: Frame,
}

/// A device that waits for its user.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) code: UserCode,
    pub(super) request: DeviceRequest,
    pub(super) client: Arc<Client>,
    pub(super) app: Arc<App>,
    /// The session that the browser shows. Only the store knows whether it lives.
    pub(super) presence: Option<Presence>,
}

/// A device about which somebody has decided.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) device: DecidedDevice,
    pub(super) app: AppId,
    /// The session that the browser shows.
    pub(super) presence: Presence,
}

impl Decided {
    /// The device whose code stands in the form, for a browser that shows a session of its app.
    async fn find(at: &Moment, request: &Request, form: &Form) -> Result<Option<Self>, PageError> {
        let Some(code) = form.one("user_code").ok().flatten().and_then(UserCode::read) else { return Ok(None) };
        let Some(device) = at.store.decided_device(&code, at.now).await? else { return Ok(None) };
        let Some(client) = at.client(&device.request.client).await? else { return Ok(None) };
        let Some(app) = at.enabled_app(&client.app).await? else { return Ok(None) };
        let presence = web::session::presence(at, &app, request).await?;
        Ok(presence.map(|presence| Self { device, app: app.id.clone(), presence }))
    }
}

impl Waiting {
    /// What leads back to the device after a sign-in, and to what was ticked there.
    pub(super) fn query(&self, picked: Option<&Picked>) -> String {
        let code = self.code.to_string();
        let device = [("user_code", code.as_str()), ("of", self.client.id.as_str())];
        runtime::query(&device.into_iter().chain(picked.map(Picked::fields).unwrap_or_default()).collect::<Vec<_>>())
    }

    /// The device whose code was typed, of a client that is still registered.
    async fn find(at: &Moment, request: &Request, form: &Form) -> Result<Option<Self>, PageError> {
        let Some(code) = form.one("user_code").ok().flatten().and_then(UserCode::read) else { return Ok(None) };
        let Some(asked) = at.device_of(&code, request.device().address()).await? else { return Ok(None) };
        let Some(client) = at.client(&asked.client).await? else { return Ok(None) };
        let Some(app) = at.enabled_app(&client.app).await? else { return Ok(None) };
        let presence = web::session::presence(at, &app, request).await?;
        Ok(Some(Self { code, request: asked, client, app, presence }))
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for DeviceVisitor {
    const SECURITY: &'static [Security] = &[];
    const IN_BODY: bool = true;

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        let is_shown = request.is_a_look();
        if !is_shown && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        let sent = request.form();
        let form = if is_shown { request.form_in_query() } else { &sent };
        let (typed, kept) = (form.secret("user_code"), Picked::kept(form));
        // A link fills the code in and looks nothing up: its reader sees it, and compares it with what the device shows (RFC
        // 8628 §5.4).
        let waiting = if is_shown { None } else { Waiting::find(at, request, form).await? };
        // A form with a ticket is one that asked for the decision.
        let decided = if waiting.is_none() && !is_shown && form.all("ticket").next().is_some() {
            Decided::find(at, request, form).await?
        } else {
            None
        };
        let app = match &waiting {
            Some(waiting) => waiting.app.clone(),
            None => web::bound_app(at).await?,
        };
        let (frame, showing) = (Frame::of(at, Some(&app), request), Showing::of(at, request, &sent));
        Ok(Self { typed, kept, waiting, decided, app, showing, frame })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}
