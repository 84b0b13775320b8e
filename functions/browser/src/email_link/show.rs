//! `GET /verify-email`: the page that the link in a verification mail opens.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::secret::Secret;
use web::{AccountPages, PageError};

use super::page::VerifyPage;
use super::{FUNCTION, PATH, Reader};

/// `GET /verify-email?token=…`: shows a button, or the code to type. Looking, as a link scanner does, changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct ShowEmailLink;

/// The link's token, if there is one.
#[derive(Debug)]
pub struct LinkToken(Option<Secret<String>>);

impl Endpoint for ShowEmailLink {
    const ROUTE: Route = Route::get("browser-show-email-link", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the page that the link in the verification mail opens. It changes nothing.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = LinkToken;
    type Output = VerifyPage;

    async fn call(
        at: &Moment,
        caller: Reader,
        shown: LinkToken,
        gate: Gate<'_>,
    ) -> Result<Admitted<VerifyPage>, PageError> {
        let link = super::read(at, &caller.visitor.app, shown.0.as_ref()).await?;
        let state = caller.look(at, link).await?;
        Ok(gate.pass().await?.give(VerifyPage { frame: caller.frame, state }))
    }
}

impl Input<ShowEmailLink> for LinkToken {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("token").map(|token| Secret::new(token.to_owned()))))
    }

    fn schema() -> Option<Value> {
        None
    }
}
