//! Signing in on a page, and on to where one was going.

mod page;
mod password;
mod phone;
mod send_code;
mod traveller;

use runtime::{Answer, Ctx, Endpoint, Input, Output, Request, Route};
use serde_json::{Value, json};
use shared::store::NotProven;
use shared::user::identity::Identity;
use shared::user::phone_sign_in::Proven;

pub use page::{PhonePage, SignInPage};
pub use send_code::SendCode;
pub use traveller::Traveller;

use crate::pages::{PageError, Pages, redirect};
use crate::wire::form_schema;

/// `POST /api/v1/auth/oauth2/signin`: opens a session of the Browser API's, in its cookies.
#[derive(Clone, Copy, Debug)]
pub struct SignIn;

/// One path, two forms.
#[derive(Debug)]
pub struct Credentials(Form);

#[derive(Debug)]
enum Form {
    Password(password::Typed),
    Phone(phone::Typed),
}

/// What a form finds.
#[derive(Debug)]
pub struct Found(Finding);

#[derive(Debug)]
enum Finding {
    Identity(Option<Identity>),
    Code(Result<Proven, NotProven>),
}

impl Endpoint for SignIn {
    const ROUTE: Route = Route::post("oauth-signin", "/api/v1/auth/oauth2/signin");
    const SUMMARY: &'static str = "Sign in on the page that interrupted a request, and go on with it.";
    const REFUSALS: &'static [PageError] = &[];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Traveller;
    type Input = Credentials;
    type Loaded = Found;
    type Output = SignedIn;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn load(ctx: &Ctx, caller: &Traveller, body: &Credentials) -> Result<Found, PageError> {
        Ok(Found(match &body.0 {
            Form::Password(typed) => Finding::Identity(typed.identity(ctx, caller).await?),
            Form::Phone(typed) => Finding::Code(typed.prove(ctx, caller).await),
        }))
    }

    async fn call(ctx: &Ctx, caller: Traveller, body: Credentials, found: Found) -> Result<SignedIn, PageError> {
        match (body.0, found.0) {
            (Form::Password(typed), Finding::Identity(identity)) => typed.enter(ctx, &caller, identity).await,
            (Form::Phone(typed), Finding::Code(proven)) => typed.enter(ctx, &caller, proven).await,
            // Each form finds its own.
            (Form::Password(_), Finding::Code(_)) | (Form::Phone(_), Finding::Identity(_)) => {
                Ok(SignedIn::No(caller.page().into()))
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
                Form::Phone(phone::Typed { phone: phone.to_owned(), code: text("code") })
            }
            _ => Form::Password(password::Typed::new(text("login"), text("password"))),
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
        cookies: [String; 2],
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
    const MEDIA_TYPE: &'static str = "";

    fn answer(self) -> Answer {
        match self {
            // Never 307, which would hand the password on (RFC 9700 §4.12).
            Self::Yes { cookies, location } => redirect(303, &location).with_cookies(cookies),
            Self::No(page) => page.answer(),
        }
    }

    fn schema() -> Value {
        json!(null)
    }
}
