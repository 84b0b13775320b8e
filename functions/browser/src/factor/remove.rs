//! `DELETE /api/v1/account/totp`: the caller's second factor is taken away.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Moment, NoInput, Output, Route};
use serde_json::{Value, json};
use shared::notify::letter::Event;
use shared::token::InvalidToken;

use super::{FUNCTION, FactorOwner, PATH, recent};
use crate::wire::{BrowserApi, BrowserError};

/// `DELETE /api/v1/account/totp`: with the recovery codes. The user is told by mail.
#[derive(Clone, Copy, Debug)]
pub struct Remove;

/// 204.
#[derive(Clone, Copy, Debug)]
pub struct Removed;

impl Endpoint for Remove {
    const ROUTE: Route = Route::delete("browser-remove-totp", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Remove the authenticator app and the recovery codes.";
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
    type Output = Removed;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: FactorOwner,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<Removed>, BrowserError> {
        recent(at, &caller)?;
        let pass = gate.pass().await?;
        let news = caller.news(Event::FactorRemoved);
        if at.remove_factor(news, &caller.user).await? { Ok(pass.give(Removed)) } else { Err(BrowserError::NoFactor) }
    }
}

impl Output for Removed {
    const STATUS: u16 = 204;
    const MEDIA_TYPE: &'static str = "";

    fn answer(self) -> Answer {
        Answer::empty(204)
    }

    fn schema() -> Value {
        json!(null)
    }
}
