//! `GET /account/undo-email`: the page that the link in the mail to a former address opens.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::secret::Secret;
use web::{AccountPages, PageError, Visitor};

use super::page::{UndoPage, UndoState};
use super::{FUNCTION, Found, PATH};

/// `GET /account/undo-email?token=…`: shows what the link does. Looking, as a link scanner does, changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct ShowUndo;

/// The link's token, if there is one.
#[derive(Debug)]
pub struct UndoToken(Option<Secret<String>>);

impl Endpoint for ShowUndo {
    const ROUTE: Route = Route::get("browser-show-undo-email", PATH).of(FUNCTION);
    const SUMMARY: &'static str =
        "Show the page that the link in the mail to a former address opens. It changes nothing.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = UndoToken;
    type Output = UndoPage;

    async fn call(
        at: &Moment,
        visitor: Visitor,
        shown: UndoToken,
        gate: Gate<'_>,
    ) -> Result<Admitted<UndoPage>, PageError> {
        let found = super::find(at, shown.0.as_ref()).await?;
        let frame = super::frame(at, &visitor, &found).await?;
        let state = match found {
            Found::Open(link, token) => UndoState::ask(&link, token),
            Found::Done(_) => UndoState::Done,
            Found::Dead => UndoState::Dead,
        };
        Ok(gate.pass().await?.give(UndoPage { frame, state }))
    }
}

impl Input<ShowUndo> for UndoToken {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("token").map(|token| Secret::new(token.to_owned()))))
    }

    fn schema() -> Option<Value> {
        None
    }
}
