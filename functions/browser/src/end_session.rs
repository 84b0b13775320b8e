//! `DELETE /api/v1/sessions/{id}`: end one of the caller's sessions.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::id::SessionId;
use shared::token::InvalidToken;
use web::{Cookies, SignedIn};

use crate::wire::{BrowserApi, BrowserError, NewCookies};

/// `DELETE /api/v1/sessions/{id}`: ends one of the caller's sessions and leaves the others.
#[derive(Clone, Copy, Debug)]
pub struct EndSession;

/// The session that the path names.
#[derive(Debug)]
pub struct SessionInPath(SessionId);

impl Endpoint for EndSession {
    const ROUTE: Route = Route::delete("browser-end-session", "/api/v1/sessions/{id}").of("browser-sessions");
    const SUMMARY: &'static str = "End one of the caller's sessions.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::UnknownSession,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = SignedIn;
    type Input = SessionInPath;
    type Output = NewCookies;

    async fn call(
        at: &Moment,
        caller: SignedIn,
        named: SessionInPath,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let pass = gate.pass().await?;
        if !at.end_listed_session(&caller.app.id, caller.user.id, &named.0).await? {
            return Err(BrowserError::UnknownSession);
        }
        let cookies = Cookies(&at.config.browser.cookies);
        let is_own = named.0 == caller.session;
        Ok(pass.give(if is_own { NewCookies::Cleared(cookies.clear()) } else { NewCookies::Unchanged }))
    }
}

impl Input<EndSession> for SessionInPath {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let id = request.path("id").and_then(|id| id.parse().ok());
        id.map(Self).ok_or(BrowserError::UnknownSession)
    }

    fn schema() -> Option<Value> {
        None
    }
}
