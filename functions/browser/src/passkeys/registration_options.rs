//! `POST /api/v1/auth/passkeys/registration/options`: begin to add a passkey.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::token::InvalidToken;

use super::{Asked, FUNCTION, Owner, page, relying_party};
use crate::wire::{BrowserApi, BrowserError};

/// `POST /api/v1/auth/passkeys/registration/options`: what the page hands to `navigator.credentials.create()`.
#[derive(Clone, Copy, Debug)]
pub struct RegistrationOptions;

impl Endpoint for RegistrationOptions {
    const ROUTE: Route =
        Route::post("browser-passkey-registration-options", "/api/v1/auth/passkeys/registration/options").of(FUNCTION);
    const SUMMARY: &'static str = "Start adding a passkey: get the options for `navigator.credentials.create()`.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::Unconfirmed,
        BrowserError::TooManyPasskeys,
        BrowserError::ForeignOrigin,
        BrowserError::NotFound,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Owner;
    type Input = NoInput;
    type Output = Asked;

    async fn call(at: &Moment, caller: Owner, _: NoInput, gate: Gate<'_>) -> Result<Admitted<Asked>, BrowserError> {
        let party = relying_party(at)?;
        let origin = page(party, caller.origin.as_deref())?;
        let options = at.passkey_creation(caller.confirmed(at)?, party, origin).await?;
        Ok(gate.pass().await?.give(Asked { options, cookie: None }))
    }
}
