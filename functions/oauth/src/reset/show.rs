//! The page that the link opens.

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::token::opaque::OpaqueToken;

use super::{FUNCTION, PATH, ResetPage, Visitor, living};
use crate::pages::{PageError, Pages};

/// `GET /account/reset-password?token=…`: asks for a new password. Whoever looks, a scanner above all, has changed nothing.
#[derive(Clone, Copy, Debug)]
pub struct Show;

/// The link's token, if it is one.
#[derive(Debug)]
pub struct Shown(Option<OpaqueToken>);

impl Endpoint for Show {
    const ROUTE: Route = Route::get("oauth-show-reset-link", PATH).of(FUNCTION);
    const SUMMARY: &'static str =
        "The page that a reset link opens where the app has none: it asks for a new password.";
    const REFUSALS: &'static [PageError] = &[];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = Shown;
    type Loaded = bool;
    type Output = ResetPage;

    /// Whether the link is alive, so that nobody thinks of a password for one that is dead.
    async fn load(ctx: &Ctx, _: &Visitor, Shown(token): &Shown) -> Result<bool, PageError> {
        Ok(living(ctx, token.as_ref()).await?.is_some())
    }

    async fn call(_: &Ctx, caller: Visitor, Shown(token): Shown, alive: bool) -> Result<ResetPage, PageError> {
        Ok(match token {
            Some(token) if alive => ResetPage::ask(caller.language, token.reveal()),
            _ => ResetPage::dead(caller.language),
        })
    }
}

impl Input<Show> for Shown {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("token").and_then(|token| token.parse().ok())))
    }

    const QUERY: &'static [&'static str] = &["token"];

    fn schema() -> Option<Value> {
        None
    }
}
