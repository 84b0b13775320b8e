//! `POST …/send-code`: text a code to somebody on the sign-in page.

use runtime::{Admitted, Cause, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::code::sms::NotNow;
use shared::code::sms::Purpose;
use shared::service::phone::{NotCoded, TextTo};

use super::page::{PhonePage, SentTo, SignInProblem};
use super::phone::admit;
use super::{FORM_ERRORS, SignInVisitor};
use crate::pages::{PageError, Pages};

/// `POST /api/v1/auth/oauth2/send-code`: texts a six-digit code, and shows the page to type it on.
#[derive(Clone, Copy, Debug)]
pub struct SendCode;

/// `phone`
#[derive(Debug)]
pub struct PhoneForm {
    phone: String,
    /// Whether it is the form of the sign-in page. A code that was sent less than a minute ago is the one that it asked for, if it was
    /// sent twice. The form of the page for the code asks for another one.
    is_first: bool,
}

impl Endpoint for SendCode {
    const ROUTE: Route = Route::post("oauth-send-code", "/api/v1/auth/oauth2/send-code");
    const SUMMARY: &'static str = "Text a code for the sign-in page. The answer is the same for every number.";
    const ERRORS: &'static [PageError] = FORM_ERRORS;
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = SignInVisitor;
    type Input = PhoneForm;
    type Output = PhonePage;

    fn prepare(ctx: &Ctx) {
        ctx.texter();
    }

    async fn call(
        at: &Moment,
        caller: SignInVisitor,
        PhoneForm { phone: typed, is_first }: PhoneForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<PhonePage>, PageError> {
        let Some(phone) = admit(&typed, &caller.app) else {
            let page = caller.page(at).without_code(&typed, SignInProblem::NoPhone);
            return Ok(gate.pass().await?.give(PhonePage::SignIn(page)));
        };
        let to = TextTo {
            phone: &phone,
            source: caller.device.address(),
            language: caller.frame.language,
            purpose: Purpose::SignIn,
        };
        let asked = at.ask_code(&caller.app.id, to).await?;
        let pass = gate.pass().await?;
        let page = match at.text_code(&caller.app, to, asked).await {
            Ok(()) => PhonePage::Code(caller.code_page(at, SentTo::Phone(typed))),
            Err(NotCoded::NotNow(NotNow::Cooling)) => {
                let page = caller.code_page(at, SentTo::Phone(typed));
                PhonePage::Code(if is_first { page } else { page.after(SignInProblem::SentJustNow) })
            }
            Err(NotCoded::NotNow(NotNow::Resting(wait))) => {
                PhonePage::SignIn(caller.page(at).without_code(&typed, SignInProblem::Resting(wait)))
            }
            Err(NotCoded::Texted(failure)) => return Err(Cause::Sms(failure).into()),
            Err(NotCoded::Store(error)) => return Err(error.into()),
        };
        Ok(pass.give(page))
    }
}

impl Input<SendCode> for PhoneForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let phone = form.one("phone").ok().flatten().unwrap_or_default().to_owned();
        Ok(Self { phone, is_first: form.all("first").next().is_some() })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["phone"], &["to", "first"]))
    }
}
