//! A client asks.

use runtime::{Ctx, Endpoint, NoInput, Route};

use super::consent::View;
use super::request::Asker;
use super::{FUNCTION, PATH};
use crate::pages::{PageError, Pages};

/// `GET /api/v1/auth/oauth2/authorize`: the page that asks, or the one to sign in on first. It changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ask;

impl Endpoint for Ask {
    const ROUTE: Route = Route::get("oauth-ask", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Ask the user for access, on a page: sign-in where needed, then consent.";
    const REFUSALS: &'static [PageError] = &[];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Asker;
    type Input = NoInput;
    type Loaded = View;
    type Output = View;

    async fn load(ctx: &Ctx, caller: &Asker, _: &NoInput) -> Result<View, PageError> {
        Ok(View::of(ctx, caller.clone(), None, None).await?)
    }

    async fn call(_: &Ctx, _: Asker, _: NoInput, view: View) -> Result<View, PageError> {
        Ok(view)
    }
}
