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
pub struct MailboxForm {
    email: String,
    /// Whether it is the form of the sign-in page. A code that was sent less than a minute ago is the one that it asked for, if it was
    /// sent twice. The form of the page for the code asks for another one.
    is_first: bool,
}

impl Endpoint for MailCode {
    const ROUTE: Route = Route::post("oauth-mail-code", "/api/v1/auth/oauth2/mail-code");
    const SUMMARY: &'static str = "Mail a code for the sign-in page. The answer is the same for every address.";
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
        MailboxForm { email: typed, is_first }: MailboxForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<PhonePage>, PageError> {
        let Some(email) = admit(&typed, &caller.app) else {
            let page = caller.page(at).without_mail(&typed, SignInProblem::NoEmail);
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
                let page = caller.code_page(at, SentTo::Email(typed));
                PhonePage::Code(if is_first { page } else { page.after(SignInProblem::SentJustNow) })
            }
            Err(NoCodeMailed::NotNow(NotNow::Resting(wait))) => {
                PhonePage::SignIn(caller.page(at).without_mail(&typed, SignInProblem::Resting(wait)))
            }
            Err(NoCodeMailed::NotMailed(NotMailed::Store(error))) => return Err(error.into()),
            Err(NoCodeMailed::NotMailed(failure @ NotMailed::Unsent(_))) => return Err(Cause::Mail(failure).into()),
        };
        Ok(pass.give(page))
    }
}

impl Input<MailCode> for MailboxForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let email = form.one("email").ok().flatten().unwrap_or_default().to_owned();
        Ok(Self { email, is_first: form.all("first").next().is_some() })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["email"], &["to", "first"]))
    }
}
