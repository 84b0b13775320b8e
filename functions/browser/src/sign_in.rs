//! Sign in: `docs/api/browser.md#sign-in`.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::app::apis::Api;
use shared::captcha::CaptchaResponse;
use shared::factor::otp::Otp;
use shared::secret::Secret;
use shared::service::sign_in::{Attempt, WrongLogin};
use shared::service::verify_email::AskedBy;
use shared::session::Transport;
use shared::user::identity::Login;
use shared::user::lockout::FREE_FAILURES;
use shared::user::password::CanonicalPassword;
use web::{SigningIn, Visitor};

use crate::caller::closed_unless_served;
use crate::email_link;
use crate::wire::{self, BrowserApi, BrowserError, Field, NewCookies, Problem, Problems, object_schema};

/// `POST /api/v1/auth/signin`: opens a session in cookies.
#[derive(Clone, Copy, Debug)]
pub struct SignIn;

/// `{"login", "password", "otp", "captcha"}`
#[derive(Debug)]
pub struct SignInBody {
    login: Login,
    password: CanonicalPassword,
    otp: Option<Otp>,
    captcha: Option<CaptchaResponse>,
}

impl Endpoint for SignIn {
    const ROUTE: Route = Route::post("browser-sign-in", "/api/v1/auth/signin");
    const SUMMARY: &'static str = "Sign in with e-mail or username and password. The session is in cookies.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::EXAMPLE),
        BrowserError::CaptchaRefused,
        BrowserError::WrongLogin(WrongLogin::Unknown),
        BrowserError::OtpRequired,
        BrowserError::WrongOtp,
        BrowserError::NoSecondFactor,
        BrowserError::ForeignOrigin,
        BrowserError::NotFound,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = SigningIn;
    type Input = SignInBody;
    type Output = NewCookies;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
        ctx.captcha();
    }

    async fn call(
        at: &Moment,
        caller: SigningIn,
        body: SignInBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let SigningIn { visitor: Visitor { app, device, language, .. }, former } = &caller;
        closed_unless_served(app)?;
        // First: a client without an answer must not use up the tries of a login.
        at.check_captcha(app, Api::Browser, body.captcha.as_ref(), device.address()).await?;
        let attempt = Attempt {
            app: &app.id,
            login: &body.login,
            password: &body.password,
            source: device.address(),
            free_failures: FREE_FAILURES,
        };
        let reserved = at.reserve(&attempt).await?;
        let pass = gate.pass().await?;
        let recognised = at.recognise(attempt, reserved).await?;
        let identity = recognised.identity.clone();
        let entrant = at.pass(app, recognised, body.otp.as_ref()).await?;
        let methods = entrant.methods();
        let (opening, pair) =
            at.opener(app, Transport::Browser, device).await?.by(methods).pair(identity.user, identity.epoch)?;
        let page = email_link::page(&at.config.public_url);
        let by = AskedBy { device, language: *language, page: &page };
        let (opened, ()) =
            tokio::join!(at.let_in(app, &entrant, &opening, *language), at.ask_again_if_due(app, &identity, by),);
        opened?;
        at.end_former(former.as_ref()).await;
        Ok(pass.give(NewCookies::Session(web::session::cookies(at, &app.id, &pair))))
    }
}

impl Input<SignIn> for SignInBody {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["login", "password", "otp", "captcha"])?;
        let mut problems = Problems::none();
        let text = |name| fields.text(name).filter(|text| !text.is_empty()).ok_or(Problem::Missing);
        let login = problems.note(Field::Login, text("login"));
        let password = problems.note(Field::Password, text("password"));
        let captcha = problems.note(Field::Captcha, wire::read_captcha(&fields));
        let (Some(login), Some(password), Some(captcha)) = (login, password, captcha) else {
            return Err(BrowserError::Invalid(problems));
        };
        let password = CanonicalPassword::from_plain(&Secret::new(password.to_owned()));
        Ok(Self { login: Login::read(login), password, otp: Otp::given(fields.text("otp")), captcha })
    }

    fn schema() -> Option<Value> {
        let mut schema = object_schema(&[
            ("login", json!({"type": "string", "minLength": 1, "description": "an e-mail address or a username"})),
            ("password", json!({"type": "string", "minLength": 1})),
        ]);
        schema["properties"]["captcha"] = wire::captcha_schema();
        schema["properties"]["otp"] = runtime::otp_schema();
        Some(schema)
    }
}
