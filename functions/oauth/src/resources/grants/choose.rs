//! `PUT /api/v1/grants/{client_id}`, `PUT /api/v1/grants?client_id=…`: choose the mementos that a client may see.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::id::ClientId;
use shared::oauth::grant::Grant;
use shared::token::InvalidToken;

use super::list::{Connected, named};
use super::{CLIENT, FUNCTION, ONE, PATH, named_client};
use crate::picker::PickerOwner;
use crate::resources::{OnlyTheUser, ResourceError, Resources, ids};

/// `PUT /api/v1/grants/{client_id}`, and `BY_QUERY` the same with the client in the query: replaces the mementos, for the client's next request on.
#[derive(Clone, Copy, Debug)]
pub struct Choose<const BY_QUERY: bool = false>;

/// `{"mementos": [ids]}`
#[derive(Debug)]
pub struct Choice {
    client: ClientId,
    mementos: Vec<String>,
}

impl<const BY_QUERY: bool> Endpoint for Choose<BY_QUERY> {
    const ROUTE: Route = if BY_QUERY {
        Route::put("oauth-choose-mementos-by-query", PATH).of(FUNCTION)
    } else {
        Route::put("oauth-choose-mementos", ONE).of(FUNCTION)
    };
    const SUMMARY: &'static str = "Change which mementos a connected app may see, at once.";
    const ERRORS: &'static [ResourceError] = &[
        ResourceError::Malformed,
        ResourceError::Invalid("mementos"),
        ResourceError::Full,
        ResourceError::NoToken,
        ResourceError::InvalidToken(InvalidToken::Unknown),
        ResourceError::NotForClients,
        ResourceError::ForeignOrigin,
        ResourceError::UnknownGrant,
    ];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = OnlyTheUser;
    type Input = Choice;
    type Output = Connected;

    /// Of a choice with a memento that is another's, or gone, nothing is kept: the caller meant something else.
    async fn call(
        at: &Moment,
        OnlyTheUser(caller): OnlyTheUser,
        choice: Choice,
        gate: Gate<'_>,
    ) -> Result<Admitted<Connected>, ResourceError> {
        if choice.mementos.len() > Grant::MOST_MEMENTOS {
            return Err(ResourceError::Full);
        }
        let (app, user) = (&caller.app.id, caller.user.id);
        let chosen = PickerOwner { app, user }.own(at, &choice.mementos).await?;
        let known = at.store.named_mementos(app, user, &chosen).await?;
        let all = choice.mementos.iter().all(|text| known.iter().any(|memento| memento.id.as_str() == text));
        if !all {
            return Err(ResourceError::Invalid("mementos"));
        }
        let pass = gate.pass().await?;
        let grant = at.store.choose_mementos(app, user, &choice.client, &chosen).await?;
        Ok(pass.give(named(at, grant.ok_or(ResourceError::UnknownGrant)?).await?))
    }
}

impl<const BY_QUERY: bool> Input<Choose<BY_QUERY>> for Choice {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        let (client, fields) = (named_client::<BY_QUERY>(request)?, Fields::parse(request.body(), &["mementos"])?);
        Ok(Self { client, mementos: ids(&fields, "mementos")? })
    }

    const QUERY: &'static [&'static str] = if BY_QUERY { &[CLIENT] } else { &[] };

    fn schema() -> Option<Value> {
        Some(runtime::object_schema(&[("mementos", json!({"type": "array", "items": {"type": "string"}}))]))
    }
}
