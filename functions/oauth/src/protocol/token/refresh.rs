//! Exchange a refresh token (RFC 6749 §6).

use runtime::Moment;
use shared::app::resource::Target;
use shared::oauth::grant::Delegation;
use shared::oauth::openid;
use shared::secret::Secret;
use shared::session::refresh::RefreshToken;
use shared::token::jwt;

use super::id::Repeated;
use super::{Exchanged, narrow, target};
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
    resource: Option<String>,
}

impl RefreshBody {
    pub(super) fn read(params: &Params) -> Result<Self, OauthError> {
        let token =
            params.secret("refresh_token").ok_or(OauthError::InvalidRequest("The refresh_token is missing."))?;
        let details = params.text("authorization_details").map(Details::read).transpose()?;
        let text = |name| params.text(name).map(str::to_owned);
        Ok(Self { token, scope: text("scope"), details, resource: text("resource") })
    }
}

pub(super) async fn exchange<'a>(
    at: &Moment,
    caller: &'a KnownClient,
    body: RefreshBody,
) -> Result<Exchanged<'a>, OauthError> {
    let (app, client) = (&caller.app.id, &caller.client);
    let token = RefreshToken::read_of(&client.id, body.token.expose(), app, at.ring().await?);
    let token = token.map_err(|_| OauthError::InvalidGrant)?;
    let (refresh, standing) = at.refresh_client(&caller.app, &token, client).await?;
    let Delegation { scope: granted, resources, .. } = &standing.delegation;
    let target = target(at, caller, body.resource.as_deref(), resources)?;
    let ours = jwt::resource(&at.config.issuer(app));
    let servers = resources.iter().filter_map(|name| Target::named(name, &ours, &caller.app.policy.resources).ok());
    let servers: Vec<_> = servers.collect();
    let narrow_to = |asked: &str| client.narrowed(granted, asked, &servers).ok_or(OauthError::InvalidScope);
    let asked = body.scope.as_deref().map(narrow_to).transpose()?;
    let whole = asked.as_ref().unwrap_or(granted);
    let (scope, signs_in) = (client.part_of(whole, target), whole.contains(openid::SCOPE));
    if asked.is_some() && scope.is_empty() {
        return Err(OauthError::InvalidScope);
    }
    let narrowed = narrow(body.details.as_ref(), &standing)?;
    let detailed = body.details.is_some();
    Ok(Exchanged { standing, refresh, target, scope, narrowed, detailed, signs_in, repeated: Repeated::default() })
}
