//! Prove by a passkey that it is the account's user who deletes it.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, Reason, Route};
use shared::passkey::Refused;
use shared::passkey::json::AuthenticationAnswer;
use shared::service::passkeys::NotLetIn;

use super::FUNCTION;
use super::page::DeleteProblem;
use crate::passkey::{Offered, OptionsForm};
use crate::reader::{Person, Reader};
use web::{AccountPages, PageError};

/// `POST /account/delete/options`: what the page's script hands to `navigator.credentials.get()`.
#[derive(Clone, Copy, Debug)]
pub struct Options;

impl Endpoint for Options {
    const ROUTE: Route = Route::post("pages-delete-options", "/account/delete/options").of(FUNCTION);
    const SUMMARY: &'static str = "Get the options to confirm the deletion with a passkey.";
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
        let party = at.config.passkeys.as_ref().ok_or(PageError::NotFound)?;
        let person = caller.person(at).await?.filter(|person| form.user == Some(person.user.id));
        let options = match &person {
            Some(person) => at.passkey_confirmation(caller.owner(person), party).await?,
            None => None,
        };
        Ok(gate.pass().await?.give(Offered(options)))
    }
}

/// Whether what a browser gave is an answer of a passkey of somebody's, for this very session and page.
pub(super) async fn prove(
    at: &Moment,
    caller: &Reader,
    person: &Person,
    answer: Option<&AuthenticationAnswer>,
) -> Result<Result<(), DeleteProblem>, PageError> {
    let refused = |why: Refused| Ok(Err(DeleteProblem::NotProven(why.into())));
    let Some(answer) = answer else { return refused(Refused::Malformed) };
    let Some(party) = at.config.passkeys.as_ref() else { return refused(Refused::RelyingParty) };
    match at.confirm_by_passkey(caller.owner(person), party, answer).await {
        Ok(()) => Ok(Ok(())),
        Err(NotLetIn::Refused(why)) => refused(why),
        Err(NotLetIn::Disabled) => Ok(Err(DeleteProblem::NotProven(Reason::DisabledUser))),
        Err(NotLetIn::Store(error)) => Err(error.into()),
    }
}
