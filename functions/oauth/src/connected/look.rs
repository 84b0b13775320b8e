//! A look at the connected apps.

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::id::ClientId;

use super::page::View;
use super::{FUNCTION, PATH, Reader};
use crate::pages::{PageError, Pages};

/// `GET /account/apps`: the connected apps; with `?client=…`, the mementos of one to change.
#[derive(Clone, Copy, Debug)]
pub struct Look;

/// The one to change.
#[derive(Debug)]
pub struct Looked(Option<ClientId>);

impl Endpoint for Look {
    const ROUTE: Route = Route::get("oauth-connected-apps", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page of the connected apps.";
    const REFUSALS: &'static [PageError] = &[];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = Looked;
    type Loaded = View;
    type Output = View;

    async fn load(ctx: &Ctx, caller: &Reader, looked: &Looked) -> Result<View, PageError> {
        let Some(person) = caller.signed_in(ctx).await? else { return Ok(View::sign_in(caller.language, &caller.app)) };
        let changing = looked.0.clone().map(|client| (client, None, None));
        Ok(View::of(ctx, &person, caller.language, changing).await?)
    }

    async fn call(_: &Ctx, _: Reader, _: Looked, view: View) -> Result<View, PageError> {
        Ok(view)
    }
}

impl Input<Look> for Looked {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("client").and_then(|id| id.parse().ok())))
    }

    fn schema() -> Option<Value> {
        None
    }
}
