//! `GET …/authorize`: show the sign-in page or the consent page, or redirect at once.

use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::session::method::Class;

use super::consent::{ConsentState, ConsentView};
use super::refusal::AuthorizeError;
use super::request::EndUser;
use super::{FUNCTION, PATH, classes, consent, issue};
use crate::pages::{PageError, Pages};

/// `GET /api/v1/auth/oauth2/authorize`: the page that asks, or the one to sign in on first. It changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ask;

impl Endpoint for Ask {
    const ROUTE: Route = Route::get("oauth-ask", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Ask the user for access: show the sign-in page if necessary, then the consent page.";
    const ERRORS: &'static [PageError] =
        &[PageError::UnknownClient, PageError::UnknownRedirect, PageError::BACK_AFTER_GET];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = EndUser;
    type Input = NoInput;
    type Output = ConsentView;

    async fn call(
        at: &Moment,
        caller: EndUser,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<ConsentView>, PageError> {
        let view = answer(at, caller).await?;
        Ok(gate.pass().await?.give(view))
    }
}

/// The way back at once, where the request and the grant allow it; else the page that is missing.
async fn answer(at: &Moment, caller: EndUser) -> Result<ConsentView, PageError> {
    let asked = caller.asked.openid.clone().unwrap_or_default();
    let found = ConsentState::read(at, &caller, None).await?;
    let reach = match &found {
        Some(found) if asked.classes.may_exceed(found.session.methods.class()) => {
            classes::reach(at, &caller.asked.app.id, &found.user).await?
        }
        _ => Class::OneFactor,
    };
    if found.as_ref().is_some_and(|found| asked.classes.cannot_be_met(found.session.methods.class(), reach)) {
        return refuse(at, &caller, AuthorizeError::Unmet);
    }
    let Some(found) = found.filter(|found| !asked.wants_a_sign_in(&found.session, reach, at.now)) else {
        return if asked.is_silent() {
            refuse(at, &caller, AuthorizeError::LoginRequired)
        } else {
            Ok(ConsentView::sign_in(at, &caller))
        };
    };
    let is_quiet = caller.asked.openid.is_some() || caller.asked.client.openid.first_party;
    if is_quiet
        && !asked.wants_a_page()
        && caller.asked.picked().is_none()
        && let Some(grant) = found.grant_of_all(at, &caller.asked)
    {
        return Ok(ConsentView::Decided(issue::code(at, &caller, &found.bearer, &found.ticket(), grant).await?));
    }
    if asked.is_silent() {
        return refuse(at, &caller, AuthorizeError::ConsentRequired);
    }
    Ok(consent::page(at, caller, found, None).await?)
}

/// Tells the client.
fn refuse(at: &Moment, caller: &EndUser, why: AuthorizeError) -> Result<ConsentView, PageError> {
    Err(PageError::Back(caller.back_refusing(at, why), why))
}
