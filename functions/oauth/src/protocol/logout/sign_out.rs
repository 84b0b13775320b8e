//! `POST …/logout`: take the answer to the question, or a client's request by POST.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::oauth::grant::Ticket;
use shared::secret::Secret;
use shared::store::StoreError;
use web::Cookies;

use super::caller::{LogoutCaller, action};
use super::page::{ClearedCookies, End, LogoutView};
use super::{FUNCTION, PATH};
use crate::pages::{PageError, Pages};

/// `POST /api/v1/auth/oauth2/logout`: the choice, or the client's request by `POST`.
#[derive(Clone, Copy, Debug)]
pub struct SignOut;

/// The form.
#[derive(Debug)]
pub struct Choice {
    stays: bool,
    ticket: Secret<String>,
}

impl Endpoint for SignOut {
    const ROUTE: Route = Route::post("oauth-sign-out", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Answer the sign-out question, or start a sign-out by POST.";
    const ERRORS: &'static [PageError] = &[
        PageError::UnknownClient,
        PageError::UnknownRedirect,
        PageError::InvalidHint,
        PageError::NoTicket,
        PageError::ForeignOrigin,
    ];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = LogoutCaller;
    type Input = Choice;
    type Output = LogoutView;

    async fn call(
        at: &Moment,
        caller: LogoutCaller,
        choice: Choice,
        gate: Gate<'_>,
    ) -> Result<Admitted<LogoutView>, PageError> {
        if caller.is_posted {
            // Our cookies do not come with a form of another site. They come with the GET that follows.
            let location = Secret::new(caller.address());
            let view = LogoutView::On { status: 303, location, cookies: ClearedCookies::default() };
            return Ok(gate.pass().await?.give(view));
        }
        let Some(presence) = &caller.presence else {
            // Signed out meanwhile: by the same form, perhaps, which was sent twice, or on another page.
            let pass = gate.pass().await?;
            let told = || LogoutView::End(End { frame: caller.frame.clone(), is_out: true }, ClearedCookies::default());
            return Ok(pass.give(if choice.stays { told() } else { gone(at, &caller, 303) }));
        };
        let ticket = Ticket::read(choice.ticket.expose(), &presence.bearer, None, &caller.app.id, at.ring().await?);
        ticket.ok_or(PageError::NoTicket)?;
        let pass = gate.pass().await?;
        if choice.stays {
            let end = End { frame: caller.frame.clone(), is_out: false };
            return Ok(pass.give(LogoutView::End(end, ClearedCookies::default())));
        }
        Ok(pass.give(out(at, &caller, 303).await?))
    }
}

/// Ends every session that the browser's cookies name, and what clients were given in them. A browser has one: of two, the other would be
/// shown by the next page.
pub(super) async fn out(at: &Moment, caller: &LogoutCaller, status: u16) -> Result<LogoutView, StoreError> {
    for session in &caller.sessions {
        at.store.sign_out(&caller.app.id, session, at.now).await?;
    }
    Ok(gone(at, caller, status))
}

/// Nobody is signed in: on to the client, or the page that says so.
pub(super) fn gone(at: &Moment, caller: &LogoutCaller, status: u16) -> LogoutView {
    let cookies = cleared(at, caller);
    match caller.destination() {
        Some(location) => LogoutView::On { status, location: Secret::new(location.to_owned()), cookies },
        None => LogoutView::End(End { frame: caller.frame.clone(), is_out: true }, cookies),
    }
}

/// A cookie that shows nothing here may be of another app's session, which this request does not end.
pub(super) fn cleared(at: &Moment, caller: &LogoutCaller) -> ClearedCookies {
    let cookies = Cookies(&at.config.browser.cookies);
    ClearedCookies(caller.presence.as_ref().map(|_| cookies.clear()))
}

impl Input<SignOut> for Choice {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let ticket = form.secret("ticket");
        Ok(Self { stays: action(&form) != Some("sign-out"), ticket })
    }

    fn schema() -> Option<Value> {
        let optional =
            ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "action", "ticket"];
        Some(form_schema(&[], &optional))
    }
}
