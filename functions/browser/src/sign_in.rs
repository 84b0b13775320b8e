//! B2: somebody is back.

use runtime::{Ctx, Endpoint, Fields, Input, Request, Route};
use serde_json::{Value, json};
use shared::captcha::{CaptchaResponse, Passed};
use shared::secret::Secret;
use shared::session::{Opening, Session, Transport};
use shared::store::StoreError;
use shared::user::identity::{Identity, Login};
use shared::user::password::CanonicalPassword;
use shared::user::sign_in;

use crate::caller::Visitor;
use crate::cookies::Cookies;
use crate::verification::{self, Addressee};
use crate::wire::{self, BrowserApi, BrowserError, Field, NewCookies, Problem, Problems, object_schema};

/// `POST /api/v1/auth/signin`: opens a session in cookies.
#[derive(Clone, Copy, Debug)]
pub struct SignIn;

/// `{"login", "password", "captcha"}`
#[derive(Debug)]
pub struct SignInBody {
    login: Login,
    password: CanonicalPassword,
    captcha: Option<CaptchaResponse>,
}

/// Wrong passwords that are free, in five minutes: as in the App API.
const FREE_FAILURES: u32 = 10;

impl Endpoint for SignIn {
    const ROUTE: Route = Route::post("browser-sign-in", "/api/v1/auth/signin");
    const SUMMARY: &'static str = "Sign in with e-mail or username and password; the session is in cookies.";
    const REFUSALS: &'static [BrowserError] = &[
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::EXAMPLE),
        BrowserError::CaptchaRefused,
        BrowserError::WrongLogin,
        BrowserError::ForeignOrigin,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Visitor;
    type Input = SignInBody;
    type Loaded = Option<Identity>;
    type Output = NewCookies;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
        ctx.captcha();
    }

    async fn load(ctx: &Ctx, caller: &Visitor, body: &SignInBody) -> Result<Option<Identity>, BrowserError> {
        let (captcha, identity) = tokio::join!(
            ctx.captcha().verify(&caller.app, body.captcha.as_ref(), caller.device.address()),
            ctx.store.identity_of(&caller.app.id, &body.login, ctx.now()),
        );
        if let Passed::Unverified(outage) = captcha? {
            runtime::log_captcha_outage(&caller.app.id, &outage);
        }
        Ok(identity?)
    }

    async fn call(
        ctx: &Ctx,
        caller: Visitor,
        body: SignInBody,
        identity: Option<Identity>,
    ) -> Result<NewCookies, BrowserError> {
        let (app, now) = (&caller.app, ctx.now());
        let sign_in = sign_in::SignIn {
            store: &ctx.store,
            hasher: ctx.hasher(),
            random: &ctx.random,
            app: &app.id,
            login: &body.login,
            password: &body.password,
            free_failures: FREE_FAILURES,
            now,
        };
        let recognised = sign_in.recognise(identity.as_ref()).await?;
        let identity = recognised.identity;
        let session =
            Session::open(identity.user, identity.epoch, Transport::Browser, caller.device.clone(), &ctx.random, now);
        let ring = ctx.store.ring(now).await?;
        let access = session.access_token(app, &ctx.config.public_url, &ring, now)?;
        let (opening, refresh) = Opening::refreshable(session, &ctx.random);
        let (opened, asked) = tokio::join!(sign_in.open(&recognised, &opening), ask_if_due(ctx, &caller, identity));
        opened?;
        if let Err(error) = asked {
            // Whoever has the password is in; the next sign-in asks again.
            runtime::warn("nobody was asked to verify the address", &error);
        }
        Ok(NewCookies::of(Cookies(&ctx.config.browser.cookies).set(&access, &refresh.write(&app.id, &ring))))
    }
}

/// Mails a fresh code to somebody whose address is not proven and who has none that lives: this is the way to have it
/// sent again.
async fn ask_if_due(ctx: &Ctx, caller: &Visitor, identity: &Identity) -> Result<(), StoreError> {
    if identity.proven {
        return Ok(());
    }
    let app = &caller.app;
    let Some(user) = ctx.store.user(&app.id, identity.user).await? else { return Ok(()) };
    let Some(email) = &user.email else { return Ok(()) };
    if user.email_proof.is_due(ctx.now()) {
        let to = Addressee { app, user: user.id, email, language: caller.language };
        return verification::ask_again(ctx, to).await;
    }
    if user.email_proof.is_proven() {
        ctx.store.note_proven(&app.id, &user, ctx.now()).await?;
    }
    Ok(())
}

impl Input<SignIn> for SignInBody {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body())?;
        let mut problems = Problems::none();
        let text = |name| fields.text(name).filter(|text| !text.is_empty()).ok_or(Problem::Missing);
        let login = problems.note(Field::Login, text("login"));
        let password = problems.note(Field::Password, text("password"));
        let captcha = problems.note(Field::Captcha, wire::read_captcha(&fields));
        let (Some(login), Some(password), Some(captcha)) = (login, password, captcha) else {
            return Err(BrowserError::Invalid(problems));
        };
        let password = CanonicalPassword::from_plain(&Secret::new(password.to_owned()));
        Ok(Self { login: Login::read(login), password, captcha })
    }

    fn schema() -> Option<Value> {
        let mut schema = object_schema(&[
            ("login", json!({"type": "string", "minLength": 1, "description": "an e-mail address or a username"})),
            ("password", json!({"type": "string", "minLength": 1})),
        ]);
        schema["properties"]["captcha"] = wire::captcha_schema();
        Some(schema)
    }
}
