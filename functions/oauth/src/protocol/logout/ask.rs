//! `GET …/logout`: sign the user out at once, or ask.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::oauth::grant::Ticket;
use shared::session::{Presence, Session, Transport};
use shared::user::User;

use super::caller::LogoutCaller;
use super::onward::Onward;
use super::page::{LogoutView, Question};
use super::{FUNCTION, PATH, sign_out};
use crate::pages::{PageError, Pages};

/// `GET /api/v1/auth/oauth2/logout`: signs out at once where the client shows the session's own ID token, else asks.
#[derive(Clone, Copy, Debug)]
pub struct Ask;

impl Endpoint for Ask {
    const ROUTE: Route = Route::get("oauth-logout", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Sign out a user who comes from a client. If necessary, a page asks first.";
    const ERRORS: &'static [PageError] =
        &[PageError::UnknownClient, PageError::UnknownRedirect, PageError::InvalidHint];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = LogoutCaller;
    type Input = NoInput;
    type Output = LogoutView;

    async fn call(
        at: &Moment,
        caller: LogoutCaller,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<LogoutView>, PageError> {
        if caller.is_known_to_the_client() {
            let pass = gate.pass().await?;
            return Ok(pass.give(sign_out::out(at, &caller, 302).await?));
        }
        let view = match &caller.presence {
            Some(presence) => match at.store.present(&caller.app.id, presence, Transport::Browser, at.now).await? {
                Some((user, session)) => question(at, &caller, presence, &user, &session).await?,
                None => nobody_is_signed_in(at, &caller),
            },
            None => nobody_is_signed_in(at, &caller),
        };
        Ok(gate.pass().await?.give(view))
    }
}

/// Nobody is signed in, and nobody has pressed a button of ours.
fn nobody_is_signed_in(at: &Moment, caller: &LogoutCaller) -> LogoutView {
    match caller.destination_behind_a_page() {
        Some(address) => {
            let page = Onward::to(caller.frame.clone(), address.to_owned());
            LogoutView::Onward(page, sign_out::cleared(at, caller))
        }
        None => sign_out::gone(at, caller, 302),
    }
}

/// The page for somebody who is signed in.
async fn question(
    at: &Moment,
    caller: &LogoutCaller,
    presence: &Presence,
    user: &User,
    session: &Session,
) -> Result<LogoutView, PageError> {
    let ticket = Ticket { epoch: user.epoch, grant: None, signed_in: Some(session.sign_in()) };
    let ticket = ticket.write(&presence.bearer, None, &caller.app.id, at.ring().await?);
    Ok(LogoutView::Question(Box::new(Question {
        frame: caller.frame.clone(),
        client: caller.client.as_ref().map(|client| client.name.clone()),
        person: crate::protocol::authorize::account_name(user),
        hidden: caller.hidden.clone().with_ticket(ticket),
    })))
}
