//! `GET /account/sign-up`: show the form.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};

use super::page::SignUpPage;
use super::{FUNCTION, Joiner, PATH};
use crate::view::View;
use web::{AccountPages, PageError};

/// `GET /account/sign-up?to=…`: the form; `to` is what somebody wanted before they came here.
#[derive(Clone, Copy, Debug)]
pub struct ShowSignUp;

impl Endpoint for ShowSignUp {
    const ROUTE: Route = Route::get("pages-show-sign-up", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the sign-up page.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Joiner;
    type Input = NoInput;
    type Output = View<SignUpPage>;

    async fn call(
        at: &Moment,
        caller: Joiner,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<SignUpPage>>, PageError> {
        let page = View::page_with_cookies(SignUpPage::ask(&caller), caller.showing.cookie(at));
        Ok(gate.pass().await?.give(page))
    }
}
