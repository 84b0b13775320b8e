//! A client gives a token back (RFC 7009): `docs/api/oauth.md#revoke`.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route};
use serde_json::{Value, json};
use shared::oauth::access_token::{AccessToken, OwnAccess};
use shared::session::Bearer;
use shared::session::refresh::RefreshToken;

use crate::protocol::client::KnownClient;
use crate::protocol::introspect::TokenInQuestion;
use crate::protocol::wire::{OauthApi, OauthError};

/// `POST /api/v1/auth/oauth2/revoke`: ends the session that the token belongs to, and so every token of it.
#[derive(Clone, Copy, Debug)]
pub struct Revoke;

impl Endpoint for Revoke {
    const ROUTE: Route = Route::post("oauth-revoke", "/api/v1/auth/oauth2/revoke");
    const SUMMARY: &'static str = "Revoke an access or refresh token. The other token of its session is revoked, too.";
    const ERRORS: &'static [OauthError] = &[
        OauthError::InvalidRequest("The token is missing."),
        OauthError::InvalidClient { basic: true },
        OauthError::UnsupportedTokenType,
        OauthError::BodyTooLarge,
    ];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = OauthApi;
    type Ctx = Ctx;
    type Caller = KnownClient;
    type Input = TokenInQuestion;
    type Output = Revoked;

    /// An unknown token, or one of another client, is answered as revoked (RFC 7009 §2.2). A token of the client's own is not, because it stays
    /// good (§2.2.1).
    async fn call(
        at: &Moment,
        caller: KnownClient,
        body: TokenInQuestion,
        gate: Gate<'_>,
    ) -> Result<Admitted<Revoked>, OauthError> {
        let (app, client, text) = (&caller.app.id, &caller.client.id, body.0.expose());
        let pass = gate.pass().await?;
        let ring = at.ring().await?;
        let app_of = |issuer: &str| at.config.app_of(issuer);
        let own = |token: AccessToken| (token.app == *app && token.client == *client).then_some(token.bearer);
        let named = match AccessToken::verify_for_any_resource(text, app_of, ring, at.now) {
            Ok(token) => own(token),
            Err(_) => RefreshToken::read_of(client, text, app, ring)
                .ok()
                .map(|token| Bearer { user: token.user, session: token.session }),
        };
        let is_own = |token: OwnAccess| token.app == *app && token.client == *client;
        if let Some(Bearer { user, session }) = named {
            at.store.revoke_session(app, user, &session, at.now).await?;
        } else if OwnAccess::verify(text, app_of, ring, at.now).is_ok_and(is_own) {
            return Err(OauthError::UnsupportedTokenType);
        }
        Ok(pass.give(Revoked))
    }
}

impl Input<Revoke> for TokenInQuestion {
    fn parse(request: &Request) -> Result<Self, OauthError> {
        Self::read(request)
    }

    fn schema() -> Option<Value> {
        Some(Self::described())
    }
}

/// 200, whatever the token was. RFC 7009 §2.2 has the body ignored; there are clients that want it to be JSON all the same.
#[derive(Clone, Copy, Debug)]
pub struct Revoked;

impl Output for Revoked {
    fn answer(self) -> Answer {
        Answer::json(200, &json!({}))
    }

    fn schema() -> Value {
        json!({"type": "object"})
    }
}
