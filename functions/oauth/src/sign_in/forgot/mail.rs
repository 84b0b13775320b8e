//! `POST /account/forgot-password`: mail a reset link.

use runtime::{Admitted, Cause, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::clock::Seconds;
use shared::service::recovery::{NotMailed, ResetMail};
use shared::user::email::Email;

use super::{FUNCTION, ForgotPage, PATH};
use crate::pages::{PageError, Pages};
use crate::sign_in::{FORM_ERRORS, SignInVisitor};

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
    const SUMMARY: &'static str = "Mail a link that sets a new password. The page is the same for every address.";
    const ERRORS: &'static [PageError] = FORM_ERRORS;
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = SignInVisitor;
    type Input = AddressForm;
    type Output = ForgotPage;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: SignInVisitor,
        AddressForm(typed): AddressForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<ForgotPage>, PageError> {
        let Ok(email) = typed.parse::<Email>() else {
            return Ok(gate.pass().await?.give(ForgotPage::again(&caller, typed)));
        };
        let mail = ResetMail {
            app: &caller.app,
            email: &email,
            source: caller.device.address(),
            language: caller.frame.language,
            lifetime: LIFETIME,
        };
        let asked = at.ask_reset(mail).await?;
        let pass = gate.pass().await?;
        at.mail_reset_once_a_minute(mail, asked).await.map_err(|error| match error {
            NotMailed::Store(error) => error.into(),
            failure @ NotMailed::Unsent(_) => PageError::from(Cause::Mail(failure)),
        })?;
        Ok(pass.give(ForgotPage::sent(&caller, typed)))
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
