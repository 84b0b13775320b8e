//! `GET /account/forgot-password`: show the page that asks for the address.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};

use super::{FUNCTION, ForgotPage, PATH};
use crate::pages::{PageError, Pages};
use crate::sign_in::SignInVisitor;

/// `GET /account/forgot-password?to=…`: asks for the address; `to` is the request that was interrupted, if one was.
#[derive(Clone, Copy, Debug)]
pub struct Ask;

impl Endpoint for Ask {
    const ROUTE: Route = Route::get("oauth-show-forgot-password", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the page for a forgotten password.";
    const ERRORS: &'static [PageError] =
        &[PageError::UnknownClient, PageError::UnknownRedirect, PageError::BACK_AFTER_GET, PageError::BACK_BY_FORM];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = SignInVisitor;
    type Input = NoInput;
    type Output = ForgotPage;

    async fn call(
        _: &Moment,
        caller: SignInVisitor,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<ForgotPage>, PageError> {
        Ok(gate.pass().await?.give(ForgotPage::ask(&caller)))
    }
}
