//! The click.

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::{Value, json};
use shared::store::EmailNotProven;

use super::page::{Page, PageError, Pages, State};
use super::{FUNCTION, PATH};
use crate::caller::Visitor;
use crate::wire::object_schema;

/// `POST /verify-email`: proves the address, from whatever device.
#[derive(Clone, Copy, Debug)]
pub struct Follow;

/// The form's token, if there is one.
#[derive(Debug)]
pub struct Clicked(Option<String>);

impl Endpoint for Follow {
    const ROUTE: Route = Route::post("browser-follow-email-link", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The click on that page: proves the e-mail address.";
    const REFUSALS: &'static [PageError] = &[];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = Clicked;
    type Loaded = State;
    type Output = Page;

    /// Beside the limiter: who has the link has read the mail, so a refusal has nothing to take back.
    async fn load(ctx: &Ctx, caller: &Visitor, clicked: &Clicked) -> Result<State, PageError> {
        let app = &caller.app;
        let Some(link) = super::read(ctx, app, clicked.0.as_deref()).await? else { return Ok(State::Dead) };
        match ctx.store.prove_email_by_link(&app.id, &link, ctx.now()).await {
            Ok(_) => Ok(State::Proven),
            Err(EmailNotProven::Store(error)) => Err(error.into()),
            Err(EmailNotProven::Dead | EmailNotProven::Wrong | EmailNotProven::NoUser) => Ok(State::Dead),
        }
    }

    async fn call(_: &Ctx, caller: Visitor, _: Clicked, state: State) -> Result<Page, PageError> {
        Ok(Page { language: caller.language, state })
    }
}

impl Input<Follow> for Clicked {
    fn parse(request: &Request) -> Result<Self, PageError> {
        // Our tokens are base64url, of which a form encodes nothing; what is encoded is none of them.
        let body = std::str::from_utf8(request.body()).unwrap_or_default();
        Ok(Self(body.split('&').find_map(|pair| pair.strip_prefix("token=")).map(str::to_owned)))
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("token", json!({"type": "string"}))]))
    }
}
