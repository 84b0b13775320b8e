//! `DELETE /api/v1/mementos/{id}`: delete a memento.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::token::InvalidToken;

use super::show::MementoInPath;
use super::{FUNCTION, ONE};
use crate::resources::{Holder, NoContent, ResourceError, Resources};

/// `DELETE /api/v1/mementos/{id}`: no client sees it from then on.
#[derive(Clone, Copy, Debug)]
pub struct Delete;

impl Endpoint for Delete {
    const ROUTE: Route = Route::delete("oauth-delete-memento", ONE).of(FUNCTION);
    const SUMMARY: &'static str = "Delete a memento. No app sees it any more.";
    const ERRORS: &'static [ResourceError] = &[
        ResourceError::NoToken,
        ResourceError::InvalidToken(InvalidToken::Unknown),
        ResourceError::ReadOnly,
        ResourceError::ForeignOrigin,
        ResourceError::UnknownMemento,
    ];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = Holder;
    type Input = MementoInPath;
    type Output = NoContent;

    /// Whether it is there is asked before it goes: a removal whose answer got lost, and that was repeated, finds
    /// nothing.
    async fn call(
        at: &Moment,
        caller: Holder,
        named: MementoInPath,
        gate: Gate<'_>,
    ) -> Result<Admitted<NoContent>, ResourceError> {
        caller.person()?;
        let (app, user) = (caller.app(), caller.user().id);
        let id = caller.memento(at, &named.0).await?;
        at.store.memento(app, user, &id).await?.ok_or(ResourceError::UnknownMemento)?;
        let pass = gate.pass().await?;
        at.store.delete_memento(app, user, &id).await?;
        Ok(pass.give(NoContent))
    }
}

impl Input<Delete> for MementoInPath {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        Ok(Self::read(request))
    }

    fn schema() -> Option<Value> {
        None
    }
}
