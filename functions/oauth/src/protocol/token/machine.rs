//! Issue a token to the client itself: `client_credentials` (RFC 6749 §4.4).

use runtime::Moment;
use shared::app::resource::Target;
use shared::oauth::access_token::{OwnRights, TokenId};
use shared::oauth::scope::Scope;
use shared::token::jwt;

use super::Tokens;
use crate::protocol::client::KnownClient;
use crate::protocol::params::Params;
use crate::protocol::wire::OauthError;

/// `scope`, `resource`
#[derive(Debug)]
pub struct MachineBody {
    scope: Option<String>,
    resource: Option<String>,
}

impl MachineBody {
    pub(super) fn read(params: &Params) -> Self {
        let text = |name| params.text(name).map(str::to_owned);
        Self { scope: text("scope"), resource: text("resource") }
    }
}

/// A token of the client's own, for an hour: no user is involved, so there is nothing to refresh (RFC 6749 §4.4.3).
pub(super) async fn issue(at: &Moment, caller: &KnownClient, body: MachineBody) -> Result<Tokens, OauthError> {
    let (app, client) = (&caller.app, &caller.client);
    if client.public || !client.policy.client_credentials {
        return Err(OauthError::UnauthorizedClient);
    }
    let ours = jwt::resource(&at.config.issuer(&app.id));
    let named = body.resource.as_deref().map(|name| Target::named(name, &ours, &app.policy.resources));
    let target = named.transpose()?.unwrap_or(Target::Ours);
    let scope = scope(target, body.scope.as_deref())?;
    let rights = OwnRights { id: TokenId::draw(&at.random), client: &client.id, scope: &scope, target };
    let access = rights.token(app, &at.config.issuer(&app.id), at.ring().await?, at.now)?;
    Ok(Tokens { access, expires_in: OwnRights::LIFETIME.0, id_token: None, refresh: None, scope, details: None })
}

/// All scopes of the resource server, or those of them that are asked for. What it does not know is more than there is to have.
fn scope(target: Target<'_>, asked: Option<&str>) -> Result<Scope, OauthError> {
    let all = match target {
        Target::Ours => Scope::default(),
        Target::Server(server) => server.scopes.clone(),
    };
    match asked.map(Scope::read) {
        None => Ok(all),
        Some(asked) if all.covers(&asked) && !asked.is_empty() => Ok(asked),
        Some(_) => Err(OauthError::InvalidScope),
    }
}
