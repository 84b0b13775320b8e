//! A5: somebody forgot the password.

use runtime::{Ctx, Endpoint, Fields, Input, Request, Route};
use serde_json::Value;
use shared::app::App;
use shared::budget::Spending;
use shared::code::reset::{LIFETIME, ResetLink};
use shared::notify::email::{NotSent, Recipient};
use shared::notify::letter;
use shared::token::opaque::OpaqueToken;
use shared::user::email::Email;
use shared::user::identity::{Handle, Identity};

use crate::caller::KnownApp;
use crate::wire::{AppApi, AppError, Cause, Message, email_schema, object_schema, read_email};

/// `POST /api/v1/auth/forgot-password`: mails a reset link, if there is anybody to mail it to.
///
/// For an address that nobody has, the same is read, written and sent, to SES's mailbox simulator: neither the answer
/// nor its time nor a failure tells who is registered.
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
        let handle = Handle::Email(body.email.clone());
        let (link, token) = ResetLink::issue(caller.id(), handle, identity.as_ref(), &ctx.random, ctx.now());
        let charges = ctx.config.mail_budgets.mail(caller.id(), &body.email, identity.is_some());
        let now = ctx.now();
        let ((), spending) = tokio::try_join!(ctx.store.put_reset_link(&link), ctx.store.spend(&charges, now))?;
        if let Spending::Suppress(charge) = spending {
            runtime::log_suppressed(caller.id(), &charge);
            return Ok(Message::RESET_MAILED);
        }
        let url = reset_url(caller.app(), &ctx.config.public_url, token);
        let language = caller.language(ctx, body.accept_language.as_deref());
        let letter = letter::reset(caller.app(), &url, LIFETIME, language);
        let recipient = identity.map_or(Recipient::Nobody, |_| Recipient::Person(&body.email));
        match ctx.mailer().send(recipient, letter).await {
            // One address that SES refuses would otherwise tell that it is registered.
            Ok(()) | Err(NotSent::Refused(_)) => Ok(Message::RESET_MAILED),
            Err(error @ NotSent::Unavailable(_)) => Err(AppError::Unavailable(Cause::Mail(error))),
        }
    }
}

/// The page comes from the app's record or the deployment's configuration, never from the request.
fn reset_url(app: &App, public_url: &str, token: OpaqueToken) -> String {
    let portal = format!("{public_url}/");
    let page = app.policy.reset_page.as_ref().unwrap_or(&portal);
    let joint = if page.contains('?') { '&' } else { '?' };
    format!("{page}{joint}token={}", token.reveal())
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
