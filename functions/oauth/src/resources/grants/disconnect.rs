//! `DELETE /api/v1/grants/{client_id}`: disconnect a client.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::id::ClientId;
use shared::token::InvalidToken;

use super::{FUNCTION, ONE, client_in_path};
use crate::resources::{NoContent, OnlyTheUser, ResourceError, Resources};

/// `DELETE /api/v1/grants/{client_id}`: every token of that client for this user is dead.
#[derive(Clone, Copy, Debug)]
pub struct Disconnect;

/// The client that the path names.
#[derive(Debug)]
pub struct ClientInPath(ClientId);

impl Endpoint for Disconnect {
    const ROUTE: Route = Route::delete("oauth-disconnect", ONE).of(FUNCTION);
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
    type Input = ClientInPath;
    type Output = NoContent;

    /// Whether there is anything to end is asked before it is ended: a removal whose answer got lost, and that was
    /// repeated, finds nothing.
    async fn call(
        at: &Moment,
        OnlyTheUser(caller): OnlyTheUser,
        ClientInPath(client): ClientInPath,
        gate: Gate<'_>,
    ) -> Result<Admitted<NoContent>, ResourceError> {
        let (app, user) = (&caller.app.id, caller.user.id);
        at.store.grant(app, user, &client).await?.ok_or(ResourceError::UnknownGrant)?;
        let pass = gate.pass().await?;
        at.store.disconnect(app, user, &client).await?;
        Ok(pass.give(NoContent))
    }
}

impl Input<Disconnect> for ClientInPath {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        client_in_path(request).map(Self)
    }

    fn schema() -> Option<Value> {
        None
    }
}
