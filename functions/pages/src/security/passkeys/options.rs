//! `POST /account/security/passkeys/options`: begin to add a passkey.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Reason, Request, Route, form_schema};
use serde_json::{Value, json};
use shared::id::UserId;
use shared::service::passkeys::NotAdded;

use super::{FUNCTION, owner};
use crate::reader::Reader;
use web::{AccountPages, PageError};

/// `POST /account/security/passkeys/options`: what the page's script hands to `navigator.credentials.create()`.
#[derive(Clone, Copy, Debug)]
pub struct Options;

/// The page's form.
#[derive(Debug)]
pub struct OptionsForm {
    user: Option<UserId>,
}

/// The options, for somebody who may add a passkey now; else the script shows the page again, which says what is missing.
#[derive(Debug)]
pub struct Offered(Option<Value>);

impl Endpoint for Options {
    const ROUTE: Route = Route::post("pages-passkey-options", "/account/security/passkeys/options").of(FUNCTION);
    const SUMMARY: &'static str = "What that page's script asks the browser, to make a passkey.";
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
        let may = person.filter(|person| form.user == Some(person.user.id) && person.is_fresh(at));
        let Some(person) = may else { return Ok(gate.pass().await?.give(Offered(None))) };
        let options = match at.passkey_creation(owner(&caller, &person), party, party.own_origin()).await {
            Ok(options) => Some(options),
            Err(NotAdded::Store(error)) => return Err(error.into()),
            Err(NotAdded::TooMany | NotAdded::NoUser | NotAdded::Refused(_)) => None,
        };
        Ok(gate.pass().await?.give(Offered(options)))
    }
}

impl Input<Options> for OptionsForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        Ok(Self { user: form.one("user").ok().flatten().and_then(|id| id.parse().ok()) })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user"], &[]))
    }
}

impl Output for Offered {
    const OTHERWISE: &'static [u16] = &[401];

    fn reason(&self) -> Option<Reason> {
        self.0.is_none().then_some(Reason::Unconfirmed)
    }

    fn answer(self) -> Answer {
        match self.0 {
            Some(options) => Answer::json(200, &options),
            None => Answer::json(401, &json!({})),
        }
    }

    fn schema() -> Value {
        json!({"type": "object", "properties": {"challenge": {"type": "string"}, "timeout": {"type": "integer"}}})
    }
}
