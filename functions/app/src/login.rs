//! A2, A3: somebody is back, or comes in by phone.

mod password;
mod phone;

use runtime::{Answer, Ctx, Endpoint, Fields, Input, Output, Request, Route};
use serde_json::Value;
use shared::user::identity::Identity;
use shared::user::phone_sign_in::Proven;

use crate::caller::KnownApp;
use crate::wire::phone::PhoneWelcome;
use crate::wire::{AppApi, AppError, Welcome, either_schema};

/// `POST /api/v1/auth/login`: opens a session for a password, or for a code by text message.
#[derive(Clone, Copy, Debug)]
pub struct Login;

/// One path, two forms.
#[derive(Debug)]
pub struct LoginBody(Form);

#[derive(Debug)]
enum Form {
    Password(password::Body),
    Phone(phone::Body),
}

/// What a form finds.
#[derive(Debug)]
pub struct Found(Finding);

#[derive(Debug)]
enum Finding {
    Identity(Option<Identity>),
    Proven(Proven),
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
    const REFUSALS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::MalformedBody,
        AppError::NoLoginForm,
        AppError::InvalidEmail,
        AppError::WrongLogin,
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
    type Loaded = Found;
    type Output = LoggedIn;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn load(ctx: &Ctx, caller: &KnownApp, body: &LoginBody) -> Result<Found, AppError> {
        Ok(Found(match &body.0 {
            Form::Password(form) => Finding::Identity(form.identity(ctx, caller).await?),
            Form::Phone(form) => Finding::Proven(form.prove(ctx, caller).await?),
        }))
    }

    async fn call(ctx: &Ctx, caller: KnownApp, body: LoginBody, found: Found) -> Result<LoggedIn, AppError> {
        match (body.0, found.0) {
            (Form::Password(form), Finding::Identity(identity)) => {
                Ok(LoggedIn::ByPassword(form.enter(ctx, &caller, identity).await?))
            }
            (_, Finding::Proven(proven)) => Ok(LoggedIn::ByPhone(phone::enter(ctx, &caller, proven).await?)),
            // A phone that proved nothing did not get past `load`.
            (Form::Phone(_), Finding::Identity(_)) => Err(AppError::NoCode),
        }
    }
}

impl Input<Login> for LoginBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body())?;
        let by_phone = fields.given("phone") || fields.given("code");
        Ok(Self(if by_phone {
            Form::Phone(phone::Body::read(&fields)?)
        } else {
            Form::Password(password::Body::read(&fields)?)
        }))
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
