//! Mail a link that resets the password: `docs/api/account.md#forgot-the-password`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::service::recovery::ResetMail;
use shared::user::email::Email;

use crate::caller::Client;
use crate::wire::{AccountApi, AccountError, Field, Problems, Success, object_schema, required};

/// How long a link lives: `docs/api/account.md#forgot-the-password`.
const LIFETIME: Seconds = Seconds::hours(24);

/// `POST /api/Auth/ForgotPassword`: mails a reset link, if there is anybody to mail it to and the last one was mailed
/// over a minute ago.
#[derive(Clone, Copy, Debug)]
pub struct ForgotPassword;

/// `{"email"}`; `None` for a text that is not an address, which is answered like an unknown one.
#[derive(Debug)]
pub struct ForgotPasswordBody(Option<Email>);

impl Endpoint for ForgotPassword {
    const ROUTE: Route = Route::post("account-forgot-password", "/api/Auth/ForgotPassword");
    const SUMMARY: &'static str = "Mail a link that sets a new password. The answer is the same for every address.";
    const ERRORS: &'static [AccountError] = &[
        AccountError::MediaType,
        AccountError::Malformed,
        AccountError::Invalid(Problems::EXAMPLE),
        AccountError::BodyTooLarge,
    ];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Client;
    type Input = ForgotPasswordBody;
    type Output = Success;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: Client,
        body: ForgotPasswordBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Success>, AccountError> {
        // For an app that is closed to the client, nobody has the address.
        let (Some(email), Ok(app)) = (&body.0, caller.app()) else { return Ok(gate.pass().await?.give(Success)) };
        let source = caller.device.address();
        let mail = ResetMail { app, email, source, language: caller.language, lifetime: LIFETIME };
        let asked = at.ask_reset(mail).await?;
        let pass = gate.pass().await?;
        at.mail_reset_once_a_minute(mail, asked).await?;
        Ok(pass.give(Success))
    }
}

impl Input<ForgotPassword> for ForgotPasswordBody {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let [email] = required(request, [Field::Email])?;
        Ok(Self(email.expose().parse().ok()))
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("email", json!({"type": "string", "format": "email", "maxLength": 254}))]))
    }
}
