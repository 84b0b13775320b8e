//! Sign out: `docs/api/browser.md#sign-out`.

use futures_util::future::try_join_all;
use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::session::Transport;
use web::Cookies;

use crate::caller::LogoutCaller;
use crate::wire::{BrowserApi, BrowserError, NewCookies};

/// `POST /api/v1/auth/custom-logout`: ends the session that the cookies name, if they name one, and clears them.
#[derive(Clone, Copy, Debug)]
pub struct Logout;

impl Endpoint for Logout {
    const ROUTE: Route = Route::post("browser-logout", "/api/v1/auth/custom-logout");
    const SUMMARY: &'static str = "End the session that the cookies name, and clear them.";
    const ERRORS: &'static [BrowserError] = &[BrowserError::ForeignOrigin];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = LogoutCaller;
    type Input = NoInput;
    type Output = NewCookies;

    /// Ended before the gate: a client that the limiter refuses is signed out all the same.
    async fn call(
        at: &Moment,
        caller: LogoutCaller,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let end = |named| at.store.end_session(&caller.app.id, named, Transport::Browser);
        try_join_all(caller.sessions.iter().map(end)).await?;
        let pass = gate.pass().await?;
        let cookies = Cookies(&at.config.browser.cookies);
        Ok(pass.give(if caller.ours { NewCookies::Cleared(cookies.clear()) } else { NewCookies::Unchanged }))
    }
}
