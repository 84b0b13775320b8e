//! `GET /api/v1/account/export`: what is stored of the caller.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route};
use serde_json::Value;
use shared::oauth::memento::MementoId;
use shared::session::recent::RecentSignIn;
use shared::token::InvalidToken;
use web::AccountOwner;

use super::FUNCTION;
use crate::wire::{BrowserApi, BrowserError};

/// `GET /api/v1/account/export?after=…`: wants a recent sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Export;

/// `after`: the memento that the file before ended with.
#[derive(Debug)]
pub struct After(Option<String>);

/// The file.
#[derive(Debug)]
pub struct MyData(Value);

impl Endpoint for Export {
    const ROUTE: Route = Route::get("browser-export", "/api/v1/account/export").of(FUNCTION);
    const SUMMARY: &'static str =
        "Export the caller's data, without hashes, tokens and secrets. Requires a recent sign-in.";
    const ERRORS: &'static [BrowserError] =
        &[BrowserError::NoToken, BrowserError::InvalidToken(InvalidToken::Unknown), BrowserError::Unconfirmed];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = AccountOwner;
    type Input = After;
    type Output = MyData;

    fn prepare(ctx: &Ctx) {
        ctx.trail();
    }

    async fn call(
        at: &Moment,
        caller: AccountOwner,
        After(after): After,
        gate: Gate<'_>,
    ) -> Result<Admitted<MyData>, BrowserError> {
        RecentSignIn::of(&caller.session, at.now).ok_or(BrowserError::Unconfirmed)?;
        let AccountOwner { app, user, .. } = caller;
        let after = match after {
            Some(text) => MementoId::read(&text, user.id, &app.id, at.ring().await?),
            None => None,
        };
        let pass = gate.pass().await?;
        let data = at.personal_data(&app.id, user, after.as_ref()).await?;
        Ok(pass.give(MyData(web::personal_data(&app, &data))))
    }
}

impl Input<Export> for After {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        Ok(Self(request.query("after").map(str::to_owned)))
    }

    fn schema() -> Option<Value> {
        None
    }
}

impl Output for MyData {
    fn answer(self) -> Answer {
        Answer::json(200, &self.0).with("content-disposition", web::FILE)
    }

    fn schema() -> Value {
        web::personal_data_schema()
    }
}
