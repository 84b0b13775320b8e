//! `POST /api/v1/account/password`: set another password.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Reason, Request, Route};
use serde_json::{Value, json};
use shared::secret::Secret;
use shared::service::confirmation::NotConfirmed;
use shared::token::InvalidToken;
use shared::user::new_password::NewPassword;
use shared::user::password::CanonicalPassword;
use web::AccountOwner;

use super::{FUNCTION, password_schema, read_password};
use crate::wire::{BrowserApi, BrowserError, Field, NewCookies, Problem, Problems, object_schema};

/// `POST /api/v1/account/password`: the caller's session stays, the user's others end.
///
/// No captcha is asked for: the caller is signed in, and a wrong password counts as one at sign-in.
#[derive(Clone, Copy, Debug)]
pub struct ChangePassword;

/// `{"new_password", "password"}`
#[derive(Debug)]
pub struct Passwords {
    new: NewPassword,
    present: Option<CanonicalPassword>,
}

impl Endpoint for ChangePassword {
    const ROUTE: Route = Route::post("browser-change-password", "/api/v1/account/password").of(FUNCTION);
    const SUMMARY: &'static str = "Set another password. The user's other sessions end.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::EXAMPLE),
        BrowserError::BreachedPassword(Field::NewPassword),
        BrowserError::NoLogin,
        BrowserError::Unconfirmed,
        BrowserError::WrongPassword(Reason::WrongPassword),
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = AccountOwner;
    type Input = Passwords;
    type Output = NewCookies;

    async fn call(
        at: &Moment,
        caller: AccountOwner,
        body: Passwords,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let owner = caller.owner();
        // First: a new password that is not taken must not use up a try of the present one.
        if at.is_breached(&owner.app.id, &body.new).await {
            return Err(BrowserError::BreachedPassword(Field::NewPassword));
        }
        let confirming = at.begin_confirmation(owner, body.present.as_ref()).await?;
        let pass = gate.pass().await?;
        if at.has_changed_password(&confirming, &body.new).await? {
            return Ok(pass.give(NewCookies::Unchanged));
        }
        let confirmed = at.confirm(confirming).await.map_err(of_the_old_password)?;
        at.change_password(owner, &confirmed, &body.new).await?;
        Ok(pass.give(NewCookies::Unchanged))
    }
}

/// The same error, with the reason that every API logs where a new password is set.
fn of_the_old_password(error: NotConfirmed) -> BrowserError {
    match error.into() {
        BrowserError::WrongPassword(Reason::WrongPassword) => BrowserError::WrongPassword(Reason::WrongOldPassword),
        error => error,
    }
}

impl Input<ChangePassword> for Passwords {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["new_password", "password"])?;
        let mut problems = Problems::none();
        let new = match fields.text("new_password") {
            None | Some("") => Err(Problem::Missing),
            Some(text) => NewPassword::try_from(Secret::new(text.to_owned())).map_err(Problem::from),
        };
        let new = problems.note(Field::NewPassword, new);
        let present = problems.note(Field::Password, read_password(&fields));
        match (new, present) {
            (Some(new), Some(present)) => Ok(Self { new, present }),
            _ => Err(BrowserError::Invalid(problems)),
        }
    }

    fn schema() -> Option<Value> {
        let new = json!({"type": "string", "minLength": NewPassword::SHORTEST, "maxLength": NewPassword::LONGEST});
        let mut schema = object_schema(&[("new_password", new)]);
        schema["properties"]["password"] = password_schema();
        Some(schema)
    }
}
