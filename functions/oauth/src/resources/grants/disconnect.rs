//! `DELETE /api/v1/grants/{client_id}`, `DELETE /api/v1/grants?client_id=…`: disconnect a client.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::id::ClientId;
use shared::token::InvalidToken;

use super::{CLIENT, FUNCTION, ONE, PATH, named_client};
use crate::resources::{NoContent, OnlyTheUser, ResourceError, Resources};

/// `DELETE /api/v1/grants/{client_id}`, and `BY_QUERY` the same with the client in the query: every token of that client for this user is dead.
#[derive(Clone, Copy, Debug)]
pub struct Disconnect<const BY_QUERY: bool = false>;

/// The client that the request names.
#[derive(Debug)]
pub struct NamedClient(ClientId);

impl<const BY_QUERY: bool> Endpoint for Disconnect<BY_QUERY> {
    const ROUTE: Route = if BY_QUERY {
        Route::delete("oauth-disconnect-by-query", PATH).of(FUNCTION)
    } else {
        Route::delete("oauth-disconnect", ONE).of(FUNCTION)
    };
    const SUMMARY: &'static str = "Disconnect an app. Its tokens for this user are revoked.";
    const ERRORS: &'static [ResourceError] = &[
        ResourceError::NoToken,
        ResourceError::InvalidToken(InvalidToken::Unknown),
        ResourceError::NotForClients,
        ResourceError::ForeignOrigin,
        ResourceError::UnknownGrant,
    ];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = OnlyTheUser;
    type Input = NamedClient;
    type Output = NoContent;

    /// Whether there is anything to end is asked before it is ended: a removal whose answer got lost, and that was
    /// repeated, finds nothing.
    async fn call(
        at: &Moment,
        OnlyTheUser(caller): OnlyTheUser,
        NamedClient(client): NamedClient,
        gate: Gate<'_>,
    ) -> Result<Admitted<NoContent>, ResourceError> {
        let (app, user) = (&caller.app.id, caller.user.id);
        at.store.grant(app, user, &client).await?.ok_or(ResourceError::UnknownGrant)?;
        let pass = gate.pass().await?;
        at.store.disconnect(app, user, &client).await?;
        Ok(pass.give(NoContent))
    }
}

impl<const BY_QUERY: bool> Input<Disconnect<BY_QUERY>> for NamedClient {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        named_client::<BY_QUERY>(request).map(Self)
    }

    const QUERY: &'static [&'static str] = if BY_QUERY { &[CLIENT] } else { &[] };

    fn schema() -> Option<Value> {
        None
    }
}
