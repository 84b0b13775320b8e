//! Signing out everywhere.

use runtime::{Ctx, Endpoint, NoInput, Route};

use crate::caller::SignedIn;
use crate::cookies::Cookies;
use crate::wire::{BrowserApi, BrowserError, NewCookies};

/// `DELETE /api/v1/sessions`: ends every session of the caller's, of every API, this one too.
#[derive(Clone, Copy, Debug)]
pub struct EndSessions;

impl Endpoint for EndSessions {
    const ROUTE: Route = Route::delete("browser-end-sessions", "/api/v1/sessions").of("browser-sessions");
    const SUMMARY: &'static str = "Sign out everywhere: end every session of the caller's, this one too.";
    const REFUSALS: &'static [BrowserError] =
        &[BrowserError::NoToken, BrowserError::InvalidToken, BrowserError::ForeignOrigin];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = SignedIn;
    type Input = NoInput;
    type Loaded = ();
    type Output = NewCookies;

    async fn load(_: &Ctx, _: &SignedIn, _: &NoInput) -> Result<(), BrowserError> {
        Ok(())
    }

    async fn call(ctx: &Ctx, caller: SignedIn, _: NoInput, (): ()) -> Result<NewCookies, BrowserError> {
        let (app, user, now) = (&caller.app.id, &caller.user, ctx.now());
        // `false`: somebody else moved the user on in this moment, which ended this session with all others.
        ctx.store.end_all_sessions(app, user, now).await?;
        Ok(NewCookies::of(Cookies(&ctx.config.browser.cookies).clear()))
    }
}
