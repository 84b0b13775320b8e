//! The page that the link opens.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::secret::Secret;
use web::Visitor;

use super::page::{PageError, State, VerifyPage, VerifyPages};
use super::{FUNCTION, PATH};

/// `GET /verify-email?token=…`: shows a button. Looking, as a link scanner does, changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Show;

/// The link's token, if there is one.
#[derive(Debug)]
pub struct LinkToken(Option<Secret<String>>);

impl Endpoint for Show {
    const ROUTE: Route = Route::get("browser-show-email-link", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page that the link in the verification mail opens; it only shows a button.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = VerifyPages;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = LinkToken;
    type Output = VerifyPage;

    async fn call(
        at: &Moment,
        caller: Visitor,
        shown: LinkToken,
        gate: Gate<'_>,
    ) -> Result<Admitted<VerifyPage>, PageError> {
        let Visitor { app, language, .. } = caller;
        let state = match super::read(at, &app, shown.0.as_ref()).await? {
            None => State::Dead,
            Some(link) => State::Ask(link.write(&app.id, at.ring().await?)),
        };
        Ok(gate.pass().await?.give(VerifyPage { language, state }))
    }
}

impl Input<Show> for LinkToken {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("token").map(|token| Secret::new(token.to_owned()))))
    }

    fn schema() -> Option<Value> {
        None
    }
}
