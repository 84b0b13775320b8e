//! The click.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::secret::Secret;
use shared::store::EmailNotProven;
use web::Visitor;

use super::page::{PageError, State, VerifyPage, VerifyPages};
use super::{FUNCTION, PATH};
use crate::wire::object_schema;

/// `POST /verify-email`: proves the address, from whatever device.
#[derive(Clone, Copy, Debug)]
pub struct Follow;

/// The form's token, if there is one.
#[derive(Debug)]
pub struct LinkForm(Option<Secret<String>>);

impl Endpoint for Follow {
    const ROUTE: Route = Route::post("browser-follow-email-link", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The click on that page: proves the e-mail address.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = VerifyPages;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = LinkForm;
    type Output = VerifyPage;

    /// Proven before the gate: only a reader of the mail has the link, so a refusal has nothing to take back.
    async fn call(
        at: &Moment,
        caller: Visitor,
        clicked: LinkForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<VerifyPage>, PageError> {
        let Visitor { app, language, .. } = caller;
        let state = match super::read(at, &app, clicked.0.as_ref()).await? {
            None => State::Dead,
            Some(link) => match at.prove_email_by_link(&app.id, &link).await {
                Ok(()) => State::Proven,
                Err(EmailNotProven::Store(error)) => return Err(error.into()),
                Err(EmailNotProven::Dead | EmailNotProven::Wrong | EmailNotProven::NoUser) => State::Dead,
            },
        };
        Ok(gate.pass().await?.give(VerifyPage { language, state }))
    }
}

impl Input<Follow> for LinkForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.form().one("token").ok().flatten().map(|token| Secret::new(token.to_owned()))))
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("token", json!({"type": "string"}))]))
    }
}
