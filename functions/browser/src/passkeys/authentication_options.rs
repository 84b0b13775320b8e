//! `POST /api/v1/auth/passkeys/authentication/options`: begin to sign in with a passkey.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::passkey::challenge::BrowserMark;
use web::Cookies;

use super::{Asked, Guest, SIGN_IN, page, relying_party};
use crate::caller::closed_unless_served;
use crate::wire::{BrowserApi, BrowserError};

/// `POST /api/v1/auth/passkeys/authentication/options`: what the page hands to `navigator.credentials.get()`.
///
/// It asks nothing of who signs in, and says nothing of who has passkeys. Nothing is written.
#[derive(Clone, Copy, Debug)]
pub struct AuthenticationOptions;

impl Endpoint for AuthenticationOptions {
    const ROUTE: Route =
        Route::post("browser-passkey-authentication-options", "/api/v1/auth/passkeys/authentication/options")
            .of(SIGN_IN);
    const SUMMARY: &'static str = "Start a sign-in with a passkey: get the options for `navigator.credentials.get()`.";
    const ERRORS: &'static [BrowserError] = &[BrowserError::ForeignOrigin, BrowserError::NotFound];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Guest;
    type Input = NoInput;
    type Output = Asked;

    async fn call(at: &Moment, caller: Guest, _: NoInput, gate: Gate<'_>) -> Result<Admitted<Asked>, BrowserError> {
        closed_unless_served(caller.app())?;
        let party = relying_party(at)?;
        let origin = page(party, caller.origin.as_deref())?;
        // Kept where there is one: another tab's challenge stays good.
        let mark = caller.mark.clone().unwrap_or_else(|| BrowserMark::draw(&at.random));
        let options = at.passkey_request(&caller.app().id, &mark, party, origin).await?;
        let cookie = Some(Cookies(&at.config.browser.cookies).set_passkey(&mark));
        Ok(gate.pass().await?.give(Asked { options, cookie }))
    }
}
