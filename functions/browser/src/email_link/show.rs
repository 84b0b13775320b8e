//! The page that the link opens.

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::code::email::LinkToken;

use super::page::{Page, PageError, Pages, State};
use super::{FUNCTION, PATH};
use crate::caller::Visitor;

/// `GET /verify-email?token=…`: shows a button. Whoever looks, a scanner above all, has changed nothing.
#[derive(Clone, Copy, Debug)]
pub struct Show;

/// The link's token, if there is one.
#[derive(Debug)]
pub struct Shown(Option<String>);

impl Endpoint for Show {
    const ROUTE: Route = Route::get("browser-show-email-link", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page that the link in the verification mail opens; it only shows a button.";
    const REFUSALS: &'static [PageError] = &[];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = Shown;
    type Loaded = Option<LinkToken>;
    type Output = Page;

    async fn load(ctx: &Ctx, caller: &Visitor, shown: &Shown) -> Result<Option<LinkToken>, PageError> {
        Ok(super::read(ctx, &caller.app, shown.0.as_deref()).await?)
    }

    async fn call(ctx: &Ctx, caller: Visitor, _: Shown, link: Option<LinkToken>) -> Result<Page, PageError> {
        let ring = ctx.store.ring(ctx.now()).await?;
        let state = link.map_or(State::Dead, |link| State::Ask(link.write(&caller.app.id, &ring)));
        Ok(Page { language: caller.language, state })
    }
}

impl Input<Show> for Shown {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("token").map(str::to_owned)))
    }

    fn schema() -> Option<Value> {
        None
    }
}
