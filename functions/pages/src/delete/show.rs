//! `GET /account/delete`: say what goes, and ask for the password.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};

use super::page::DeletePage;
use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::View;
use web::{AccountPages, PageError};

/// `GET /account/delete`: says what goes, and asks for the password.
#[derive(Clone, Copy, Debug)]
pub struct Show;

impl Endpoint for Show {
    const ROUTE: Route = Route::get("pages-show-delete", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page to delete the account on.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = NoInput;
    type Output = View<DeletePage>;

    async fn call(
        at: &Moment,
        caller: Reader,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<DeletePage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_first(PATH).into())) };
        Ok(pass.give(View::page(DeletePage::ask(at, &caller, &person).await?)))
    }
}
