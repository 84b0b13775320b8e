//! B5: somebody leaves.

use futures_util::future::try_join_all;
use runtime::{Ctx, Endpoint, NoInput, Route};

use crate::caller::Leaver;
use crate::cookies::Cookies;
use crate::wire::{BrowserApi, BrowserError, NewCookies};

/// `POST /api/v1/auth/custom-logout`: ends the session that the cookies name, if they name one, and clears them.
#[derive(Clone, Copy, Debug)]
pub struct Logout;

impl Endpoint for Logout {
    const ROUTE: Route = Route::post("browser-logout", "/api/v1/auth/custom-logout");
    const SUMMARY: &'static str = "End the session that the cookies name, and clear them.";
    const REFUSALS: &'static [BrowserError] = &[BrowserError::ForeignOrigin];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Leaver;
    type Input = NoInput;
    type Loaded = ();
    type Output = NewCookies;

    /// Somebody whom the limiter refuses has left all the same.
    async fn load(ctx: &Ctx, caller: &Leaver, _: &NoInput) -> Result<(), BrowserError> {
        let ends =
            caller.sessions.iter().map(|named| ctx.store.end_session(&caller.app.id, named.user, &named.session));
        Ok(try_join_all(ends).await.map(drop)?)
    }

    async fn call(ctx: &Ctx, caller: Leaver, _: NoInput, (): ()) -> Result<NewCookies, BrowserError> {
        if caller.ours {
            Ok(NewCookies::of(Cookies(&ctx.config.browser.cookies).clear()))
        } else {
            Ok(NewCookies::none())
        }
    }
}
