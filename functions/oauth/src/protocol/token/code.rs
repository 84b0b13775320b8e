//! Exchange an authorization code (RFC 6749 §4.1.3).

use runtime::Moment;
use shared::oauth::code::{Challenge, Code};
use shared::oauth::openid;
use shared::secret::Secret;

use super::id::Repeated;
use super::{Exchanged, narrow, target};
use crate::protocol::client::KnownClient;
use crate::protocol::details::Details;
use crate::protocol::params::Params;
use crate::protocol::wire::OauthError;

/// `code`, `redirect_uri`, `code_verifier`
#[derive(Debug)]
pub struct CodeBody {
    code: Secret<String>,
    redirect_uri: String,
    verifier: Option<Secret<String>>,
    details: Option<Details>,
    resource: Option<String>,
}

impl CodeBody {
    pub(super) fn read(params: &Params) -> Result<Self, OauthError> {
        let missing = OauthError::InvalidRequest;
        let code = params.secret("code").ok_or(missing("The code is missing."))?;
        let redirect_uri = params.text("redirect_uri").ok_or(missing("The redirect_uri is missing."))?.to_owned();
        let details = params.text("authorization_details").map(Details::read).transpose()?;
        let (verifier, resource) = (params.secret("code_verifier"), params.text("resource").map(str::to_owned));
        Ok(Self { code, redirect_uri, verifier, details, resource })
    }
}

pub(super) async fn exchange<'a>(
    at: &Moment,
    caller: &'a KnownClient,
    body: CodeBody,
) -> Result<Exchanged<'a>, OauthError> {
    let app = &caller.app.id;
    let code = Code::read(body.code.expose(), &caller.client.id, &body.redirect_uri, app, at.ring().await?)
        .map_err(|_| OauthError::InvalidGrant)?;
    // Before the code is spent: a thief of the code has no verifier, and must not spoil it for its owner.
    if !is_proven(code.challenge, body.verifier.as_ref().map(|verifier| verifier.expose().as_str())) {
        return Err(OauthError::InvalidGrant);
    }
    let target = target(at, caller, body.resource.as_deref(), &code.delegation.resources)?;
    let repeated = Repeated { nonce: code.nonce.clone(), acr: code.acr };
    let (standing, refresh) = at.exchange_code(&caller.app, code, caller.device.clone()).await?;
    let scope = caller.client.part_of(&standing.delegation.scope, target);
    let narrowed = narrow(body.details.as_ref(), &standing)?;
    // Whatever resource the access token is for.
    let signs_in = standing.delegation.scope.contains(openid::SCOPE);
    let detailed = body.details.is_some();
    Ok(Exchanged { standing, refresh, target, scope, narrowed, detailed, signs_in, repeated })
}

/// Both or neither (RFC 9700 §4.8.2: a verifier without a challenge is a downgrade).
fn is_proven(challenge: Option<Challenge>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => challenge.admits(verifier),
        _ => false,
    }
}
