//! Every later exchange (RFC 6749 §6).

use runtime::Moment;
use shared::secret::Secret;
use shared::session::refresh::RefreshToken;

use super::{Exchanged, narrow};
use crate::protocol::client::KnownClient;
use crate::protocol::details::Details;
use crate::protocol::params::Params;
use crate::protocol::wire::OauthError;

/// `refresh_token`, `scope`
#[derive(Debug)]
pub struct RefreshBody {
    token: Secret<String>,
    scope: Option<String>,
    details: Option<Details>,
}

impl RefreshBody {
    pub(super) fn read(params: &Params) -> Result<Self, OauthError> {
        let token =
            params.secret("refresh_token").ok_or(OauthError::InvalidRequest("The refresh_token is missing."))?;
        let details = params.text("authorization_details").map(Details::read).transpose()?;
        Ok(Self { token, scope: params.text("scope").map(str::to_owned), details })
    }
}

pub(super) async fn exchange(at: &Moment, caller: &KnownClient, body: RefreshBody) -> Result<Exchanged, OauthError> {
    let (app, client) = (&caller.app.id, &caller.client);
    let token = RefreshToken::read_of(&client.id, body.token.expose(), app, at.ring().await?);
    let token = token.map_err(|_| OauthError::InvalidGrant)?;
    let (refresh, standing) = at.refresh_client(app, &token, &client.id).await?;
    let granted = standing.delegation.scope.clone();
    // Scopes that nobody knows are passed over, as they were when the user was asked: libraries say again what they said then.
    let scope = body.scope.as_deref().map_or_else(|| granted.clone(), |asked| client.known(asked));
    if !granted.covers(&scope) || (scope.is_empty() && body.scope.is_some()) {
        return Err(OauthError::InvalidScope);
    }
    let narrowed = narrow(body.details.as_ref(), &standing)?;
    Ok(Exchanged { standing, refresh, scope, narrowed, detailed: body.details.is_some() })
}
