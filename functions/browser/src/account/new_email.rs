//! `POST /api/v1/account/email`: have a code mailed to the address that the caller wants.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Reason, Request, Route};
use serde_json::{Value, json};
use shared::token::InvalidToken;
use shared::user::email::Email;
use shared::user::password::CanonicalPassword;
use web::AccountOwner;

use super::{FUNCTION, password_schema, read_email, read_password};
use crate::wire::{BrowserApi, BrowserError, Field, NewCookies, Problem, Problems, object_schema};

/// `POST /api/v1/account/email`: mails a code, with the same answer for an address that somebody has. The old address stays.
#[derive(Clone, Copy, Debug)]
pub struct AskNewEmail;

/// `{"email", "password"}`
#[derive(Debug)]
pub struct WantedEmail {
    email: Email,
    password: Option<CanonicalPassword>,
}

impl Endpoint for AskNewEmail {
    const ROUTE: Route = Route::post("browser-ask-new-email", "/api/v1/account/email").of(FUNCTION);
    const SUMMARY: &'static str = "Mail a code to the new address. The answer is the same for every address.";
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
    type Input = WantedEmail;
    type Output = NewCookies;

    async fn call(
        at: &Moment,
        caller: AccountOwner,
        body: WantedEmail,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let owner = caller.owner();
        if caller.user.email.as_ref() == Some(&body.email) {
            return Err(BrowserError::invalid(Field::Email, Problem::Present));
        }
        let confirming = at.begin_confirmation(owner, body.password.as_ref()).await?;
        let pass = gate.pass().await?;
        let confirmed = at.confirm(confirming).await?;
        at.ask_new_email(owner, &confirmed, &body.email).await?;
        Ok(pass.give(NewCookies::Unchanged))
    }
}

impl Input<AskNewEmail> for WantedEmail {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["email", "password"])?;
        let mut problems = Problems::none();
        let email = problems.note(Field::Email, read_email(&fields));
        let password = problems.note(Field::Password, read_password(&fields));
        match (email, password) {
            (Some(email), Some(password)) => Ok(Self { email, password }),
            _ => Err(BrowserError::Invalid(problems)),
        }
    }

    fn schema() -> Option<Value> {
        let mut schema = object_schema(&[("email", json!({"type": "string", "format": "email", "maxLength": 254}))]);
        schema["properties"]["password"] = password_schema();
        Some(schema)
    }
}
