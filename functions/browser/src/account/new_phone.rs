//! `POST /api/v1/account/phone`: have a code texted to the phone that the caller wants.

use runtime::{Admitted, Cause, Ctx, Endpoint, Fields, Gate, Input, Moment, Reason, Request, Route};
use serde_json::Value;
use shared::notify::sms::NotTexted;
use shared::token::InvalidToken;
use shared::user::password::CanonicalPassword;
use shared::user::phone::TypedPhone;
use web::AccountOwner;

use super::{FUNCTION, admit_phone, password_schema, phone_schema, read_password, read_phone};
use crate::wire::{BrowserApi, BrowserError, Field, NewCookies, Problem, Problems, object_schema};

/// `POST /api/v1/account/phone`: texts a code, with the same answer for a number that somebody has. The old phone stays.
#[derive(Clone, Copy, Debug)]
pub struct AskNewPhone;

/// `{"phone", "password"}`
#[derive(Debug)]
pub struct WantedPhone {
    phone: TypedPhone,
    password: Option<CanonicalPassword>,
}

impl Endpoint for AskNewPhone {
    const ROUTE: Route = Route::post("browser-ask-new-phone", "/api/v1/account/phone").of(FUNCTION);
    const SUMMARY: &'static str = "Text a code to the new phone. The answer is the same for every number.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::EXAMPLE),
        BrowserError::Unconfirmed,
        BrowserError::WrongPassword(Reason::WrongPassword),
        BrowserError::SmsNotSent(Cause::Sms(NotTexted::Refused(String::new()))),
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = AccountOwner;
    type Input = WantedPhone;
    type Output = NewCookies;

    async fn call(
        at: &Moment,
        caller: AccountOwner,
        body: WantedPhone,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let owner = caller.owner();
        let phone = admit_phone(body.phone, owner.app)?;
        if caller.user.phone.as_ref() == Some(&phone) {
            return Err(BrowserError::invalid(Field::Phone, Problem::Present));
        }
        let confirming = at.begin_confirmation(owner, body.password.as_ref()).await?;
        let pass = gate.pass().await?;
        let confirmed = at.confirm(confirming).await?;
        at.ask_new_phone(owner, &confirmed, &phone).await?;
        Ok(pass.give(NewCookies::Unchanged))
    }
}

impl Input<AskNewPhone> for WantedPhone {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["phone", "password"])?;
        let mut problems = Problems::none();
        let phone = problems.note(Field::Phone, read_phone(&fields));
        let password = problems.note(Field::Password, read_password(&fields));
        match (phone, password) {
            (Some(phone), Some(password)) => Ok(Self { phone, password }),
            _ => Err(BrowserError::Invalid(problems)),
        }
    }

    fn schema() -> Option<Value> {
        let mut schema = object_schema(&[("phone", phone_schema())]);
        schema["properties"]["password"] = password_schema();
        Some(schema)
    }
}
