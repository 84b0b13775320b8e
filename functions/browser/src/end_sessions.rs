//! `DELETE /api/v1/sessions`: end all of the caller's sessions.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::token::InvalidToken;
use web::{Cookies, SignedIn};

use crate::wire::{BrowserApi, BrowserError, NewCookies};

/// `DELETE /api/v1/sessions`: ends every session of the caller's, of every API, this one too.
#[derive(Clone, Copy, Debug)]
pub struct EndSessions;

impl Endpoint for EndSessions {
    const ROUTE: Route = Route::delete("browser-end-sessions", "/api/v1/sessions").of("browser-sessions");
    const SUMMARY: &'static str = "Sign out everywhere: end all of the caller's sessions, including this one.";
    const ERRORS: &'static [BrowserError] =
        &[BrowserError::NoToken, BrowserError::InvalidToken(InvalidToken::Unknown), BrowserError::ForeignOrigin];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = SignedIn;
    type Input = NoInput;
    type Output = NewCookies;

    async fn call(
        at: &Moment,
        caller: SignedIn,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let pass = gate.pass().await?;
        // `false`: the user is gone, and all sessions with them.
        at.store.end_all_sessions(&caller.app.id, &caller.user, at.now).await?;
        Ok(pass.give(NewCookies::Cleared(Cookies(&at.config.browser.cookies).clear())))
    }
}
