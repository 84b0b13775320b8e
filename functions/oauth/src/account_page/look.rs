//! `GET /account/apps`: show the connected apps.

use runtime::{Admitted, Ctx, Endpoint, Form, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::id::ClientId;
use web::WayBack;

use super::page::AppsView;
use super::{FUNCTION, PATH, Reader};
use crate::pages::{PageError, Pages};
use crate::picker::Picked;

/// `GET /account/apps`: the connected apps; with `?client=…`, the mementos of one to change.
#[derive(Clone, Copy, Debug)]
pub struct ShowApps;

/// The connected app whose mementos are changed, from `?client=…`.
#[derive(Debug)]
pub struct ChosenClient {
    client: Option<ClientId>,
    /// What was ticked there before somebody had to sign in again.
    picked: Option<Picked>,
    /// The query, which comes back after a sign-in.
    kept: Form,
    /// Whether one was disconnected just now.
    disconnected: bool,
}

impl Endpoint for ShowApps {
    const ROUTE: Route = Route::get("oauth-connected-apps", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the page of connected apps.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = ChosenClient;
    type Output = AppsView;

    async fn call(
        at: &Moment,
        caller: Reader,
        looked: ChosenClient,
        gate: Gate<'_>,
    ) -> Result<Admitted<AppsView>, PageError> {
        let view = match caller.signed_in(at).await? {
            None => AppsView::sign_in(at, caller, WayBack::to(PATH).with(&looked.kept)),
            Some(person) => {
                let changing = looked.client.map(|client| (client, looked.picked, None));
                AppsView::of(at, &person, caller.frame, changing).await?.after(looked.disconnected)
            }
        };
        Ok(gate.pass().await?.give(view))
    }
}

impl Input<ShowApps> for ChosenClient {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let query = request.form_in_query();
        Ok(Self {
            client: request.query("client").and_then(|id| id.parse().ok()),
            picked: Picked::kept(query),
            kept: query.clone(),
            disconnected: request.query("done") == Some("disconnected"),
        })
    }

    fn schema() -> Option<Value> {
        None
    }
}
