//! Exchange the refresh token: `docs/api/account.md#refresh`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::session::Transport;

use crate::caller::RefreshCaller;
use crate::tokens::Pair;
use crate::wire::{AccountApi, AccountError};

/// `GET /api/Auth/Refresh`: exchanges a refresh token for its successor. Proxies and clients repeat a `GET` as they
/// like: for a minute, each is given the same successor.
#[derive(Clone, Copy, Debug)]
pub struct Refresh;

impl Endpoint for Refresh {
    const ROUTE: Route = Route::get("account-refresh", "/api/Auth/Refresh");
    const SUMMARY: &'static str = "Exchange the refresh token in Authorization for a new pair.";
    const ERRORS: &'static [AccountError] = &[AccountError::NoToken, AccountError::NoRefreshToken];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = RefreshCaller;
    type Input = NoInput;
    type Output = Pair;

    /// Exchanged before the gate: a refusal keeps the successor back, and the old token stays as good as it was.
    async fn call(
        at: &Moment,
        caller: RefreshCaller,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<Pair>, AccountError> {
        let pair = at.refresh(&caller.app, &caller.token, Transport::Account).await?;
        Ok(gate.pass().await?.give(Pair::of(&caller.app, pair)))
    }
}
