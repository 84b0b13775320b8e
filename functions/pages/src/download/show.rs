//! `GET /account/download`: say what the file holds.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};

use super::page::DownloadPage;
use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::View;
use web::{AccountPages, PageError};

/// `GET /account/download`: says what the file holds, and has the button.
#[derive(Clone, Copy, Debug)]
pub struct Show;

impl Endpoint for Show {
    const ROUTE: Route = Route::get("pages-show-download", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page to download one's own data from.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = NoInput;
    type Output = View<DownloadPage>;

    async fn call(
        at: &Moment,
        caller: Reader,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<DownloadPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_first(PATH).into())) };
        Ok(pass.give(View::page(DownloadPage::ask(at, &caller, &person))))
    }
}
