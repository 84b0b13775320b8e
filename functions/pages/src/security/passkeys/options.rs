//! `POST /account/security/passkeys/options`: begin to add a passkey.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, Route};
use shared::service::passkeys::NotAdded;

use super::FUNCTION;
use crate::passkey::{Offered, OptionsForm};
use crate::reader::Reader;
use web::{AccountPages, PageError};

/// `POST /account/security/passkeys/options`: what the page's script hands to `navigator.credentials.create()`.
#[derive(Clone, Copy, Debug)]
pub struct Options;

impl Endpoint for Options {
    const ROUTE: Route = Route::post("pages-passkey-options", "/account/security/passkeys/options").of(FUNCTION);
    const SUMMARY: &'static str = "Get the options for a new passkey on that page.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin, PageError::NotFound];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = OptionsForm;
    type Output = Offered;

    async fn call(
        at: &Moment,
        caller: Reader,
        form: OptionsForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<Offered>, PageError> {
        // A deployment at an address without a name has no passkeys.
        let party = at.config.passkeys.as_ref().ok_or(PageError::NotFound)?;
        let person = caller.person(at).await?;
        let may = person.filter(|person| form.user == Some(person.user.id) && person.is_fresh_by_all_factors(at));
        let Some(person) = may else { return Ok(gate.pass().await?.give(Offered(None))) };
        let options = match at.passkey_creation(caller.owner(&person), party, party.own_origin()).await {
            Ok(options) => Some(options),
            Err(NotAdded::Store(error)) => return Err(error.into()),
            Err(NotAdded::TooMany | NotAdded::Changed | NotAdded::Refused(_)) => None,
        };
        Ok(gate.pass().await?.give(Offered(options)))
    }
}
