//! The ID token beside an access token, where the access token has the scope `openid` (OpenID Connect Core §3.1.3.3, §12.2).

use runtime::Moment;
use shared::oauth::claims;
use shared::oauth::id_token::IdToken;
use shared::secret::Secret;
use shared::store::{Standing, StoreError};

use crate::protocol::client::KnownClient;

/// The ID token of the session that the client was given.
pub(super) async fn token(
    at: &Moment,
    caller: &KnownClient,
    standing: &Standing,
    nonce: Option<&str>,
    access: &Secret<String>,
) -> Result<Secret<String>, StoreError> {
    let token = IdToken {
        client: &caller.client,
        issuer: &at.config.issuer(&caller.app.id),
        user: standing.user.id,
        authentication: standing.delegation.authentication.as_ref(),
        nonce,
        access,
        // What scopes give is userinfo's: an ID token carries what was asked for by name (Core §5.4).
        claims: claims::of(&standing.user, standing.delegation.claims.id_token.iter().copied()),
    };
    Ok(token.sign(at.ring().await?, at.now)?)
}
