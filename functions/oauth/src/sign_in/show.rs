//! `GET /account/sign-in`: show the sign-in page.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use web::way_back::SIGN_IN;

use super::SignInVisitor;
use super::page::PhonePage;
use crate::pages::{PageError, Pages};

/// `GET /account/sign-in?to=…`: the page to sign in on; `to` is what somebody wanted before.
#[derive(Clone, Copy, Debug)]
pub struct ShowSignIn;

impl Endpoint for ShowSignIn {
    const ROUTE: Route = Route::get("oauth-show-signin", SIGN_IN).of("oauth-signin");
    const SUMMARY: &'static str = "Show the sign-in page.";
    const ERRORS: &'static [PageError] =
        &[PageError::UnknownClient, PageError::UnknownRedirect, PageError::BACK_AFTER_GET, PageError::BACK_BY_FORM];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = SignInVisitor;
    type Input = NoInput;
    type Output = PhonePage;

    async fn call(
        at: &Moment,
        caller: SignInVisitor,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<PhonePage>, PageError> {
        Ok(gate.pass().await?.give(PhonePage::SignIn(caller.page(at))))
    }
}
