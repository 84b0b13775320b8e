//! `POST /api/v1/account/phone/confirm`: the code from the text message makes the phone the caller's.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::code::digits::Code;
use shared::token::InvalidToken;
use shared::user::User;
use shared::user::phone::TypedPhone;
use web::AccountOwner;

use super::{AccountView, FUNCTION, admit_phone, code_schema, phone_schema, read_code, read_phone};
use crate::wire::{BrowserApi, BrowserError, Field, Problems, object_schema};

/// `POST /api/v1/account/phone/confirm`: the caller's session stays, the user's others end.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmNewPhone;

/// `{"phone", "verification_code"}`
#[derive(Debug)]
pub struct PhoneWithCode {
    phone: TypedPhone,
    code: Code,
}

impl Endpoint for ConfirmNewPhone {
    const ROUTE: Route = Route::post("browser-confirm-new-phone", "/api/v1/account/phone/confirm").of(FUNCTION);
    const SUMMARY: &'static str = "Confirm the new phone with the code from the text message.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::NO_CODE),
        BrowserError::WrongCode,
        BrowserError::ExpiredCode,
        BrowserError::PhoneTaken,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = AccountOwner;
    type Input = PhoneWithCode;
    type Output = AccountView;

    async fn call(
        at: &Moment,
        caller: AccountOwner,
        body: PhoneWithCode,
        gate: Gate<'_>,
    ) -> Result<Admitted<AccountView>, BrowserError> {
        let phone = admit_phone(body.phone, &caller.app)?;
        let pass = gate.pass().await?;
        at.move_to_phone(caller.owner(), &phone, &body.code)
            .await
            .map_err(|error| BrowserError::of_move(error, Field::Phone))?;
        let user = User { phone: Some(phone), ..caller.user };
        Ok(pass.give(AccountView(user)))
    }
}

impl Input<ConfirmNewPhone> for PhoneWithCode {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["phone", "verification_code"])?;
        let mut problems = Problems::none();
        let phone = problems.note(Field::Phone, read_phone(&fields));
        let code = problems.note(Field::VerificationCode, read_code(&fields));
        match (phone, code) {
            (Some(phone), Some(code)) => Ok(Self { phone, code }),
            _ => Err(BrowserError::Invalid(problems)),
        }
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("phone", phone_schema()), ("verification_code", code_schema())]))
    }
}
