//! The user decides.

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::id::GrantId;
use shared::oauth::code::Code;
use shared::oauth::grant::{Delegation, Grant, Ticket};
use shared::session::{Bearer, Transport};
use shared::store::{Consent, NotGranted};

use super::consent::View;
use super::request::Asker;
use super::{FUNCTION, PATH};
use crate::pages::{PageError, Pages};
use crate::picker::{Owner, Picked, Told};
use crate::wire::form_schema;

/// `POST /api/v1/auth/oauth2/authorize`: the decision, or another look at the mementos.
#[derive(Clone, Copy, Debug)]
pub struct Decide;

/// The form.
#[derive(Clone, Debug)]
pub struct Decision {
    action: Action,
    ticket: String,
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

/// What became of the decision, so far as it waits for nothing.
#[derive(Debug)]
pub enum Weighed {
    /// The grant that it was written into.
    Granted(GrantId, Ticket),
    /// The session has ended since the page was shown.
    SignedOut,
    /// Nothing is decided, and something may have to be told.
    Undecided(Option<Told>),
}

impl Endpoint for Decide {
    const ROUTE: Route = Route::post("oauth-decide", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The decision on that page: back to the client with a code, or without.";
    const REFUSALS: &'static [PageError] = &[];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Asker;
    type Input = Decision;
    type Loaded = Weighed;
    type Output = View;

    /// The grant is written beside the limiter's write, whose refusal keeps back the code. That is harmless: it is what
    /// the user decided, nothing can be had for it without a code, and the next page shows it ticked.
    async fn load(ctx: &Ctx, caller: &Asker, decision: &Decision) -> Result<Weighed, PageError> {
        let (app, client) = (&caller.asked.app.id, &caller.asked.client.id);
        let ring = ctx.store.ring(ctx.now()).await?;
        let presence = caller.presence.as_ref().ok_or(PageError::NoTicket)?;
        let bearer = &presence.bearer;
        let ticket = Ticket::read(&decision.ticket, bearer, Some(client), app, &ring).ok_or(PageError::NoTicket)?;
        // What is made is written, so whose it is must be known to be here still; and a refresh token that was exchanged since
        // the page was shown is nobody's.
        let doubtful = match decision.action {
            Action::Make => true,
            Action::Authorize => !presence.is_good_by_itself(),
            Action::Cancel | Action::Switch | Action::Look => false,
        };
        if doubtful && ctx.store.present(app, presence, Transport::Browser, ctx.now()).await?.is_none() {
            return Ok(Weighed::SignedOut);
        }
        match decision.action {
            Action::Cancel => {
                let location = caller.asked.way_back(ctx, &[("error", "access_denied")]);
                Err(PageError::Back { status: 303, location })
            }
            Action::Switch => Ok(Weighed::SignedOut),
            Action::Make | Action::Look => Ok(Weighed::Undecided(None)),
            Action::Authorize => authorize(ctx, caller, bearer, ticket, decision).await,
        }
    }

    async fn call(ctx: &Ctx, caller: Asker, decision: Decision, weighed: Weighed) -> Result<View, PageError> {
        let mut picked = decision.picked;
        match (weighed, caller.presence.as_ref().map(|presence| presence.bearer.clone())) {
            (Weighed::Granted(grant, ticket), Some(bearer)) => {
                let code = issue(ctx, &caller, &bearer, ticket, grant).await?;
                Ok(View::Decided(code))
            }
            (Weighed::Undecided(None), Some(bearer)) if decision.action == Action::Make => {
                let app = caller.asked.app.clone();
                let made = Owner { app: &app.id, user: bearer.user }.make(ctx, &mut picked).await?;
                let told = if made { Told::Made } else { Told::NotAName };
                Ok(View::of(ctx, caller, Some(picked), Some(told)).await?)
            }
            (Weighed::Undecided(told), Some(_)) => Ok(View::of(ctx, caller, Some(picked), told).await?),
            (Weighed::SignedOut, _) | (_, None) => Ok(View::sign_in(&caller)),
        }
    }
}

async fn authorize(
    ctx: &Ctx,
    caller: &Asker,
    bearer: &Bearer,
    ticket: Ticket,
    decision: &Decision,
) -> Result<Weighed, PageError> {
    let asked = &caller.asked;
    let owner = Owner { app: &asked.app.id, user: bearer.user };
    // Another's memento is not among them: nobody is told that it exists.
    let mementos = owner.own(ctx, &decision.picked.ticked).await?;
    if mementos.len() > Grant::MOST_MEMENTOS {
        return Ok(Weighed::Undecided(Some(Told::TooMany)));
    }
    let consent = Consent {
        bearer,
        ticket: &ticket,
        client: &asked.client.id,
        scope: &asked.scope,
        mementos: &mementos,
        new: GrantId::draw(&ctx.random),
    };
    match ctx.store.consent(&asked.app.id, &consent, ctx.now()).await {
        Ok(grant) => Ok(Weighed::Granted(grant, ticket)),
        Err(NotGranted::SignedOut) => Ok(Weighed::SignedOut),
        Err(NotGranted::Changed) => Ok(Weighed::Undecided(Some(Told::Changed))),
        Err(NotGranted::Store(error)) => Err(error.into()),
    }
}

/// The way back with a code.
async fn issue(
    ctx: &Ctx,
    caller: &Asker,
    bearer: &Bearer,
    ticket: Ticket,
    grant: GrantId,
) -> Result<String, PageError> {
    let (asked, now) = (&caller.asked, ctx.now());
    let ring = ctx.store.ring(now).await?;
    let delegation = Delegation {
        client: asked.client.id.clone(),
        grant,
        scope: asked.scope.clone(),
        details: asked.details.is_some(),
    };
    let code = Code::issue(bearer.user, ticket.epoch, delegation, asked.challenge, &ctx.random, now);
    let code = code.write(&asked.redirect_uri, &asked.app.id, &ring);
    Ok(asked.way_back(ctx, &[("code", code.expose())]))
}

impl Input<Decide> for Decision {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let picked = Picked::read(&form, text("action") == Some("more"));
        let action = match text("action") {
            Some("authorize") => Action::Authorize,
            Some("cancel") => Action::Cancel,
            Some("switch") => Action::Switch,
            other if picked.is_making(other) => Action::Make,
            _ => Action::Look,
        };
        Ok(Self { action, ticket: text("ticket").unwrap_or_default().to_owned(), picked })
    }

    fn schema() -> Option<Value> {
        let required = ["client_id", "response_type", "redirect_uri", "state", "ticket", "action"];
        let optional = ["scope", "code_challenge", "code_challenge_method", "authorization_details", "m", "q", "new"];
        Some(form_schema(&required, &optional))
    }
}
