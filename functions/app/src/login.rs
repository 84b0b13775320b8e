//! Sign in by password or by phone: `docs/api/app.md#sign-in`.

mod password;
mod phone;

use runtime::{Admitted, Answer, Ctx, Endpoint, Fields, Gate, Input, Moment, Output, Request, Route};
use serde_json::Value;
use shared::app::apis::Api;
use shared::service::sign_in::WrongLogin;

use crate::caller::KnownApp;
use crate::wire::phone::{PhoneWelcome, admit_phone};
use crate::wire::{AppApi, AppError, Welcome, either_schema};

/// `POST /api/v1/auth/login`: opens a session for a password, or for a code by text message.
#[derive(Clone, Copy, Debug)]
pub struct Login;

/// One path, two forms.
#[derive(Debug)]
pub struct LoginBody {
    form: LoginForm,
    accept_language: Option<String>,
}

#[derive(Debug)]
enum LoginForm {
    Password(password::Body),
    Phone(phone::Body),
}

/// What a form gives.
#[derive(Debug)]
pub enum LoggedIn {
    /// For e-mail and password.
    ByPassword(Welcome),
    /// For phone and code.
    ByPhone(PhoneWelcome),
}

impl Endpoint for Login {
    const ROUTE: Route = Route::post("app-login", "/api/v1/auth/login");
    const SUMMARY: &'static str = "Sign in with e-mail and password, or with phone and code.";
    const ERRORS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::MalformedBody,
        AppError::NoLoginForm,
        AppError::InvalidEmail,
        AppError::WrongLogin(WrongLogin::Unknown),
        AppError::OtpRequired,
        AppError::WrongOtp,
        AppError::NoSecondFactor,
        AppError::CaptchaRefused,
        AppError::InvalidPhone,
        AppError::NoCode,
        AppError::CodeExpired,
        AppError::WrongCode,
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = KnownApp;
    type Input = LoginBody;
    type Output = LoggedIn;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn call(
        at: &Moment,
        caller: KnownApp,
        body: LoginBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<LoggedIn>, AppError> {
        let LoginBody { form, accept_language } = body;
        match form {
            LoginForm::Password(form) => {
                // First: a client without an answer must not use up the tries of a login.
                let source = caller.device().address();
                at.check_captcha(caller.app(), Api::App, form.captcha.as_ref(), source).await?;
                // Before the gate, like the try of a code.
                let reserved = at.reserve(&form.attempt(&caller)).await?;
                let pass = gate.pass().await?;
                Ok(pass
                    .give(LoggedIn::ByPassword(form.enter(at, &caller, reserved, accept_language.as_deref()).await?)))
            }
            LoginForm::Phone(form) => {
                // Before the gate: after it, this would be a round trip more. A try that is counted beside a refusal costs a
                // try, and tells nothing.
                let phone = admit_phone(&form.phone, caller.app())?;
                let proven = at.prove_phone(caller.id(), phone, caller.device().address(), form.code.as_ref()).await?;
                let pass = gate.pass().await?;
                let welcome = phone::enter(at, &caller, proven, form.otp.as_ref(), accept_language.as_deref()).await?;
                Ok(pass.give(LoggedIn::ByPhone(welcome)))
            }
        }
    }
}

impl Input<Login> for LoginBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body(), &["email", "password", "phone", "code", "otp", "captcha"])?;
        let by_phone = fields.given("phone") || fields.given("code");
        let form = if by_phone {
            LoginForm::Phone(phone::Body::read(&fields)?)
        } else {
            LoginForm::Password(password::Body::read(&fields)?)
        };
        Ok(Self { form, accept_language: request.header("accept-language").map(str::to_owned) })
    }

    fn schema() -> Option<Value> {
        Some(either_schema([password::Body::schema(), phone::Body::schema()]))
    }
}

impl Output for LoggedIn {
    fn answer(self) -> Answer {
        match self {
            Self::ByPassword(welcome) => welcome.answer(),
            Self::ByPhone(welcome) => welcome.answer(),
        }
    }

    fn schema() -> Value {
        either_schema([Welcome::schema(), PhoneWelcome::schema()])
    }
}
