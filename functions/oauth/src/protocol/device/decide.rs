//! `POST /device`: look up the typed code, and take the user's decision.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::id::GrantId;
use shared::oauth::claims::RequestedClaims;
use shared::oauth::code::Code;
use shared::oauth::device::REDIRECT;
use shared::oauth::grant::{Delegation, Grant, Ticket};
use shared::oauth::openid::Authentication;
use shared::secret::Secret;
use shared::session::{Bearer, Presence, Transport};
use shared::store::{Consent, Decision, NotGranted, StoreError};

use super::page::{DeviceView, Notice};
use super::visitor::{Decided, DeviceVisitor, Waiting};
use super::{FUNCTION, PATH};
use crate::pages::{PageError, Pages};
use crate::picker::{Picked, PickerNotice, PickerOwner};
use crate::protocol::targets;

/// `POST /device`: the code, or the decision about the device that shows it.
#[derive(Clone, Copy, Debug)]
pub struct DecideDevice;

/// The form.
#[derive(Debug)]
pub struct DeviceForm {
    action: Action,
    ticket: Secret<String>,
    picked: Picked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// The code was typed.
    Look,
    Authorize,
    Cancel,
    /// Sign in as somebody else.
    Switch,
    /// Make a memento on the spot.
    Make,
    /// Another page of mementos.
    Search,
}

impl Action {
    /// Whether the button stands below the list, which is lost if it is not kept.
    const fn shows_the_list(self) -> bool {
        matches!(self, Self::Authorize | Self::Make | Self::Search)
    }
}

impl Endpoint for DecideDevice {
    const ROUTE: Route = Route::post("oauth-decide-device", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Receive the code from that page, and then the decision about the device.";
    const ERRORS: &'static [PageError] = &[PageError::NoTicket, PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = DeviceVisitor;
    type Input = DeviceForm;
    type Output = DeviceView;

    async fn call(
        at: &Moment,
        mut caller: DeviceVisitor,
        form: DeviceForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<DeviceView>, PageError> {
        let pass = gate.pass().await?;
        let Some(waiting) = caller.waiting.take() else {
            let notice = decided_before(at, &caller, &form).await?;
            return Ok(pass.give(DeviceView::ask(caller, notice)));
        };
        let Some(presence) = &waiting.presence else {
            // Signed out meanwhile, perhaps.
            let ticked = if form.action.shows_the_list() { Some(form.picked) } else { caller.kept.take() };
            return Ok(pass.give(DeviceView::sign_in(at, &caller, &waiting, ticked.as_ref())));
        };
        let DeviceForm { action, ticket, mut picked } = form;
        if action == Action::Look {
            let kept = caller.kept.take();
            return Ok(pass.give(DeviceView::of(at, caller, &waiting, kept, None).await?));
        }
        let ring = at.ring().await?;
        let ticket = Ticket::read(ticket.expose(), &presence.bearer, Some(&waiting.client.id), &waiting.app.id, ring);
        let ticket = ticket.ok_or(PageError::NoTicket)?;
        if action == Action::Switch || !is_here(at, &waiting, presence).await? {
            return Ok(pass.give(DeviceView::sign_in(at, &caller, &waiting, Some(&picked))));
        }
        Ok(pass.give(match action {
            Action::Authorize => authorize(at, caller, &waiting, &presence.bearer, ticket, picked).await?,
            Action::Cancel => {
                let (code, asked, user) = (&waiting.code, &waiting.request, presence.bearer.user);
                let heard = at.store.decide_device(code, asked, user, &Decision::Denied, at.now).await?;
                DeviceView::ask(caller, if heard { Notice::Denied } else { Notice::Unknown })
            }
            Action::Make => {
                let owner = PickerOwner { app: &waiting.app.id, user: presence.bearer.user };
                let told = owner.make(at, &mut picked).await?;
                DeviceView::of(at, caller, &waiting, Some(picked), Some(told)).await?
            }
            Action::Look | Action::Search | Action::Switch => {
                DeviceView::of(at, caller, &waiting, Some(picked), None).await?
            }
        }))
    }
}

/// What the page says of a code that nobody is asked about any more. The same form may have decided a moment ago, and was sent twice.
async fn decided_before(at: &Moment, caller: &DeviceVisitor, form: &DeviceForm) -> Result<Notice, StoreError> {
    let (granted, notice) = match form.action {
        Action::Authorize => (true, Notice::Allowed),
        Action::Cancel => (false, Notice::Denied),
        Action::Look | Action::Switch | Action::Make | Action::Search => return Ok(Notice::Unknown),
    };
    let Some(Decided { device, app, presence }) = &caller.decided else { return Ok(Notice::Unknown) };
    let (bearer, client) = (&presence.bearer, Some(&device.request.client));
    let is_theirs = Ticket::read(form.ticket.expose(), bearer, client, app, at.ring().await?).is_some();
    Ok(if is_theirs && device.is_decided_by(bearer.user, granted) { notice } else { Notice::Unknown })
}

/// Whether the session that the browser shows is alive, and of as many factors as the app wants.
async fn is_here(at: &Moment, waiting: &Waiting, presence: &Presence) -> Result<bool, StoreError> {
    let present = at.store.present(&waiting.app.id, presence, Transport::Browser, at.now).await?;
    Ok(present.is_some_and(|(user, session)| !session.has_too_few_factors(&waiting.app, &user, at.now)))
}

/// Writes the grant, and then the code that the device exchanges.
async fn authorize(
    at: &Moment,
    caller: DeviceVisitor,
    waiting: &Waiting,
    bearer: &Bearer,
    ticket: Ticket,
    picked: Picked,
) -> Result<DeviceView, PageError> {
    let Waiting { code, request, client, app, .. } = waiting;
    let owner = PickerOwner { app: &app.id, user: bearer.user };
    let mementos = owner.own(at, &picked.ticked).await?;
    if mementos.len() > Grant::MOST_MEMENTOS {
        return Ok(DeviceView::of(at, caller, waiting, Some(picked), Some(PickerNotice::TooMany)).await?);
    }
    let servers = targets::servers(at, app, &request.resources);
    let consent = Consent {
        bearer,
        ticket: &ticket,
        client: &client.id,
        scope: &request.scope,
        servers: &servers,
        mementos: &mementos,
        new: GrantId::draw(&at.random),
    };
    let grant = match at.store.consent(&app.id, &consent, at.now).await {
        Ok(grant) => grant,
        Err(NotGranted::SignedOut) => return Ok(DeviceView::sign_in(at, &caller, waiting, Some(&picked))),
        Err(NotGranted::Changed) => {
            return Ok(DeviceView::of(at, caller, waiting, Some(picked), Some(PickerNotice::Changed)).await?);
        }
        Err(NotGranted::Store(error)) => return Err(error.into()),
    };
    let delegation = Delegation {
        client: client.id.clone(),
        grant,
        scope: request.scope.clone(),
        details: false,
        resources: request.resources.clone(),
        // The device stays signed in when this browser signs out.
        authentication: ticket.signed_in.map(|sign_in| Authentication { session: None, sign_in }),
        claims: RequestedClaims::default(),
    };
    let sealed = Code::issue(bearer.user, ticket.epoch, delegation, None, &at.random, at.now);
    let decision = Decision::Granted(sealed.write(REDIRECT, &app.id, at.ring().await?));
    let heard = at.store.decide_device(code, request, bearer.user, &decision, at.now).await?;
    Ok(DeviceView::ask(caller, if heard { Notice::Allowed } else { Notice::Unknown }))
}

impl Input<DecideDevice> for DeviceForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let picked = Picked::read(&form);
        let action = match text("action") {
            None | Some("look") => Action::Look,
            Some("authorize") => Action::Authorize,
            Some("cancel") => Action::Cancel,
            Some("switch") => Action::Switch,
            other if picked.is_making(other) => Action::Make,
            _ => Action::Search,
        };
        Ok(Self { action, ticket: form.secret("ticket"), picked })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user_code"], &["ticket", "action", "m", "q", "new"]))
    }
}
