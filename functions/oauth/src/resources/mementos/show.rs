//! `GET /api/v1/mementos/{id}`: show one memento.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route};
use serde_json::Value;
use shared::oauth::memento::Memento;
use shared::token::InvalidToken;

use super::{FUNCTION, ONE};
use crate::resources::{Holder, ResourceError, Resources, memento_json, memento_schema};

/// `GET /api/v1/mementos/{id}`
#[derive(Clone, Copy, Debug)]
pub struct ShowMemento;

/// The memento that the path names.
#[derive(Debug)]
pub struct MementoInPath(pub(super) String);

/// A memento.
#[derive(Debug)]
pub struct OneMemento(pub(super) Memento);

impl Endpoint for ShowMemento {
    const ROUTE: Route = Route::get("oauth-show-memento", ONE).of(FUNCTION);
    const SUMMARY: &'static str = "Show one of the user's mementos.";
    const ERRORS: &'static [ResourceError] =
        &[ResourceError::NoToken, ResourceError::InvalidToken(InvalidToken::Unknown), ResourceError::UnknownMemento];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = Holder;
    type Input = MementoInPath;
    type Output = OneMemento;

    async fn call(
        at: &Moment,
        caller: Holder,
        named: MementoInPath,
        gate: Gate<'_>,
    ) -> Result<Admitted<OneMemento>, ResourceError> {
        let id = caller.memento(at, &named.0).await?;
        let memento = at.store.memento(caller.app(), caller.user().id, &id).await?;
        let memento = memento.ok_or(ResourceError::UnknownMemento)?;
        Ok(gate.pass().await?.give(OneMemento(memento)))
    }
}

impl MementoInPath {
    pub(super) fn read(request: &Request) -> Self {
        Self(request.path("id").unwrap_or_default().to_owned())
    }
}

impl Input<ShowMemento> for MementoInPath {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        Ok(Self::read(request))
    }

    fn schema() -> Option<Value> {
        None
    }
}

impl Output for OneMemento {
    fn answer(self) -> Answer {
        Answer::json(200, &memento_json(&self.0))
    }

    fn schema() -> Value {
        memento_schema()
    }
}
