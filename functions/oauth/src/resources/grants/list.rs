//! `GET /api/v1/grants`: list the connected clients.

use futures_util::future::try_join_all;
use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Moment, NoInput, Output, Route};
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::oauth::grant::Grant;
use shared::oauth::memento::MementoId;
use shared::store::StoreError;
use shared::token::InvalidToken;
use web::SignedIn;

use super::{FUNCTION, PATH};
use crate::resources::{OnlyTheUser, ResourceError, Resources};

/// `GET /api/v1/grants`
#[derive(Clone, Copy, Debug)]
pub struct List;

/// A grant, and what its client is called today.
#[derive(Clone, Debug)]
pub struct Connected {
    pub(crate) grant: Grant,
    pub(crate) name: String,
}

/// The user's grants with the names of their clients.
///
/// # Errors
/// [`StoreError`]
pub async fn connected(at: &Moment, person: &SignedIn) -> Result<Vec<Connected>, StoreError> {
    let grants = at.store.grants(&person.app.id, person.user.id).await?;
    try_join_all(grants.into_iter().map(|grant| named(at, grant))).await
}

/// A client that is registered no more is known by its id.
pub(super) async fn named(at: &Moment, grant: Grant) -> Result<Connected, StoreError> {
    let client = at.store.client(&grant.client).await?;
    let name = client.map_or_else(|| grant.client.to_string(), |client| client.name);
    Ok(Connected { grant, name })
}

impl Endpoint for List {
    const ROUTE: Route = Route::get("oauth-list-grants", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "List the connected apps and what they may see.";
    const ERRORS: &'static [ResourceError] =
        &[ResourceError::NoToken, ResourceError::InvalidToken(InvalidToken::Unknown), ResourceError::NotForClients];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = OnlyTheUser;
    type Input = NoInput;
    type Output = GrantList;

    async fn call(
        at: &Moment,
        OnlyTheUser(caller): OnlyTheUser,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<GrantList>, ResourceError> {
        let connected = connected(at, &caller).await?;
        Ok(gate.pass().await?.give(GrantList(connected)))
    }
}

/// All grants of a user.
#[derive(Debug)]
pub struct GrantList(Vec<Connected>);

impl Connected {
    fn json(&self) -> Value {
        let Grant { client, scope, mementos, created, used, .. } = &self.grant;
        json!({
            "client_id": client.as_str(),
            "name": self.name,
            "mementos": mementos.iter().map(MementoId::as_str).collect::<Vec<_>>(),
            "scope": scope.to_string(),
            "created": created.rfc3339(),
            "last_used": used.map(Timestamp::rfc3339),
        })
    }
}

impl Output for GrantList {
    fn answer(self) -> Answer {
        Answer::json(200, &self.0.iter().map(Connected::json).collect::<Vec<_>>())
    }

    fn schema() -> Value {
        json!({"type": "array", "items": Connected::schema()})
    }
}

impl Output for Connected {
    fn answer(self) -> Answer {
        Answer::json(200, &self.json())
    }

    fn schema() -> Value {
        let text = || json!({"type": "string"});
        runtime::object_schema(&[
            ("client_id", text()),
            ("name", text()),
            ("mementos", json!({"type": "array", "items": text()})),
            ("scope", text()),
            ("created", text()),
            ("last_used", json!({"type": ["string", "null"]})),
        ])
    }
}
