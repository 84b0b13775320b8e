//! B4: a page asks for the next hour.

use runtime::{Ctx, Endpoint, NoInput, Route};
use shared::session::Transport;
use shared::store::{NotRotated, Rotated};

use crate::caller::Returning;
use crate::cookies::Cookies;
use crate::wire::{BrowserApi, BrowserError, NewCookies};

/// `POST /api/v1/auth/custom-refresh`: exchanges the refresh cookie for its successor.
#[derive(Clone, Copy, Debug)]
pub struct Refresh;

impl Endpoint for Refresh {
    const ROUTE: Route = Route::post("browser-refresh", "/api/v1/auth/custom-refresh");
    const SUMMARY: &'static str = "Exchange the refresh cookie for new cookies.";
    const REFUSALS: &'static [BrowserError] = &[BrowserError::NoSession(None), BrowserError::ForeignOrigin];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Returning;
    type Input = NoInput;
    type Loaded = Rotated;
    type Output = NewCookies;

    /// The rotation runs beside the limiter's write: a refusal keeps the successor back, and `withhold` sees to it
    /// that the old token is as good as it was.
    async fn load(ctx: &Ctx, caller: &Returning, _: &NoInput) -> Result<Rotated, BrowserError> {
        let rotated = ctx.store.rotate_session(&caller.app.id, &caller.token, Transport::Browser, ctx.now()).await;
        rotated.map_err(|error| {
            if matches!(error, NotRotated::Reused) {
                runtime::log_reuse(&caller.app.id, &caller.token.session);
            }
            match error {
                NotRotated::Dead | NotRotated::Reused => {
                    BrowserError::NoSession(Some(Cookies(&ctx.config.browser.cookies).clear()))
                }
                NotRotated::Store(error) => error.into(),
            }
        })
    }

    async fn withhold(ctx: &Ctx, caller: Returning, rotated: Rotated) -> Result<(), BrowserError> {
        Ok(ctx.store.withhold_rotation(&caller.app.id, &rotated).await?)
    }

    async fn call(ctx: &Ctx, caller: Returning, _: NoInput, rotated: Rotated) -> Result<NewCookies, BrowserError> {
        let ring = ctx.store.ring(ctx.now()).await?;
        let access = rotated.session.access_token(&caller.app, &ctx.config.public_url, &ring, ctx.now())?;
        let refresh = rotated.refresh.write(&caller.app.id, &ring);
        Ok(NewCookies::of(Cookies(&ctx.config.browser.cookies).set(&access, &refresh)))
    }
}
