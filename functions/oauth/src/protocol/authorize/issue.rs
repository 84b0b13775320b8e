//! Issue an authorization code for what the user agreed to.

use runtime::Moment;
use shared::id::GrantId;
use shared::oauth::code::Code;
use shared::oauth::grant::{Delegation, Ticket};
use shared::oauth::openid::Authentication;
use shared::session::Bearer;
use shared::store::StoreError;

use super::back::Back;
use super::request::EndUser;

/// The way back to the client with a code under `grant`, in the session of `bearer`, which the ticket is about.
pub(super) async fn code(
    at: &Moment,
    end_user: &EndUser,
    bearer: &Bearer,
    ticket: &Ticket,
    grant: GrantId,
) -> Result<Back, StoreError> {
    let request = &end_user.asked;
    let openid = request.openid.clone().unwrap_or_default();
    let delegation = Delegation {
        client: request.client.id.clone(),
        grant,
        scope: request.scope.clone(),
        details: request.details.is_some(),
        resources: request.resources.clone(),
        authentication: ticket
            .signed_in
            .map(|sign_in| Authentication { session: Some(bearer.session.clone()), sign_in }),
        claims: openid.claims,
    };
    let code = Code::issue(bearer.user, ticket.epoch, delegation, request.challenge, &at.random, at.now);
    let acr = ticket.signed_in.and_then(|sign_in| openid.classes.said_of(sign_in.methods.class()));
    let code = Code { nonce: openid.nonce, acr, ..code };
    let code = code.write(&request.redirect_uri, &request.app.id, at.ring().await?);
    Ok(end_user.back_with(at, &code))
}
