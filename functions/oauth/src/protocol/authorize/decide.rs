//! `POST …/authorize`: take the user's decision on the consent page.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::app::App;
use shared::id::GrantId;
use shared::oauth::grant::{Grant, Ticket};
use shared::secret::Secret;
use shared::session::{Bearer, Presence, Transport};
use shared::store::{Consent, NotGranted, StoreError};

use super::back::Back;
use super::consent::ConsentView;
use super::refusal::AuthorizeError;
use super::request::EndUser;
use super::{FUNCTION, PATH, issue};
use crate::pages::{PageError, Pages};
use crate::picker::{Picked, PickerNotice, PickerOwner};

/// `POST /api/v1/auth/oauth2/authorize`: the decision, or another look at the mementos.
#[derive(Clone, Copy, Debug)]
pub struct Decide;

/// The form.
#[derive(Debug)]
pub struct Decision {
    action: Action,
    ticket: Secret<String>,
    picked: Picked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Authorize,
    Cancel,
    /// Sign in as somebody else.
    Switch,
    /// Make a memento on the spot.
    Make,
    /// Another page of mementos.
    Look,
}

impl Endpoint for Decide {
    const ROUTE: Route = Route::post("oauth-decide", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Receive the user's decision from the consent page, and redirect to the client.";
    const ERRORS: &'static [PageError] = &[
        PageError::UnknownClient,
        PageError::UnknownRedirect,
        PageError::BACK_AFTER_POST,
        PageError::NoTicket,
        PageError::ForeignOrigin,
    ];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = EndUser;
    type Input = Decision;
    type Output = ConsentView;

    async fn call(
        at: &Moment,
        caller: EndUser,
        decision: Decision,
        gate: Gate<'_>,
    ) -> Result<Admitted<ConsentView>, PageError> {
        if caller.is_posted {
            // Our cookies do not come with a form of another site. They come with the GET that follows.
            let location = format!("{PATH}?{}", caller.asked.query());
            return Ok(gate.pass().await?.give(ConsentView::Decided(Back::Redirect { status: 303, location })));
        }
        let (app, client) = (&caller.asked.app, &caller.asked.client.id);
        let Some(presence) = caller.presence.clone() else {
            if decision.action == Action::Cancel {
                return Err(PageError::NoTicket);
            }
            // Signed out meanwhile, in another tab perhaps.
            let page = ConsentView::sign_in_again(at, &caller, &decision.picked);
            return Ok(gate.pass().await?.give(page));
        };
        let ticket = Ticket::read(decision.ticket.expose(), &presence.bearer, Some(client), &app.id, at.ring().await?);
        let ticket = ticket.ok_or(PageError::NoTicket)?;
        let picked = decision.picked;
        match decision.action {
            Action::Cancel => {
                let back = caller.back_refusing(at, AuthorizeError::AccessDenied);
                Ok(gate.pass().await?.give(ConsentView::Refused(back)))
            }
            Action::Look => {
                let page = ConsentView::of(at, caller, Some(picked), None).await?;
                Ok(gate.pass().await?.give(page))
            }
            Action::Make => make(at, caller, &presence, picked, gate).await,
            Action::Authorize if may_decide(at, app, &presence).await? => {
                authorize(at, caller, presence.bearer, ticket, picked, gate).await
            }
            Action::Authorize => Ok(gate.pass().await?.give(ConsentView::sign_in_again(at, &caller, &picked))),
            Action::Switch => Ok(gate.pass().await?.give(ConsentView::sign_in(at, &caller))),
        }
    }
}

/// Whether the session that the browser shows is alive, and of as many factors as the app wants.
async fn is_here(at: &Moment, app: &App, presence: &Presence) -> Result<bool, StoreError> {
    let present = at.store.present(&app.id, presence, Transport::Browser, at.now).await?;
    Ok(present.is_some_and(|(user, session)| !session.has_too_few_factors(app, &user, at.now)))
}

/// The write looks whether the session lives; but a refresh token that was exchanged since the page was shown belongs to nobody, and how
/// many factors the app wants of a user follows from when they registered.
async fn may_decide(at: &Moment, app: &App, presence: &Presence) -> Result<bool, StoreError> {
    let is_good = presence.is_good_by_itself() && !app.policy.second_factor.is_required();
    Ok(is_good || is_here(at, app, presence).await?)
}

/// Makes a memento and shows the page again.
async fn make(
    at: &Moment,
    caller: EndUser,
    presence: &Presence,
    mut picked: Picked,
    gate: Gate<'_>,
) -> Result<Admitted<ConsentView>, PageError> {
    // What is made is written, so its owner must be known to be still here.
    let app = caller.asked.app.clone();
    let here = is_here(at, &app, presence).await?;
    let pass = gate.pass().await?;
    if !here {
        return Ok(pass.give(ConsentView::sign_in_again(at, &caller, &picked)));
    }
    let owner = PickerOwner { app: &app.id, user: presence.bearer.user };
    let told = owner.make(at, &mut picked).await?;
    Ok(pass.give(ConsentView::of(at, caller, Some(picked), Some(told)).await?))
}

/// Writes the grant and sends the browser back with a code.
///
/// The grant is written before the gate, whose refusal keeps back the code. That is harmless: it is what the user decided,
/// nothing can be had for it without a code, and the next page shows it ticked.
async fn authorize(
    at: &Moment,
    caller: EndUser,
    bearer: Bearer,
    ticket: Ticket,
    picked: Picked,
    gate: Gate<'_>,
) -> Result<Admitted<ConsentView>, PageError> {
    let asked = &caller.asked;
    let (whole_scope, servers) = (asked.whole_scope(), asked.servers(at));
    let owner = PickerOwner { app: &asked.app.id, user: bearer.user };
    // Another's memento is not among them: nobody is told that it exists.
    let mementos = owner.own(at, &picked.ticked).await?;
    if mementos.len() > Grant::MOST_MEMENTOS {
        let page = ConsentView::of(at, caller, Some(picked), Some(PickerNotice::TooMany)).await?;
        return Ok(gate.pass().await?.give(page));
    }
    let consent = Consent {
        bearer: &bearer,
        ticket: &ticket,
        client: &asked.client.id,
        scope: &whole_scope,
        servers: &servers,
        mementos: &mementos,
        new: GrantId::draw(&at.random),
    };
    let granted = at.store.consent(&asked.app.id, &consent, at.now).await;
    let pass = gate.pass().await?;
    Ok(pass.give(match granted {
        Ok(grant) => ConsentView::Decided(issue::code(at, &caller, &bearer, &ticket, grant).await?),
        Err(NotGranted::SignedOut) => ConsentView::sign_in_again(at, &caller, &picked),
        Err(NotGranted::Changed) => ConsentView::of(at, caller, Some(picked), Some(PickerNotice::Changed)).await?,
        Err(NotGranted::Store(error)) => return Err(error.into()),
    }))
}

impl Input<Decide> for Decision {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let picked = Picked::read(&form);
        let action = match text("action") {
            Some("authorize") => Action::Authorize,
            Some("cancel") => Action::Cancel,
            Some("switch") => Action::Switch,
            other if picked.is_making(other) => Action::Make,
            _ => Action::Look,
        };
        Ok(Self { action, ticket: form.secret("ticket"), picked })
    }

    fn schema() -> Option<Value> {
        let required = ["client_id", "response_type", "redirect_uri", "ticket", "action"];
        let optional = [
            "state",
            "scope",
            "code_challenge",
            "code_challenge_method",
            "authorization_details",
            "resource",
            "ui_locales",
            "response_mode",
            "nonce",
            "prompt",
            "max_age",
            "login_hint",
            "id_token_hint",
            "acr_values",
            "claims",
            "m",
            "q",
            "new",
        ];
        Some(form_schema(&required, &optional))
    }
}
