//! C5: a client asks for the next hour.

use runtime::{Ctx, Endpoint, NoInput, Route};
use shared::session::Transport;
use shared::store::{NotRotated, Rotated};

use crate::caller::Returning;
use crate::tokens::Pair;
use crate::wire::{AccountApi, AccountError};

/// `GET /api/Auth/Refresh`: exchanges a refresh token for its successor. Proxies and clients repeat a `GET` as they
/// like: for a minute, each is given the same successor.
#[derive(Clone, Copy, Debug)]
pub struct Refresh;

impl Endpoint for Refresh {
    const ROUTE: Route = Route::get("account-refresh", "/api/Auth/Refresh");
    const SUMMARY: &'static str = "Exchange the refresh token in Authorization for a new pair.";
    const REFUSALS: &'static [AccountError] = &[AccountError::NoToken, AccountError::NoRefreshToken];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Returning;
    type Input = NoInput;
    type Loaded = Rotated;
    type Output = Pair;

    /// The rotation runs beside the limiter's write: a refusal keeps the successor back, and `withhold` sees to it
    /// that the old token is as good as it was.
    async fn load(ctx: &Ctx, caller: &Returning, _: &NoInput) -> Result<Rotated, AccountError> {
        let rotated = ctx.store.rotate_session(&caller.app.id, &caller.token, Transport::Account, ctx.now()).await;
        if let Err(NotRotated::Reused) = &rotated {
            runtime::log_reuse(&caller.app.id, &caller.token.session);
        }
        Ok(rotated?)
    }

    async fn withhold(ctx: &Ctx, caller: Returning, rotated: Rotated) -> Result<(), AccountError> {
        Ok(ctx.store.withhold_rotation(&caller.app.id, &rotated).await?)
    }

    async fn call(ctx: &Ctx, caller: Returning, _: NoInput, rotated: Rotated) -> Result<Pair, AccountError> {
        Ok(Pair::of(ctx, &caller.app, &rotated.session, &rotated.refresh).await?)
    }
}
