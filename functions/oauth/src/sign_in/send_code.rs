//! Somebody on the sign-in page wants a code by text message.

use runtime::{Cause, Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::code::sms::{NotNow, SmsRecord};
use shared::user::phone::Phone;
use shared::user::phone_sign_in::{NotCoded, PhoneCode, Texted};

use super::Traveller;
use super::page::{PhonePage, Setback};
use super::phone::admit;
use crate::pages::{PageError, Pages};
use crate::wire::form_schema;

/// `POST /api/v1/auth/oauth2/send-code`: texts a six-digit code, and shows the page to type it on.
#[derive(Clone, Copy, Debug)]
pub struct SendCode;

/// `phone`
#[derive(Debug)]
pub struct PhoneForm(String);

impl Endpoint for SendCode {
    const ROUTE: Route = Route::post("oauth-send-code", "/api/v1/auth/oauth2/send-code");
    const SUMMARY: &'static str = "Text a code to sign in with on the page; the same answer for any number.";
    const REFUSALS: &'static [PageError] = &[];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Traveller;
    type Input = PhoneForm;
    type Loaded = Option<(Phone, SmsRecord)>;
    type Output = PhonePage;

    fn prepare(ctx: &Ctx) {
        ctx.texter();
    }

    async fn load(
        ctx: &Ctx,
        caller: &Traveller,
        PhoneForm(typed): &PhoneForm,
    ) -> Result<Option<(Phone, SmsRecord)>, PageError> {
        let Some(phone) = admit(typed, &caller.app) else { return Ok(None) };
        let record = ctx.store.sms_record(&caller.app.id, &phone, ctx.now()).await?;
        Ok(Some((phone, record)))
    }

    async fn call(
        ctx: &Ctx,
        caller: Traveller,
        PhoneForm(typed): PhoneForm,
        found: Option<(Phone, SmsRecord)>,
    ) -> Result<PhonePage, PageError> {
        let Some((phone, record)) = found else {
            return Ok(PhonePage::SignIn(caller.page().without_code(&typed, Setback::NoPhone)));
        };
        let code = PhoneCode {
            store: &ctx.store,
            texter: ctx.texter(),
            random: &ctx.random,
            budgets: &ctx.config.sms_budgets,
            app: &caller.app,
            phone: &phone,
            language: caller.language,
            now: ctx.now(),
        };
        match code.text(record).await {
            Ok(Texted::Sent) => {}
            Ok(Texted::HeldBack(charge)) => runtime::log_suppressed(&caller.app.id, &charge),
            Err(NotCoded::NotNow(NotNow::Cooling)) => {
                return Ok(PhonePage::Code(caller.code_page(typed).after(Setback::SentJustNow)));
            }
            Err(NotCoded::NotNow(NotNow::Resting(wait))) => {
                return Ok(PhonePage::SignIn(caller.page().without_code(&typed, Setback::Resting(wait))));
            }
            Err(NotCoded::Texted(failure)) => return Err(Cause::Sms(failure).into()),
            Err(NotCoded::Store(error)) => return Err(error.into()),
        }
        Ok(PhonePage::Code(caller.code_page(typed)))
    }
}

impl Input<SendCode> for PhoneForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.form().one("phone").ok().flatten().unwrap_or_default().to_owned()))
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["phone"], &["to"]))
    }
}
