//! Signing in on a page, and on to where one was going.

use std::sync::Arc;

use askama::Template;
use browser::cookies::Cookies;
use browser::wire::BrowserError;
use runtime::{Answer, Caller, Ctx, Endpoint, Form, Input, Output, Request, Route, Security};
use serde_json::{Value, json};
use shared::app::App;
use shared::clock::Seconds;
use shared::language::Language;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::session::{Opening, Session, Transport};
use shared::user::identity::{Identity, Login};
use shared::user::password::CanonicalPassword;
use shared::user::sign_in::{NotRecognised, SignIn as Rule};

use crate::authorize::Asked;
use crate::pages::{PageError, Pages, redirect, show};
use crate::wire::form_schema;

/// `POST /api/v1/auth/oauth2/signin`: opens a session of the Browser API's, in its cookies.
#[derive(Clone, Copy, Debug)]
pub struct SignIn;

/// Wrong passwords that are free, in five minutes: as in the other APIs.
const FREE_FAILURES: u32 = 10;

/// Somebody on their way.
#[derive(Clone, Debug)]
pub struct Traveller {
    app: Arc<App>,
    /// The request that was interrupted; without one, the way is to the connected apps.
    asked: Option<Asked>,
    device: Device,
    language: Language,
}

/// `login`, `password`
#[derive(Debug)]
pub struct Credentials {
    login: String,
    password: CanonicalPassword,
}

impl Traveller {
    /// The page to sign in on.
    fn page(&self) -> SignInPage {
        let query = self.asked.as_ref().map(Asked::query).unwrap_or_default();
        SignInPage::new(self.language, query, self.asked.as_ref().map(|asked| asked.client.name.clone()))
    }

    /// Where it goes on: our own pages only, whatever the form said.
    fn destination(&self) -> String {
        match &self.asked {
            Some(asked) => format!("{}/authorize/?{}", crate::BASE, asked.query()),
            None => crate::connected::PATH.to_owned(),
        }
    }
}

impl Caller<SignIn> for Traveller {
    const SECURITY: &'static [Security] = &[];

    async fn identify(ctx: &Ctx, request: &Request) -> Result<Self, PageError> {
        // It would sign somebody's browser in as somebody else (login CSRF).
        if !browser::is_ours(ctx, request) {
            return Err(BrowserError::ForeignOrigin.into());
        }
        let form = request.form();
        let to = Form::read(form.one("to").ok().flatten().unwrap_or_default().as_bytes());
        let asked = match to.one("client_id") {
            Ok(Some(_)) => Some(Asked::read(ctx, &to, to.is_ambiguous(), 303).await?),
            _ => None,
        };
        let app = match &asked {
            Some(asked) => asked.app.clone(),
            None => crate::connected::bound_app(ctx).await?,
        };
        let language = crate::authorize::language(ctx, &app, request);
        Ok(Self { app, asked, device: request.device(), language })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }

    fn origins(&self) -> &[String] {
        &[]
    }
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
    type Loaded = Option<Identity>;
    type Output = SignedIn;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn load(ctx: &Ctx, caller: &Traveller, body: &Credentials) -> Result<Option<Identity>, PageError> {
        Ok(ctx.store.identity_of(&caller.app.id, &Login::read(&body.login), ctx.now()).await?)
    }

    async fn call(
        ctx: &Ctx,
        caller: Traveller,
        body: Credentials,
        identity: Option<Identity>,
    ) -> Result<SignedIn, PageError> {
        let (app, now) = (&caller.app, ctx.now());
        let login = Login::read(&body.login);
        let rule = Rule {
            store: &ctx.store,
            hasher: ctx.hasher(),
            random: &ctx.random,
            app: &app.id,
            login: &login,
            password: &body.password,
            free_failures: FREE_FAILURES,
            now,
        };
        let recognised = match rule.recognise(identity.as_ref()).await {
            Ok(recognised) => recognised,
            Err(NotRecognised::Wrong) => return Ok(SignedIn::No(caller.page().again(&body.login, None))),
            Err(NotRecognised::Resting(wait)) => {
                return Ok(SignedIn::No(caller.page().again(&body.login, Some(wait))));
            }
            Err(NotRecognised::Store(error)) => return Err(error.into()),
        };
        let Identity { user, epoch, .. } = recognised.identity;
        let session = Session::open(*user, *epoch, Transport::Browser, caller.device.clone(), &ctx.random, now);
        let ring = ctx.store.ring(now).await?;
        let access = session.access_token(app, &ctx.config.public_url, &ring, now).map_err(BrowserError::from)?;
        let (opening, refresh) = Opening::refreshable(session, &ctx.random);
        rule.open(&recognised, &opening).await?;
        let cookies = Cookies(&ctx.config.browser.cookies).set(&access, &refresh.write(&app.id, &ring));
        Ok(SignedIn::Yes { cookies, location: caller.destination() })
    }
}

impl Input<SignIn> for Credentials {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten().unwrap_or_default().to_owned();
        Ok(Self { login: text("login"), password: CanonicalPassword::from_plain(&Secret::new(text("password"))) })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["login", "password", "to"], &[]))
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
    No(SignInPage),
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

/// The page to sign in on.
#[derive(Debug, Template)]
#[template(path = "sign-in.html")]
pub struct SignInPage {
    language: Language,
    to: String,
    client: Option<String>,
    login: String,
    problem: Option<&'static str>,
    wait: Option<Seconds>,
}

impl SignInPage {
    /// The page for the request in `to`, of the client of that name.
    pub(crate) fn new(language: Language, to: String, client: Option<String>) -> Self {
        Self { language, to, client, login: String::new(), problem: None, wait: None }
    }

    /// The page after a try that failed; `wait`: how long nobody gets in by this login.
    fn again(self, login: &str, wait: Option<Seconds>) -> Self {
        let refused = match wait {
            None => BrowserError::WrongLogin,
            Some(retry_after) => BrowserError::TooManyRequests { retry_after },
        };
        let problem = Some(refused.detail(self.language));
        Self { login: login.to_owned(), problem, wait, ..self }
    }

    /// 200 when it is shown first; 401, or 429, when it is shown again.
    pub(crate) fn answer(&self) -> Answer {
        let status = match (self.problem, self.wait) {
            (None, _) => 200,
            (Some(_), None) => 401,
            (Some(_), Some(_)) => 429,
        };
        let page = show(status, self.language, self, &[]);
        match self.wait {
            Some(wait) => page.with("retry-after", wait.to_string()),
            None => page,
        }
    }
}
