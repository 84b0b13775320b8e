//! `GET /account/reset-password`: show the page that a reset link opens.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::secret::Secret;
use shared::session::attempt::Mark;
use shared::token::opaque::OpaqueToken;

use super::{FUNCTION, PATH, ResetPage, ResetVisitor, living};
use crate::pages::{PageError, Pages};

/// `GET /account/reset-password?token=…`: asks for a new password. Looking, as a link scanner does, changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct ShowReset;

/// The link's token, if it is one.
#[derive(Debug)]
pub struct LinkToken(Option<OpaqueToken>);

impl Endpoint for ShowReset {
    const ROUTE: Route = Route::get("oauth-show-reset-link", PATH).of(FUNCTION);
    const SUMMARY: &'static str =
        "Show the page for a new password, which the link opens if the app has no page of its own.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = ResetVisitor;
    type Input = LinkToken;
    type Output = ResetPage;

    /// Looks whether the link is alive, so that nobody thinks of a password for one that is dead.
    async fn call(
        at: &Moment,
        ResetVisitor { frame, .. }: ResetVisitor,
        LinkToken(token): LinkToken,
        gate: Gate<'_>,
    ) -> Result<Admitted<ResetPage>, PageError> {
        let page = match (living(at, token.as_ref()).await?, token) {
            (Some((app, link)), Some(token)) => {
                let form = Mark::draw(&at.random);
                ResetPage::ask(frame.of_app(&app), &link, (Secret::new(token.reveal()), form))
            }
            _ => ResetPage::dead(frame),
        };
        Ok(gate.pass().await?.give(page))
    }
}

impl Input<ShowReset> for LinkToken {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("token").and_then(|token| token.parse().ok())))
    }

    const QUERY: &'static [&'static str] = &["token"];

    fn schema() -> Option<Value> {
        None
    }
}
