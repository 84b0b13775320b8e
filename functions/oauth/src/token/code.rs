//! The first exchange (RFC 6749 §4.1.3).

use runtime::Ctx;
use shared::oauth::code::{Challenge, Code};
use shared::oauth::session::ClientOpening;
use shared::store::{Nonce, NotExchanged};

use super::{Given, Undo, narrow};
use crate::client::KnownClient;
use crate::details::Details;
use crate::params::Params;
use crate::wire::OauthError;

/// `code`, `redirect_uri`, `code_verifier`
#[derive(Debug)]
pub struct CodeBody {
    code: String,
    redirect_uri: String,
    verifier: Option<String>,
    details: Option<Details>,
}

impl CodeBody {
    pub(super) fn read(params: &Params) -> Result<Self, OauthError> {
        let missing = OauthError::InvalidRequest;
        let code = params.text("code").ok_or(missing("The code is missing."))?.to_owned();
        let redirect_uri = params.text("redirect_uri").ok_or(missing("The redirect_uri is missing."))?.to_owned();
        let details = params.text("authorization_details").map(Details::read).transpose()?;
        Ok(Self { code, redirect_uri, verifier: params.text("code_verifier").map(str::to_owned), details })
    }
}

pub(super) async fn exchange(ctx: &Ctx, caller: &KnownClient, body: &CodeBody) -> Result<Given, OauthError> {
    let (app, now) = (&caller.app.id, ctx.now());
    let ring = ctx.store.ring(now).await?;
    let code = Code::read(&body.code, &caller.client.id, &body.redirect_uri, app, &ring)
        .map_err(|_| OauthError::InvalidGrant)?;
    // Before the code is spent: whoever stole it has no verifier, and must not spoil it for its owner.
    if !is_proven(code.challenge, body.verifier.as_deref()) {
        return Err(OauthError::InvalidGrant);
    }
    if !code.is_good(now) {
        if ctx.store.revoke_session(app, code.user, &code.session, now).await? {
            runtime::log_reuse(app, &code.session);
        }
        return Err(OauthError::InvalidGrant);
    }
    let (opening, refresh) = ClientOpening::of_code(code, caller.device.clone(), &ctx.random, now);
    let nonce = Nonce::draw(&ctx.random);
    let standing = ctx.store.exchange_code(app, &opening, &nonce, now).await.inspect_err(|error| {
        if matches!(error, NotExchanged::Reused) {
            runtime::log_reuse(app, &opening.session.id);
        }
    })?;
    let scope = standing.delegation.scope.clone();
    match narrow(body.details.as_ref(), &standing) {
        Ok(narrowed) => {
            let detailed = body.details.is_some();
            Ok(Given { standing, scope, narrowed, detailed, refresh, undo: Undo::Exchange(nonce) })
        }
        Err(refused) => {
            // Nothing is handed out: the code stays good for what was granted.
            ctx.store.withdraw_exchange(app, &standing.session, &nonce).await?;
            Err(refused.into())
        }
    }
}

/// Both or neither (RFC 9700 §4.8.2: a verifier without a challenge is a downgrade).
fn is_proven(challenge: Option<Challenge>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => challenge.admits(verifier),
        _ => false,
    }
}
