//! `POST /account/undo-email`: the button on the page undoes the change.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::secret::Secret;
use shared::store::NotUndone;
use web::{AccountPages, PageError, Visitor};

use super::page::{UndoPage, UndoState};
use super::{FUNCTION, Found, PATH};

/// `POST /account/undo-email`: gives the account its former address back, ends every session and removes the password.
#[derive(Clone, Copy, Debug)]
pub struct Undo;

/// The form's token, if there is one, and whether the box is ticked.
#[derive(Debug)]
pub struct UndoForm {
    token: Option<Secret<String>>,
    is_sure: bool,
}

impl Endpoint for Undo {
    const ROUTE: Route = Route::post("browser-undo-email", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Undo the change of the address, end every session, and remove the password.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = UndoForm;
    type Output = UndoPage;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        visitor: Visitor,
        form: UndoForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<UndoPage>, PageError> {
        let found = super::find(at, form.token.as_ref()).await?;
        let frame = super::frame(at, &visitor, &found).await?;
        let pass = gate.pass().await?;
        let state = match found {
            Found::Open(link, token) if !form.is_sure => UndoState::ask(&link, token),
            Found::Open(link, _) => match at.undo_email_change(&link, &visitor.device, visitor.language).await {
                Ok(()) => UndoState::Done,
                Err(NotUndone::Dead) => UndoState::Dead,
                Err(NotUndone::Store(error)) => return Err(error.into()),
            },
            Found::Done(_) => UndoState::Done,
            Found::Dead => UndoState::Dead,
        };
        Ok(pass.give(UndoPage { frame, state }))
    }
}

impl Input<Undo> for UndoForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let field = |name| form.one(name).ok().flatten();
        let token = field("token").map(|token| Secret::new(token.to_owned()));
        Ok(Self { token, is_sure: field("not_me") == Some("yes") })
    }

    fn schema() -> Option<Value> {
        Some(crate::wire::object_schema(&[("token", json!({"type": "string"})), ("not_me", json!({"const": "yes"}))]))
    }
}
