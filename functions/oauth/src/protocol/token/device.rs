//! Exchange a device code, once the user has decided (RFC 8628 §3.4).

use runtime::Moment;
use shared::oauth::code::Code;
use shared::oauth::device::{DeviceCode, REDIRECT};
use shared::oauth::openid;
use shared::secret::Secret;
use shared::store::Polled;

use super::id::Repeated;
use super::{Exchanged, target};
use crate::protocol::client::KnownClient;
use crate::protocol::params::Params;
use crate::protocol::wire::OauthError;

/// The grant type.
pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// `device_code`
#[derive(Debug)]
pub struct DeviceCodeBody {
    code: Secret<String>,
    resource: Option<String>,
}

impl DeviceCodeBody {
    pub(super) fn read(params: &Params) -> Result<Self, OauthError> {
        let code = params.secret("device_code").ok_or(OauthError::InvalidRequest("The device_code is missing."))?;
        Ok(Self { code, resource: params.text("resource").map(str::to_owned) })
    }
}

/// Once its user has agreed, the device exchanges the authorization code that was made for it, as a browser's client
/// exchanges its own.
pub(super) async fn exchange<'a>(
    at: &Moment,
    caller: &'a KnownClient,
    body: DeviceCodeBody,
) -> Result<Exchanged<'a>, OauthError> {
    let (app, client, ring) = (&caller.app.id, &caller.client, at.ring().await?);
    let code = DeviceCode::read_of(&client.id, body.code.expose(), app, ring).map_err(|_| OauthError::InvalidGrant)?;
    let sealed = match at.store.poll_device(&code, at.now).await? {
        Polled::Granted(sealed) => sealed,
        Polled::Pending => return Err(OauthError::AuthorizationPending),
        Polled::TooSoon => return Err(OauthError::SlowDown),
        Polled::Expired => return Err(OauthError::ExpiredToken),
        Polled::Denied => return Err(OauthError::AccessDenied),
    };
    let code = Code::read(sealed.expose(), &client.id, REDIRECT, app, ring).map_err(|_| OauthError::InvalidGrant)?;
    let repeated = Repeated { nonce: code.nonce.clone(), acr: code.acr };
    let target = target(at, caller, body.resource.as_deref(), &code.delegation.resources)?;
    let (standing, refresh) = at.exchange_code(&caller.app, code, caller.device.clone()).await?;
    let scope = client.part_of(&standing.delegation.scope, target);
    let signs_in = standing.delegation.scope.contains(openid::SCOPE);
    Ok(Exchanged { standing, refresh, target, scope, narrowed: None, detailed: false, signs_in, repeated })
}
