//! The ID token beside an access token, where the access token has the scope `openid` (OpenID Connect Core §3.1.3.3, §12.2).

use runtime::Moment;
use serde_json::Value;
use shared::oauth::claims::{self, Claim};
use shared::oauth::id_token::IdToken;
use shared::secret::Secret;
use shared::session::method::Class;
use shared::store::{Standing, StoreError};

use crate::protocol::client::KnownClient;

/// What the ID token repeats of the request that the code answered.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    /// The request's own.
    pub(super) nonce: Option<String>,
    /// The class of sign-in that the request asked for, where the sign-in was more.
    pub(super) acr: Option<Class>,
}

/// The ID token of the session that the client was given.
pub(super) async fn token(
    at: &Moment,
    caller: &KnownClient,
    standing: &Standing,
    repeated: Repeated,
    access: &Secret<String>,
) -> Result<Secret<String>, StoreError> {
    let Standing { user, delegation, .. } = standing;
    // What scopes give is userinfo's, and an ID token carries what was asked for by name (Core §5.4). But roles are for servers
    // that ask nobody about the token.
    let roles = Some(Claim::Roles).filter(|claim| delegation.scope.contains(claim.scope()));
    let mut told = claims::of(user, delegation.claims.id_token.iter().copied().chain(roles));
    let own = caller.app.policy.claims.entries().iter();
    told.extend(own.map(|(name, value)| (name.clone(), Value::from(value.as_str()))));
    let token = IdToken {
        client: &caller.client,
        issuer: &at.config.issuer(&caller.app.id),
        user: user.id,
        authentication: delegation.authentication.as_ref(),
        nonce: repeated.nonce.as_deref(),
        acr: repeated.acr,
        access,
        claims: told,
    };
    Ok(token.sign(at.ring().await?, at.now)?)
}
