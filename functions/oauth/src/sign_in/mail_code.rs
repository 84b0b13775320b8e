//! `POST …/mail-code`: mail a code to somebody on the sign-in page.

use runtime::{Admitted, Cause, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::code::sms::NotNow;
use shared::service::mailed_code::{CodeMail, NoCodeMailed};
use shared::service::recovery::NotMailed;

use super::mailbox::admit;
use super::page::{PhonePage, SentTo, SignInProblem};
use super::{FORM_ERRORS, SignInVisitor};
use crate::pages::{PageError, Pages};

/// `POST /api/v1/auth/oauth2/mail-code`: mails a six-digit code, and shows the page to type it on.
#[derive(Clone, Copy, Debug)]
pub struct MailCode;

/// `email`
#[derive(Debug)]
pub struct MailboxForm(String);

impl Endpoint for MailCode {
    const ROUTE: Route = Route::post("oauth-mail-code", "/api/v1/auth/oauth2/mail-code");
    const SUMMARY: &'static str = "Mail a code to sign in with on the page; the same answer for any address.";
    const ERRORS: &'static [PageError] = FORM_ERRORS;
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = SignInVisitor;
    type Input = MailboxForm;
    type Output = PhonePage;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: SignInVisitor,
        MailboxForm(typed): MailboxForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<PhonePage>, PageError> {
        let Some(email) = admit(&typed, &caller.app) else {
            let page = caller.page().without_mail(&typed, SignInProblem::NoEmail);
            return Ok(gate.pass().await?.give(PhonePage::SignIn(page)));
        };
        let mail = CodeMail {
            app: &caller.app,
            email: &email,
            source: caller.device.address(),
            language: caller.frame.language,
        };
        let mailbox = at.mailbox(mail).await?;
        let pass = gate.pass().await?;
        let page = match at.mail_code(mail, mailbox).await {
            Ok(()) => PhonePage::Code(caller.code_page(at, SentTo::Email(typed))),
            Err(NoCodeMailed::NotNow(NotNow::Cooling)) => {
                PhonePage::Code(caller.code_page(at, SentTo::Email(typed)).after(SignInProblem::SentJustNow))
            }
            Err(NoCodeMailed::NotNow(NotNow::Resting(wait))) => {
                PhonePage::SignIn(caller.page().without_mail(&typed, SignInProblem::Resting(wait)))
            }
            Err(NoCodeMailed::NotMailed(NotMailed::Store(error))) => return Err(error.into()),
            Err(NoCodeMailed::NotMailed(failure @ NotMailed::Unsent(_))) => return Err(Cause::Mail(failure).into()),
        };
        Ok(pass.give(page))
    }
}

impl Input<MailCode> for MailboxForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.form().one("email").ok().flatten().unwrap_or_default().to_owned()))
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["email"], &["to"]))
    }
}
