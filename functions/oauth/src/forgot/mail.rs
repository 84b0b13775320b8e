//! The mail.

use runtime::{Cause, Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::clock::Seconds;
use shared::user::email::Email;
use shared::user::identity::{Handle, Identity};
use shared::user::recovery::{NotMailed, Recovery};

use super::{FUNCTION, ForgotPage, PATH};
use crate::pages::{PageError, Pages};
use crate::sign_in::Traveller;
use crate::wire::form_schema;

/// How long a link lives: as the App API's.
const LIFETIME: Seconds = Seconds::hours(1);

/// `POST /account/forgot-password`: mails a reset link, if there is anybody to mail it to and the last one was mailed
/// over a minute ago. The page says the same for any address.
#[derive(Clone, Copy, Debug)]
pub struct Mail;

/// `email`, as it was typed.
#[derive(Debug)]
pub struct AddressForm(String);

impl Endpoint for Mail {
    const ROUTE: Route = Route::post(FUNCTION, PATH);
    const SUMMARY: &'static str = "Mail a link to set a new password; the same page for any address.";
    const REFUSALS: &'static [PageError] = &[];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Traveller;
    type Input = AddressForm;
    type Loaded = Option<(Email, Option<Identity>)>;
    type Output = ForgotPage;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn load(
        ctx: &Ctx,
        caller: &Traveller,
        AddressForm(typed): &AddressForm,
    ) -> Result<Option<(Email, Option<Identity>)>, PageError> {
        let Ok(email) = typed.parse::<Email>() else { return Ok(None) };
        let owner = ctx.store.identity(&caller.app.id, &Handle::Email(email.clone()), ctx.now()).await?;
        Ok(Some((email, owner)))
    }

    async fn call(
        ctx: &Ctx,
        caller: Traveller,
        AddressForm(typed): AddressForm,
        found: Option<(Email, Option<Identity>)>,
    ) -> Result<ForgotPage, PageError> {
        let Some((email, owner)) = found else { return Ok(ForgotPage::again(&caller, typed)) };
        let recovery = Recovery {
            store: &ctx.store,
            mailer: ctx.mailer(),
            random: &ctx.random,
            budgets: &ctx.config.mail_budgets,
            app: &caller.app,
            page: &format!("{}{}", ctx.config.public_url, crate::reset::PATH),
            email: &email,
            language: caller.language,
            lifetime: LIFETIME,
            now: ctx.now(),
        };
        match recovery.mail_once_a_minute(owner.as_ref()).await {
            Ok(()) => {}
            Err(NotMailed::Suppressed(charge)) => runtime::log_suppressed(&caller.app.id, &charge),
            Err(NotMailed::Refused(refusal)) => runtime::log_unmailed(&caller.app.id, &refusal),
            Err(NotMailed::Store(error)) => return Err(error.into()),
            Err(failure @ NotMailed::Unsent(_)) => return Err(Cause::Mail(failure).into()),
        }
        Ok(ForgotPage::sent(&caller, typed))
    }
}

impl Input<Mail> for AddressForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.form().one("email").ok().flatten().unwrap_or_default().to_owned()))
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["email"], &["to"]))
    }
}
