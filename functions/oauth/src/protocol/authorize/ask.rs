//! A client asks.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};

use super::consent::ConsentView;
use super::request::EndUser;
use super::{FUNCTION, PATH};
use crate::pages::{PageError, Pages};

/// `GET /api/v1/auth/oauth2/authorize`: the page that asks, or the one to sign in on first. It changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ask;

impl Endpoint for Ask {
    const ROUTE: Route = Route::get("oauth-ask", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Ask the user for access, on a page: sign-in where needed, then consent.";
    const ERRORS: &'static [PageError] = &[
        PageError::UnknownClient,
        PageError::UnknownRedirect,
        PageError::Back { status: 302, location: String::new() },
    ];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = EndUser;
    type Input = NoInput;
    type Output = ConsentView;

    async fn call(
        at: &Moment,
        caller: EndUser,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<ConsentView>, PageError> {
        let view = ConsentView::of(at, caller, None, None).await?;
        Ok(gate.pass().await?.give(view))
    }
}
