//! `POST …/signin`: take the sign-in page's form.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Reason, Request, Route, form_schema};
use serde_json::{Value, json};
use shared::code::digits::Code;
use shared::secret::Secret;
use web::SetCookies;

use super::page::{PhonePage, SignInPage};
use super::{SignInVisitor, password, phone};
use crate::pages::{PageError, Pages};
use crate::protocol::authorize::FormPost;

/// `POST /api/v1/auth/oauth2/signin`: opens a session of the Browser API's, in its cookies.
#[derive(Clone, Copy, Debug)]
pub struct SignIn;

/// One path, two forms.
#[derive(Debug)]
pub struct Credentials(CredentialsForm);

#[derive(Debug)]
enum CredentialsForm {
    Password(password::Typed),
    Phone(phone::Typed),
}

impl Endpoint for SignIn {
    const ROUTE: Route = Route::post("oauth-signin", "/api/v1/auth/oauth2/signin");
    const SUMMARY: &'static str = "Sign in on the page that interrupted a request, and go on with it.";
    const ERRORS: &'static [PageError] = &[
        PageError::UnknownClient,
        PageError::UnknownRedirect,
        PageError::Back { status: 303, location: String::new() },
        PageError::BackByForm(FormPost::EMPTY),
        PageError::ForeignOrigin,
    ];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = SignInVisitor;
    type Input = Credentials;
    type Output = SignedIn;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn call(
        at: &Moment,
        caller: SignInVisitor,
        body: Credentials,
        gate: Gate<'_>,
    ) -> Result<Admitted<SignedIn>, PageError> {
        match body.0 {
            CredentialsForm::Password(typed) => {
                // Before the gate, like the try of a code.
                let reserved = at.reserve(&typed.attempt(&caller)).await?;
                let pass = gate.pass().await?;
                Ok(pass.give(typed.enter(at, &caller, reserved).await?))
            }
            CredentialsForm::Phone(typed) => {
                // Before the gate: a try that is counted beside a refusal costs a try, and tells nothing.
                let proven = typed.prove(at, &caller).await;
                let pass = gate.pass().await?;
                Ok(pass.give(typed.enter(at, &caller, proven).await?))
            }
        }
    }
}

impl Input<SignIn> for Credentials {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten().unwrap_or_default().to_owned();
        Ok(Self(match form.all("phone").next() {
            Some(phone) if !phone.is_empty() => {
                CredentialsForm::Phone(phone::Typed { phone: phone.to_owned(), code: Code::read(&text("code")).ok() })
            }
            _ => CredentialsForm::Password(password::Typed::new(text("login"), &Secret::new(text("password")))),
        }))
    }

    fn schema() -> Option<Value> {
        let forms = [form_schema(&["login", "password"], &["to"]), form_schema(&["phone", "code"], &["to"])];
        Some(json!({"type": "object", "anyOf": forms}))
    }
}

/// Whether somebody is signed in now.
#[derive(Debug)]
pub enum SignedIn {
    /// On with it.
    Yes {
        /// What the browser keeps.
        cookies: SetCookies,
        /// Where it goes.
        location: String,
    },
    /// Try again.
    No(Box<PhonePage>),
}

impl From<SignInPage> for Box<PhonePage> {
    fn from(page: SignInPage) -> Self {
        Self::new(PhonePage::SignIn(page))
    }
}

impl Output for SignedIn {
    const STATUS: u16 = 303;
    const OTHERWISE: &'static [u16] = PhonePage::OTHERWISE;
    const MEDIA_TYPE: &'static str = "";

    fn reason(&self) -> Option<Reason> {
        match self {
            Self::Yes { .. } => None,
            Self::No(page) => page.reason(),
        }
    }

    fn answer(self) -> Answer {
        match self {
            // Never 307, which would hand the password on (RFC 9700 §4.12).
            Self::Yes { cookies, location } => web::redirect(303, &location).with_cookies(cookies),
            Self::No(page) => page.answer(),
        }
    }

    fn schema() -> Value {
        json!(null)
    }
}
