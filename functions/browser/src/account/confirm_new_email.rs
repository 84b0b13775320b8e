//! `POST /api/v1/account/email/confirm`: the code from the mail makes the address the caller's.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::code::digits::Code;
use shared::token::InvalidToken;
use shared::user::User;
use shared::user::email::Email;
use shared::user::email_proof::EmailProof;
use web::AccountOwner;

use super::{AccountView, FUNCTION, code_schema, read_code, read_email};
use crate::wire::{BrowserApi, BrowserError, Field, Problems, object_schema};

/// `POST /api/v1/account/email/confirm`: the caller's session stays, the user's others end.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmNewEmail;

/// `{"email", "verification_code"}`
#[derive(Debug)]
pub struct EmailWithCode {
    email: Email,
    code: Code,
}

impl Endpoint for ConfirmNewEmail {
    const ROUTE: Route = Route::post("browser-confirm-new-email", "/api/v1/account/email/confirm").of(FUNCTION);
    const SUMMARY: &'static str = "Confirm the new address with the code from the mail.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::NO_CODE),
        BrowserError::WrongCode,
        BrowserError::ExpiredCode,
        BrowserError::EmailTaken,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = AccountOwner;
    type Input = EmailWithCode;
    type Output = AccountView;

    async fn call(
        at: &Moment,
        caller: AccountOwner,
        body: EmailWithCode,
        gate: Gate<'_>,
    ) -> Result<Admitted<AccountView>, BrowserError> {
        let pass = gate.pass().await?;
        let EmailWithCode { email, code } = body;
        at.move_to_email(caller.owner(), &email, &code)
            .await
            .map_err(|error| BrowserError::of_move(error, Field::Email))?;
        let user = User { email: Some(email), email_proof: EmailProof::Proven, ..caller.user };
        Ok(pass.give(AccountView(user)))
    }
}

impl Input<ConfirmNewEmail> for EmailWithCode {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["email", "verification_code"])?;
        let mut problems = Problems::none();
        let email = problems.note(Field::Email, read_email(&fields));
        let code = problems.note(Field::VerificationCode, read_code(&fields));
        match (email, code) {
            (Some(email), Some(code)) => Ok(Self { email, code }),
            _ => Err(BrowserError::Invalid(problems)),
        }
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[
            ("email", json!({"type": "string", "format": "email", "maxLength": 254})),
            ("verification_code", code_schema()),
        ]))
    }
}
