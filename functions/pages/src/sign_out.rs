//! `POST /account/sign-out`: end the session that the browser has.

use std::sync::Arc;

use futures_util::future::try_join_all;
use runtime::{Admitted, Caller, Ctx, Endpoint, Gate, Moment, NoInput, Request, Route, Security};
use shared::app::App;
use shared::session::{Bearer, Transport};
use web::{Cookies, WayBack};

use crate::account::{FUNCTION, PATH};
use crate::view::Go;
use web::{AccountPages, PageError};

/// `POST /account/sign-out`: ends the session that the cookies name, whatever its app, and clears them.
#[derive(Clone, Copy, Debug)]
pub struct SignOut;

/// A browser that signs out.
#[derive(Debug)]
pub struct SigningOut {
    app: Arc<App>,
    /// One, or none, or two of a browser that was tampered with.
    sessions: Vec<Bearer>,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AccountPages>> Caller<E> for SigningOut {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        if !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        let app = web::app_of(at, request).await?;
        let sessions = web::session::named_by_cookies(at, &app, request, at.ring().await?);
        Ok(Self { app, sessions })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

impl Endpoint for SignOut {
    const ROUTE: Route = Route::post("pages-sign-out", "/account/sign-out").of(FUNCTION);
    const SUMMARY: &'static str = "Sign the browser out on the account's pages.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = SigningOut;
    type Input = NoInput;
    type Output = Go;

    /// Ended before the gate: a client that the limiter refuses is signed out all the same.
    async fn call(at: &Moment, caller: SigningOut, _: NoInput, gate: Gate<'_>) -> Result<Admitted<Go>, PageError> {
        let end = |named| at.store.end_session(&caller.app.id, named, Transport::Browser);
        try_join_all(caller.sessions.iter().map(end)).await?;
        let cookies = Cookies(&at.config.browser.cookies).clear();
        let next = WayBack::to(PATH).of(&caller.app.id).sign_in();
        Ok(gate.pass().await?.give(Go::to(next).with_cookies(cookies)))
    }
}
