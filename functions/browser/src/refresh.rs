//! Exchange the refresh cookie: `docs/api/browser.md#refresh`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Reason, Route};
use shared::session::Transport;
use shared::store::NotRotated;
use web::Cookies;

use crate::caller::RefreshCaller;
use crate::wire::{BrowserApi, BrowserError, NewCookies};

/// `POST /api/v1/auth/custom-refresh`: exchanges the refresh cookie for its successor.
#[derive(Clone, Copy, Debug)]
pub struct Refresh;

impl Endpoint for Refresh {
    const ROUTE: Route = Route::post("browser-refresh", "/api/v1/auth/custom-refresh");
    const SUMMARY: &'static str = "Exchange the refresh cookie for new cookies.";
    const ERRORS: &'static [BrowserError] =
        &[BrowserError::NoSession { why: Reason::EndedSession, cleared: None }, BrowserError::ForeignOrigin];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = RefreshCaller;
    type Input = NoInput;
    type Output = NewCookies;

    /// Exchanged before the gate: a refusal keeps the successor back, and the old token stays as good as it was.
    async fn call(
        at: &Moment,
        caller: RefreshCaller,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let cookies = Cookies(&at.config.browser.cookies);
        let no_session = |why| BrowserError::NoSession { why, cleared: Some(cookies.clear()) };
        let refreshed = at.refresh(&caller.app, &caller.token, Transport::Browser).await;
        let pair = refreshed.map_err(|error| match error {
            NotRotated::Dead(why) => no_session(why.into()),
            NotRotated::Reused => no_session(Reason::SessionReused),
            NotRotated::Store(error) => error.into(),
        })?;
        Ok(gate.pass().await?.give(NewCookies::Session(web::session::cookies(at, &caller.app.id, &pair))))
    }
}
