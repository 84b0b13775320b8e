//! `POST /api/v1/account/recovery-codes`: other recovery codes.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::token::InvalidToken;

use super::{FUNCTION, FactorOwner, Shown, recent};
use crate::wire::{BrowserApi, BrowserError};

/// `POST /api/v1/account/recovery-codes`: ten, in place of those that there are.
#[derive(Clone, Copy, Debug)]
pub struct Renew;

impl Endpoint for Renew {
    const ROUTE: Route = Route::post("browser-renew-recovery-codes", "/api/v1/account/recovery-codes").of(FUNCTION);
    const SUMMARY: &'static str = "Show ten new recovery codes once. The earlier codes become invalid.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Unconfirmed,
        BrowserError::NoFactor,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = FactorOwner;
    type Input = NoInput;
    type Output = Shown;

    async fn call(
        at: &Moment,
        caller: FactorOwner,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<Shown>, BrowserError> {
        recent(at, &caller)?;
        let pass = gate.pass().await?;
        let codes =
            at.renew_recovery_codes(&caller.visitor.app.id, &caller.user, None).await?.ok_or(BrowserError::NoFactor)?;
        Ok(pass.give(Shown::of(&codes)))
    }
}
