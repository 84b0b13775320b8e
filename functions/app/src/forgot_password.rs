//! A5: somebody forgot the password.

use runtime::{Ctx, Endpoint, Fields, Input, Request, Route};
use serde_json::Value;
use shared::clock::Seconds;
use shared::user::email::Email;
use shared::user::identity::{Handle, Identity};
use shared::user::recovery::{NotMailed, Recovery};

use crate::caller::KnownApp;
use crate::wire::{AppApi, AppError, Message, email_schema, object_schema, read_email};

/// How long a link lives. Fixed by the contract.
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
    const SUMMARY: &'static str = "Mail a link to set a new password; the same answer for any address.";
    const REFUSALS: &'static [AppError] = &[
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
    type Loaded = Option<Identity>;
    type Output = Message;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn load(ctx: &Ctx, caller: &KnownApp, body: &ForgotPasswordBody) -> Result<Option<Identity>, AppError> {
        Ok(ctx.store.identity(caller.id(), &Handle::Email(body.email.clone()), ctx.now()).await?)
    }

    async fn call(
        ctx: &Ctx,
        caller: KnownApp,
        body: ForgotPasswordBody,
        identity: Option<Identity>,
    ) -> Result<Message, AppError> {
        let recovery = Recovery {
            store: &ctx.store,
            mailer: ctx.mailer(),
            random: &ctx.random,
            budgets: &ctx.config.mail_budgets,
            app: caller.app(),
            // The portal, whose form is filled from the link.
            page: &format!("{}/", ctx.config.public_url),
            email: &body.email,
            language: caller.language(ctx, body.accept_language.as_deref()),
            lifetime: LIFETIME,
            now: ctx.now(),
        };
        match recovery.mail(identity.as_ref()).await {
            Err(NotMailed::Suppressed(charge)) => runtime::log_suppressed(caller.id(), &charge),
            Err(NotMailed::Refused(refusal)) => runtime::log_unmailed(caller.id(), &refusal),
            mailed => mailed?,
        }
        Ok(Message::RESET_MAILED)
    }
}

impl Input<ForgotPassword> for ForgotPasswordBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body())?;
        let accept_language = request.header("accept-language").map(str::to_owned);
        Ok(Self { email: read_email(&fields)?, accept_language })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("email", email_schema())]))
    }
}
