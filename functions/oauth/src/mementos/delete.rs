//! One less.

use browser::wire::NewCookies;
use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::oauth::memento::MementoId;

use super::show::Named;
use super::{FOREIGN_ORIGIN, FUNCTION, INVALID_TOKEN, NO_TOKEN, ONE};
use crate::resource::{Holder, ResourceError, Resources};

/// `DELETE /api/v1/mementos/{id}`: no client sees it from then on.
#[derive(Clone, Copy, Debug)]
pub struct Delete;

impl Endpoint for Delete {
    const ROUTE: Route = Route::delete("oauth-delete-memento", ONE).of(FUNCTION);
    const SUMMARY: &'static str = "Delete a memento; no app sees it from then on.";
    const REFUSALS: &'static [ResourceError] =
        &[NO_TOKEN, INVALID_TOKEN, ResourceError::ReadOnly, FOREIGN_ORIGIN, ResourceError::UnknownMemento];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = Holder;
    type Input = Named;
    type Loaded = MementoId;
    type Output = NewCookies;

    /// Whether it is there is asked before it goes: a removal whose answer got lost, and that was repeated, finds
    /// nothing.
    async fn load(ctx: &Ctx, caller: &Holder, named: &Named) -> Result<MementoId, ResourceError> {
        caller.person()?;
        let id = caller.memento(ctx, &named.0).await?;
        let memento = ctx.store.memento(caller.app(), caller.user().id, &id).await?;
        memento.map(|memento| memento.id).ok_or(ResourceError::UnknownMemento)
    }

    async fn call(ctx: &Ctx, caller: Holder, _: Named, id: MementoId) -> Result<NewCookies, ResourceError> {
        ctx.store.delete_memento(caller.app(), caller.user().id, &id).await?;
        Ok(NewCookies::none())
    }
}

impl Input<Delete> for Named {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        Ok(Self::read(request))
    }

    fn schema() -> Option<Value> {
        None
    }
}
