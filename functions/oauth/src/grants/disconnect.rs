//! Out again.

use browser::wire::NewCookies;
use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::id::ClientId;

use super::{FOREIGN_ORIGIN, FUNCTION, INVALID_TOKEN, NO_TOKEN, ONE, client_in_path};
use crate::resource::{Person, ResourceError, Resources};

/// `DELETE /api/v1/grants/{client_id}`: every token of that client for this user is dead.
#[derive(Clone, Copy, Debug)]
pub struct Disconnect;

/// The client that the path names.
#[derive(Debug)]
pub struct Named(ClientId);

impl Endpoint for Disconnect {
    const ROUTE: Route = Route::delete("oauth-disconnect", ONE).of(FUNCTION);
    const SUMMARY: &'static str = "Disconnect an app: every token of it for this user is dead.";
    const REFUSALS: &'static [ResourceError] =
        &[NO_TOKEN, INVALID_TOKEN, ResourceError::NotForClients, FOREIGN_ORIGIN, ResourceError::UnknownGrant];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = Person;
    type Input = Named;
    type Loaded = ();
    type Output = NewCookies;

    /// Whether there is anything to end is asked before it is ended: a removal whose answer got lost, and that was
    /// repeated, finds nothing.
    async fn load(ctx: &Ctx, Person(caller): &Person, named: &Named) -> Result<(), ResourceError> {
        let grant = ctx.store.grant(&caller.app.id, caller.user.id, &named.0).await?;
        grant.map(drop).ok_or(ResourceError::UnknownGrant)
    }

    async fn call(ctx: &Ctx, Person(caller): Person, named: Named, (): ()) -> Result<NewCookies, ResourceError> {
        ctx.store.disconnect(&caller.app.id, caller.user.id, &named.0).await?;
        Ok(NewCookies::none())
    }
}

impl Input<Disconnect> for Named {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        client_in_path(request).map(Self)
    }

    fn schema() -> Option<Value> {
        None
    }
}
