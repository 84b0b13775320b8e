//! Every later exchange (RFC 6749 §6).

use runtime::Ctx;
use shared::session::refresh::RefreshToken;
use shared::store::{NotRotated, Rotated};

use super::{Given, Undo, narrow};
use crate::client::KnownClient;
use crate::details::Details;
use crate::params::Params;
use crate::wire::OauthError;

/// `refresh_token`, `scope`
#[derive(Debug)]
pub struct RefreshBody {
    token: String,
    scope: Option<String>,
    details: Option<Details>,
}

impl RefreshBody {
    pub(super) fn read(params: &Params) -> Result<Self, OauthError> {
        let token = params.text("refresh_token").ok_or(OauthError::InvalidRequest("The refresh_token is missing."))?;
        let details = params.text("authorization_details").map(Details::read).transpose()?;
        Ok(Self { token: token.to_owned(), scope: params.text("scope").map(str::to_owned), details })
    }
}

pub(super) async fn exchange(ctx: &Ctx, caller: &KnownClient, body: &RefreshBody) -> Result<Given, OauthError> {
    let (app, client, now) = (&caller.app.id, &caller.client.id, ctx.now());
    let ring = ctx.store.ring(now).await?;
    let token = RefreshToken::read_of(client, &body.token, app, &ring).map_err(|_| OauthError::InvalidGrant)?;
    let rotated = ctx.store.rotate_delegated(app, &token, client, now).await;
    let (rotated, standing) = rotated.inspect_err(|error| {
        if matches!(error, NotRotated::Reused) {
            runtime::log_reuse(app, &token.session);
        }
    })?;
    let granted = standing.delegation.scope.clone();
    // What nobody knows is passed over, as it was when the user was asked: libraries say again what they said then.
    let scope = body.scope.as_deref().map_or_else(|| granted.clone(), |asked| caller.client.known(asked));
    let wider = !granted.covers(&scope) || (scope.is_empty() && body.scope.is_some());
    let narrowed = if wider {
        Err(OauthError::InvalidScope)
    } else {
        narrow(body.details.as_ref(), &standing).map_err(OauthError::from)
    };
    match narrowed {
        Ok(narrowed) => {
            let (Rotated { refresh, holder, .. }, detailed) = (rotated, body.details.is_some());
            Ok(Given { standing, scope, narrowed, detailed, refresh, undo: Undo::Rotation(holder) })
        }
        Err(refused) => {
            // The successor is not handed out: the token that was presented stays good.
            ctx.store.withhold_rotation(app, &rotated).await?;
            Err(refused)
        }
    }
}
