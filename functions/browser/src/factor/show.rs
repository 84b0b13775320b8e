//! `GET /api/v1/account/totp`: whether the caller has a second factor.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Moment, NoInput, Output, Route};
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::store::StoredFactor;
use shared::token::InvalidToken;

use super::{FUNCTION, FactorOwner, PATH};
use crate::wire::{BrowserApi, BrowserError, object_schema};

/// `GET /api/v1/account/totp`: since when there is an authenticator app, and how many recovery codes are left.
#[derive(Clone, Copy, Debug)]
pub struct Look;

/// `{"enabled", "since", "recovery_codes_left"}`
#[derive(Debug)]
pub struct FactorState(Option<StoredFactor>);

impl Endpoint for Look {
    const ROUTE: Route = Route::get("browser-show-totp", PATH).of(FUNCTION);
    const SUMMARY: &'static str =
        "Show whether the caller has an authenticator app, and how many recovery codes are left.";
    const ERRORS: &'static [BrowserError] = &[BrowserError::NoToken, BrowserError::InvalidToken(InvalidToken::Unknown)];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = FactorOwner;
    type Input = NoInput;
    type Output = FactorState;

    async fn call(
        at: &Moment,
        caller: FactorOwner,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<FactorState>, BrowserError> {
        let factor = if caller.user.second_factor {
            at.store.factor(&caller.visitor.app.id, caller.user.id).await?
        } else {
            None
        };
        Ok(gate.pass().await?.give(FactorState(factor)))
    }
}

impl Output for FactorState {
    fn answer(self) -> Answer {
        let since = self.0.as_ref().and_then(|factor| factor.since).map(Timestamp::rfc3339);
        let left = self.0.as_ref().map_or(0, |factor| factor.recovery.len());
        Answer::json(200, &json!({"enabled": self.0.is_some(), "since": since, "recovery_codes_left": left}))
    }

    fn schema() -> Value {
        object_schema(&[
            ("enabled", json!({"type": "boolean"})),
            ("since", json!({"type": ["string", "null"], "format": "date-time"})),
            ("recovery_codes_left", json!({"type": "integer"})),
        ])
    }
}
