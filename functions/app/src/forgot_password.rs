//! Mail a link that resets the password: `docs/api/app.md#reset-a-password`.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::clock::Seconds;
use shared::service::recovery::ResetMail;
use shared::user::email::Email;

use crate::caller::KnownApp;
use crate::wire::{AppApi, AppError, Message, email_schema, object_schema, read_email};

/// How long a link lives: `docs/api/app.md#reset-a-password`.
const LIFETIME: Seconds = Seconds::hours(1);

/// `POST /api/v1/auth/forgot-password`: mails a reset link, if there is anybody to mail it to.
#[derive(Clone, Copy, Debug)]
pub struct ForgotPassword;

/// `{"email"}`
#[derive(Debug)]
pub struct ForgotPasswordBody {
    email: Email,
    accept_language: Option<String>,
}

impl Endpoint for ForgotPassword {
    const ROUTE: Route = Route::post("app-forgot-password", "/api/v1/auth/forgot-password");
    const SUMMARY: &'static str = "Mail a link that sets a new password. The answer is the same for every address.";
    const ERRORS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::MalformedBody,
        AppError::InvalidEmail,
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = KnownApp;
    type Input = ForgotPasswordBody;
    type Output = Message;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: KnownApp,
        body: ForgotPasswordBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Message>, AppError> {
        let mail = ResetMail {
            app: caller.app(),
            email: &body.email,
            source: caller.device().address(),
            language: caller.language(at, body.accept_language.as_deref()),
            lifetime: LIFETIME,
        };
        let asked = at.ask_reset(mail).await?;
        let pass = gate.pass().await?;
        at.mail_reset(mail, asked).await?;
        Ok(pass.give(Message::RESET_MAILED))
    }
}

impl Input<ForgotPassword> for ForgotPasswordBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body(), &["email"])?;
        let accept_language = request.header("accept-language").map(str::to_owned);
        Ok(Self { email: read_email(&fields)?, accept_language })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("email", email_schema())]))
    }
}
