//! `GET /account/security/recovery-codes`: how many are left.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};

use super::page::CodesPage;
use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::View;
use web::{AccountPages, PageError};

/// `GET /account/security/recovery-codes`: how many codes are left, and the button for new ones.
#[derive(Clone, Copy, Debug)]
pub struct Show;

impl Endpoint for Show {
    const ROUTE: Route = Route::get("pages-show-recovery-codes", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page that says how many recovery codes are left.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = NoInput;
    type Output = View<CodesPage>;

    async fn call(
        at: &Moment,
        caller: Reader,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<CodesPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_first(PATH).into())) };
        Ok(pass.give(View::page(CodesPage::ask(at, &caller, &person).await?)))
    }
}
