//! A look at the connected apps.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
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
    type Output = View;

    async fn call(at: &Moment, caller: Reader, looked: Looked, gate: Gate<'_>) -> Result<Admitted<View>, PageError> {
        let view = match caller.signed_in(at).await? {
            None => View::sign_in(caller.language, &caller.app),
            Some(person) => {
                let changing = looked.0.map(|client| (client, None, None));
                View::of(at, &person, caller.language, changing).await?
            }
        };
        Ok(gate.pass().await?.give(view))
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
