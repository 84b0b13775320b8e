//! `GET /account/security/passkeys`: the list.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;

use super::page::{Done, PasskeysPage};
use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::View;
use web::{AccountPages, PageError};

/// `GET /account/security/passkeys`: the passkeys, and the buttons that change them.
#[derive(Clone, Copy, Debug)]
pub struct Show;

/// What was just done, from `?done=…`.
#[derive(Debug)]
pub struct Told(Option<Done>);

impl Endpoint for Show {
    const ROUTE: Route = Route::get("pages-show-passkeys", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page of the passkeys.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = Told;
    type Output = View<PasskeysPage>;

    async fn call(
        at: &Moment,
        caller: Reader,
        told: Told,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<PasskeysPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_first(PATH).into())) };
        Ok(pass.give(View::page(PasskeysPage::of(at, &caller, &person).await?.after(told.0))))
    }
}

impl Input<Show> for Told {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("done").and_then(Done::read)))
    }

    fn schema() -> Option<Value> {
        None
    }
}
