//! `GET /account/security`: show the page.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;

use super::page::{Done, SecurityPage};
use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::View;
use web::{AccountPages, PageError};

/// `GET /account/security`: the password, where I am signed in, and what was done to the account.
#[derive(Clone, Copy, Debug)]
pub struct Show;

/// What was just done, from `?done=…`.
#[derive(Debug)]
pub struct Told(Option<Done>);

impl Endpoint for Show {
    const ROUTE: Route = Route::get("pages-show-security", PATH).of(FUNCTION);
    const SUMMARY: &'static str =
        "The page of the password, of where the user is signed in, and of what was done to the account.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = Told;
    type Output = View<SecurityPage>;

    fn prepare(ctx: &Ctx) {
        ctx.trail();
    }

    async fn call(
        at: &Moment,
        caller: Reader,
        told: Told,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<SecurityPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_first(PATH).into())) };
        let page = SecurityPage::of(at, &caller, &person).await?;
        Ok(pass.give(View::page(SecurityPage { done: told.0, ..page })))
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
