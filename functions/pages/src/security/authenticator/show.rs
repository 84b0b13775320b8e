//! `GET /account/security/authenticator`: show a secret, or that there is one.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};

use super::page::AuthenticatorPage;
use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::View;
use web::{AccountPages, PageError};

/// `GET /account/security/authenticator`: the QR code and the secret as text, or the button that takes the factor away.
#[derive(Clone, Copy, Debug)]
pub struct Show;

impl Endpoint for Show {
    const ROUTE: Route = Route::get("pages-show-authenticator", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page to set up an authenticator app on, or to take it away.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = NoInput;
    type Output = View<AuthenticatorPage>;

    async fn call(
        at: &Moment,
        caller: Reader,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<AuthenticatorPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_first(PATH).into())) };
        Ok(pass.give(View::page(AuthenticatorPage::ask(at, &caller, &person).await?)))
    }
}
