//! Sign in by a passkey that the page's script asked the browser for.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Moment, NoInput, Output, Reason, Route};
use serde_json::{Value, json};
use shared::passkey::Refused;
use shared::passkey::challenge::BrowserMark;
use shared::passkey::json::AuthenticationAnswer;
use shared::service::opening::TokenPair;
use shared::service::passkeys::{NotLetIn, PasskeyPage, Shown};
use shared::session::Transport;
use web::{Cookies, SetCookie};

use super::page::SignInProblem;
use super::{SignInVisitor, SignedIn};
use crate::pages::{PageError, Pages};

/// `POST /api/v1/auth/oauth2/passkey-options`: what the sign-in page's script hands to `navigator.credentials.get()`.
///
/// It asks nothing of who signs in, and says nothing of who has passkeys. Nothing is written.
#[derive(Clone, Copy, Debug)]
pub struct PasskeyOptions;

/// The options, and the mark of the browser that they are for.
#[derive(Debug)]
pub struct Options {
    options: Value,
    cookie: SetCookie,
}

impl Endpoint for PasskeyOptions {
    const ROUTE: Route = Route::post("oauth-passkey-options", "/api/v1/auth/oauth2/passkey-options").of("oauth-signin");
    const SUMMARY: &'static str = "Get the options for a sign-in with a passkey on the page.";
    const ERRORS: &'static [PageError] = &[
        PageError::UnknownClient,
        PageError::UnknownRedirect,
        PageError::BACK_AFTER_POST,
        PageError::BACK_BY_FORM,
        PageError::ForeignOrigin,
        PageError::NotFound,
    ];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = SignInVisitor;
    type Input = NoInput;
    type Output = Options;

    async fn call(
        at: &Moment,
        caller: SignInVisitor,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<Options>, PageError> {
        // A deployment at an address without a name has no passkeys.
        let party = at.config.passkeys.as_ref().ok_or(PageError::NotFound)?;
        // Kept where there is one: another tab's challenge stays good.
        let mark = caller.passkey_mark.clone().unwrap_or_else(|| BrowserMark::draw(&at.random));
        let options = at.passkey_request(&caller.app.id, &mark, party, party.own_origin()).await?;
        let cookie = Cookies(&at.config.browser.cookies).set_passkey(&mark);
        Ok(gate.pass().await?.give(Options { options, cookie }))
    }
}

impl Output for Options {
    fn answer(self) -> Answer {
        Answer::json(200, &self.options).with_cookies(self.cookie)
    }

    fn schema() -> Value {
        json!({"type": "object", "required": ["challenge", "timeout"], "properties": {
            "challenge": {"type": "string"},
            "timeout": {"type": "integer"},
        }})
    }
}

/// `credential`, as the script put it there; `None` where no browser gave that.
#[derive(Debug)]
pub(super) struct Typed(Option<AuthenticationAnswer>);

impl Typed {
    pub(super) fn new(credential: &str) -> Self {
        let value = serde_json::from_str(credential).ok();
        Self(value.and_then(|value| AuthenticationAnswer::read(&value).ok()))
    }

    /// Whose passkey it is. Nothing is written.
    pub(super) async fn recognise(&self, at: &Moment, caller: &SignInVisitor) -> Result<Shown, NotLetIn> {
        let answer = self.0.as_ref().ok_or(Refused::Malformed)?;
        let party = at.config.passkeys.as_ref().ok_or(Refused::RelyingParty)?;
        at.recognise_passkey(caller.passkey_page()?, party, answer).await
    }

    /// Opens a session for who showed it.
    pub(super) async fn enter(
        at: &Moment,
        caller: &SignInVisitor,
        shown: Result<Shown, NotLetIn>,
    ) -> Result<SignedIn, PageError> {
        let again = |problem| Ok(SignedIn::No(caller.page(at).again("", problem).into()));
        match open(at, caller, shown).await {
            Ok(pair) => Ok(caller.signed_in(at, &pair).await),
            // Single use, as its challenge is.
            Err(NotLetIn::Refused(why @ (Refused::Replayed | Refused::Challenge))) => {
                again(SignInProblem::StalePasskey(why.into()))
            }
            Err(NotLetIn::Refused(why)) => again(SignInProblem::WrongPasskey(why.into())),
            // Somebody who was shut out is told what an unknown passkey is told.
            Err(NotLetIn::Disabled) => again(SignInProblem::WrongPasskey(Reason::DisabledUser)),
            Err(NotLetIn::Store(error)) => Err(error.into()),
        }
    }
}

async fn open(at: &Moment, caller: &SignInVisitor, shown: Result<Shown, NotLetIn>) -> Result<TokenPair, NotLetIn> {
    let (shown, page) = (shown?, caller.passkey_page()?);
    let opener = at.opener(page.app, Transport::Browser, page.device).await?.by(shown.methods());
    let (opening, pair) = opener.pair(shown.user.id, shown.user.epoch)?;
    at.let_in_by_passkey(page, &shown, &opening).await?;
    Ok(pair)
}

impl SignInVisitor {
    /// The page, if its browser brings the mark that its challenge was made for.
    fn passkey_page(&self) -> Result<PasskeyPage<'_>, Refused> {
        let browser = self.passkey_mark.as_ref().ok_or(Refused::Challenge)?;
        Ok(PasskeyPage { app: &self.app, browser, device: &self.device, language: self.frame.language })
    }
}
