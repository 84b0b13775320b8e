//! `GET /api/v1/mementos`: list the mementos, page by page.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Malformed, Moment, Output, Request, Route};
use serde_json::{Value, json};
use shared::oauth::memento::{Memento, MementoId};
use shared::token::InvalidToken;

use super::{FUNCTION, PATH};
use crate::resources::{Holder, ResourceError, Resources, memento_json, memento_schema};

/// `GET /api/v1/mementos`: the user's mementos, the newest first; for a client, those that it was let see.
#[derive(Clone, Copy, Debug)]
pub struct List;

/// The query: `?limit=…&after=…`.
#[derive(Debug)]
pub struct ListQuery {
    limit: usize,
    after: Option<String>,
}

/// A page of the list, with the cursor of the next.
#[derive(Debug)]
pub struct MementoList {
    mementos: Vec<Memento>,
    limit: usize,
    next: Option<MementoId>,
}

/// As many as are listed where nobody says how many.
const ALL: usize = 10_000;

impl Endpoint for List {
    const ROUTE: Route = Route::get("oauth-list-mementos", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "List the user's mementos. A client only sees those that the user ticked.";
    const ERRORS: &'static [ResourceError] = &[
        ResourceError::NoToken,
        ResourceError::InvalidToken(InvalidToken::Unknown),
        ResourceError::Invalid("limit"),
        ResourceError::Invalid("after"),
    ];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = Holder;
    type Input = ListQuery;
    type Output = MementoList;

    async fn call(
        at: &Moment,
        caller: Holder,
        stretch: ListQuery,
        gate: Gate<'_>,
    ) -> Result<Admitted<MementoList>, ResourceError> {
        let page = MementoList::of(at, &caller, stretch).await?;
        Ok(gate.pass().await?.give(page))
    }
}

impl MementoList {
    async fn of(at: &Moment, caller: &Holder, stretch: ListQuery) -> Result<Self, ResourceError> {
        let (app, user, limit) = (caller.app(), caller.user().id, stretch.limit);
        if let Holder::Client { standing, .. } = caller {
            let mementos = at.store.named_mementos(app, user, &standing.grant.mementos).await?;
            return Ok(Self { mementos, limit, next: None });
        }
        let after = match &stretch.after {
            None => None,
            Some(text) => {
                let id = MementoId::read(text, user, app, at.ring().await?);
                Some(id.ok_or(ResourceError::Invalid("after"))?)
            }
        };
        let (mementos, more) = at.store.mementos(app, user, after.as_ref(), limit).await?;
        let next = mementos.last().filter(|_| more).map(|memento| memento.id.clone());
        Ok(Self { mementos, limit, next })
    }
}

impl Input<List> for ListQuery {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        let query = request.form_in_query();
        let limit = match query.one("limit").map_err(|Malformed| ResourceError::Invalid("limit"))? {
            None => ALL,
            Some(text) => {
                text.parse().ok().filter(|limit| (1..=ALL).contains(limit)).ok_or(ResourceError::Invalid("limit"))?
            }
        };
        Ok(Self { limit, after: request.query("after").map(str::to_owned) })
    }

    fn schema() -> Option<Value> {
        None
    }
}

impl Output for MementoList {
    fn answer(self) -> Answer {
        let list: Value = self.mementos.iter().map(memento_json).collect();
        let answer = Answer::json(200, &list);
        match self.next {
            // RFC 8288.
            Some(next) => answer.with("link", format!("<{PATH}/?limit={}&after={next}>; rel=\"next\"", self.limit)),
            None => answer,
        }
    }

    fn schema() -> Value {
        json!({"type": "array", "items": memento_schema()})
    }
}
