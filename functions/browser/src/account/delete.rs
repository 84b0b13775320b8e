//! `DELETE /api/v1/account`: deletes the caller's account.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Reason, Request, Route};
use serde_json::{Value, json};
use shared::token::InvalidToken;
use shared::user::password::CanonicalPassword;
use web::{AccountOwner, Cookies};

use super::{FUNCTION, PATH, password_schema, read_password};
use crate::wire::{BrowserApi, BrowserError, Field, NewCookies, Problems};

/// `DELETE /api/v1/account`: removes the caller with everything that is theirs.
#[derive(Clone, Copy, Debug)]
pub struct Delete;

/// `{"password"}`, or nothing.
#[derive(Debug)]
pub struct Leave {
    password: Option<CanonicalPassword>,
}

impl Endpoint for Delete {
    const ROUTE: Route = Route::delete("browser-delete-account", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Delete the caller's account. It cannot be undone.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::EXAMPLE),
        BrowserError::Unconfirmed,
        BrowserError::WrongPassword(Reason::WrongPassword),
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = AccountOwner;
    type Input = Leave;
    type Output = NewCookies;

    async fn call(
        at: &Moment,
        caller: AccountOwner,
        body: Leave,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let owner = caller.owner();
        let confirming = at.begin_confirmation(owner, body.password.as_ref()).await?;
        let pass = gate.pass().await?;
        let confirmed = at.confirm(confirming).await?;
        // `false`: another request deleted the user, or ended this session.
        if !at.delete_account(owner, &confirmed).await? {
            return Err(BrowserError::InvalidToken(InvalidToken::NoUser));
        }
        let cleared = caller.visitor.ours.then(|| Cookies(&at.config.browser.cookies).clear());
        Ok(pass.give(cleared.map_or(NewCookies::Unchanged, NewCookies::Cleared)))
    }
}

impl Input<Delete> for Leave {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        if request.body().is_empty() {
            return Ok(Self { password: None });
        }
        let fields = Fields::parse(request.body(), &["password"])?;
        let mut problems = Problems::none();
        let password = problems.note(Field::Password, read_password(&fields));
        password.map(|password| Self { password }).ok_or(BrowserError::Invalid(problems))
    }

    fn schema() -> Option<Value> {
        Some(json!({"type": "object", "properties": {"password": password_schema()}}))
    }
}
