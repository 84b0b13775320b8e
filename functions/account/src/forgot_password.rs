//! C6: somebody forgot the password.

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::user::email::Email;
use shared::user::identity::{Handle, Identity};
use shared::user::recovery::{NotMailed, Recovery};

use crate::caller::Client;
use crate::wire::{AccountApi, AccountError, Field, Problems, Success, object_schema, required};

/// How long a link lives. Fixed by the contract.
const LIFETIME: Seconds = Seconds::hours(24);

/// The deployment's own page, which hashes what is typed there as this API's clients would have.
const RESET_PAGE: &str = "/account/reset-password";

/// `POST /api/Auth/ForgotPassword`: mails a reset link, if there is anybody to mail it to and the last one was mailed
/// over a minute ago.
#[derive(Clone, Copy, Debug)]
pub struct ForgotPassword;

/// `{"email"}`: nobody's, for what is no address.
#[derive(Debug)]
pub struct ForgotPasswordBody(Option<Email>);

impl Endpoint for ForgotPassword {
    const ROUTE: Route = Route::post("account-forgot-password", "/api/Auth/ForgotPassword");
    const SUMMARY: &'static str = "Mail a link to set a new password; the same answer for any address.";
    const REFUSALS: &'static [AccountError] = &[
        AccountError::MediaType,
        AccountError::Malformed,
        AccountError::Invalid(Problems::EXAMPLE),
        AccountError::BodyTooLarge,
    ];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Client;
    type Input = ForgotPasswordBody;
    type Loaded = Option<Identity>;
    type Output = Success;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn load(ctx: &Ctx, caller: &Client, body: &ForgotPasswordBody) -> Result<Option<Identity>, AccountError> {
        match &body.0 {
            Some(email) => Ok(ctx.store.identity(&caller.app.id, &Handle::Email(email.clone()), ctx.now()).await?),
            None => Ok(None),
        }
    }

    async fn call(
        ctx: &Ctx,
        caller: Client,
        body: ForgotPasswordBody,
        identity: Option<Identity>,
    ) -> Result<Success, AccountError> {
        let Some(email) = &body.0 else { return Ok(Success) };
        let recovery = Recovery {
            store: &ctx.store,
            mailer: ctx.mailer(),
            random: &ctx.random,
            budgets: &ctx.config.mail_budgets,
            app: &caller.app,
            page: &format!("{}{RESET_PAGE}", ctx.config.public_url),
            email,
            language: caller.language,
            lifetime: LIFETIME,
            now: ctx.now(),
        };
        match recovery.mail_once_a_minute(identity.as_ref()).await {
            Ok(()) => Ok(Success),
            Err(NotMailed::Suppressed(charge)) => {
                runtime::log_suppressed(&caller.app.id, &charge);
                Ok(Success)
            }
            Err(NotMailed::Refused(refusal)) => {
                runtime::log_unmailed(&caller.app.id, &refusal);
                Ok(Success)
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Input<ForgotPassword> for ForgotPasswordBody {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let [email] = required(request, [Field::Email])?;
        Ok(Self(email.parse().ok()))
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("email", json!({"type": "string", "format": "email", "maxLength": 254}))]))
    }
}
