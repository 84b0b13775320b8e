//! `POST …/signin`: take the sign-in page's form.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Input, Moment, Output, Reason, Request, Route, form_schema};
use serde_json::{Value, json};
use shared::code::digits::Code;
use shared::factor::otp::Otp;
use shared::secret::Secret;
use web::{SetCookie, SetCookies};

use super::factor_page::FactorPage;
use super::page::{PhonePage, SignInPage};
use super::set_up::{CodesPage, SetUpPage};
use super::{FORM_ERRORS, SignInVisitor, factor, mailbox, passkey, password, phone};
use crate::pages::{PageError, Pages};

/// `POST /api/v1/auth/oauth2/signin`: opens a session of the Browser API's, in its cookies.
#[derive(Clone, Copy, Debug)]
pub struct SignIn;

/// One path, four forms.
#[derive(Debug)]
pub struct Credentials(CredentialsForm);

#[derive(Debug)]
enum CredentialsForm {
    Password(password::Typed),
    Phone(phone::Typed),
    Mailbox(mailbox::Typed),
    Factor(factor::Typed),
    Passkey(passkey::Typed),
}

impl Endpoint for SignIn {
    const ROUTE: Route = Route::post("oauth-signin", "/api/v1/auth/oauth2/signin");
    const SUMMARY: &'static str = "Sign in on that page, and continue the request that it interrupted.";
    const ERRORS: &'static [PageError] = FORM_ERRORS;
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
            CredentialsForm::Mailbox(typed) => {
                // Before the gate, like the try of a code to a phone.
                let proven = typed.prove(at, &caller).await;
                let pass = gate.pass().await?;
                Ok(pass.give(typed.enter(at, &caller, proven).await?))
            }
            CredentialsForm::Factor(typed) => {
                // Before the gate, like the try of a password.
                let reserved = typed.reserve(at, &caller).await?;
                let pass = gate.pass().await?;
                Ok(pass.give(typed.enter(at, &caller, reserved).await?))
            }
            CredentialsForm::Passkey(typed) => {
                let shown = typed.recognise(at, &caller).await;
                let pass = gate.pass().await?;
                Ok(pass.give(passkey::Typed::enter(at, &caller, shown).await?))
            }
        }
    }
}

impl Input<SignIn> for Credentials {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten().unwrap_or_default().to_owned();
        if let Some(ticket) = form.all("ticket").next() {
            let (ticket, otp) = (Secret::new(ticket.to_owned()), Otp::given(Some(&text("otp"))));
            let setup = form.all("setup").next().map(|setup| Secret::new(setup.to_owned()));
            let proof = Secret::new(text("otp"));
            return Ok(Self(CredentialsForm::Factor(factor::Typed { ticket, setup, otp, proof })));
        }
        // The page has the field in any case, and its script fills it.
        if let Some(credential) = form.all("credential").find(|text| !text.is_empty()) {
            return Ok(Self(CredentialsForm::Passkey(passkey::Typed::new(credential))));
        }
        let filled = |name| form.all(name).next().filter(|text| !text.is_empty()).map(str::to_owned);
        let (code, proof) = (Code::read(&text("code")).ok(), Secret::new(text("code")));
        Ok(Self(match (filled("phone"), filled("email")) {
            (Some(phone), _) => CredentialsForm::Phone(phone::Typed { phone, code, proof }),
            (None, Some(email)) => CredentialsForm::Mailbox(mailbox::Typed { email, code, proof }),
            (None, None) => {
                CredentialsForm::Password(password::Typed::new(text("login"), Secret::new(text("password"))))
            }
        }))
    }

    fn schema() -> Option<Value> {
        let forms =
            [&["login", "password"][..], &["phone", "code"], &["email", "code"], &["ticket", "otp"], &["credential"]];
        let forms = forms.map(|required| form_schema(required, &["to", "setup", "form"]));
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
        /// What it keeps of forms from now on, where the one that was sent could be sent again.
        form_browser: Option<SetCookie>,
    },
    /// The second factor is next.
    Factor(Box<FactorPage>),
    /// A second factor has to be set up.
    SetUp(Box<SetUpPage>),
    /// It is set up, and the session is open.
    Codes(Box<CodesPage>),
    /// Try again.
    No(Box<PhonePage>),
}

impl SignedIn {
    /// The same, and the browser keeps another mark of its forms.
    pub(super) fn keeping(self, cookie: Option<SetCookie>) -> Self {
        match self {
            Self::Yes { cookies, location, .. } => Self::Yes { cookies, location, form_browser: cookie },
            other => other,
        }
    }
}

impl From<SignInPage> for Box<PhonePage> {
    fn from(page: SignInPage) -> Self {
        Self::new(PhonePage::SignIn(page))
    }
}

impl Output for SignedIn {
    const STATUS: u16 = 303;
    const OTHERWISE: &'static [u16] = &[200, 400, 401, 429];
    const MEDIA_TYPE: &'static str = "";

    fn reason(&self) -> Option<Reason> {
        match self {
            Self::Yes { .. } | Self::Codes(_) => None,
            Self::SetUp(page) => Some(page.reason()),
            Self::Factor(page) => page.reason(),
            Self::No(page) => page.reason(),
        }
    }

    fn answer(self) -> Answer {
        match self {
            // Never 307, which would hand the password on (RFC 9700 §4.12).
            Self::Yes { cookies, location, form_browser } => {
                let kept = form_browser.into_iter().flatten();
                web::redirect(303, &location).with_cookies(cookies).with_cookies(kept)
            }
            Self::Factor(page) => page.answer(),
            Self::SetUp(page) => page.answer(),
            Self::Codes(page) => page.answer(),
            Self::No(page) => page.answer(),
        }
    }

    fn schema() -> Value {
        json!(null)
    }
}
