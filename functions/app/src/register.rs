//! Register with e-mail and password: `docs/api/app.md#register`.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::app::apis::Api;
use shared::captcha::CaptchaResponse;
use shared::session::Transport;
use shared::session::method::Method;
use shared::store::Registration;
use shared::user::User;
use shared::user::email::Email;
use shared::user::password::CanonicalPassword;

use crate::caller::KnownApp;
use crate::wire::{
    AppApi, AppError, NewPassword, Welcome, email_schema, object_schema, read_captcha, read_email, with_captcha,
};

/// `POST /api/v1/auth/register`: makes a user and signs them in.
#[derive(Clone, Copy, Debug)]
pub struct Register;

/// `{"email", "password"}`, and `captcha` where the app asks for one
#[derive(Debug)]
pub struct RegisterBody {
    email: Email,
    password: NewPassword,
    captcha: Option<CaptchaResponse>,
}

impl Endpoint for Register {
    const ROUTE: Route = Route::post("app-register", "/api/v1/auth/register");
    const SUMMARY: &'static str = "Register with e-mail and password. The answer has a token.";
    const ERRORS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::MalformedBody,
        AppError::InvalidEmail,
        AppError::PasswordLength,
        AppError::EmailTaken,
        AppError::CaptchaRefused,
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = KnownApp;
    type Input = RegisterBody;
    type Output = Welcome;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn call(
        at: &Moment,
        caller: KnownApp,
        body: RegisterBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Welcome>, AppError> {
        at.check_captcha(caller.app(), Api::App, body.captcha.as_ref(), caller.device().address()).await?;
        let pass = gate.pass().await?;
        let password = at.hash(&CanonicalPassword::from_plain(&body.password.0));
        let user = User { email: Some(body.email.clone()), ..at.new_user() };
        let id = user.id;
        // Signed first: a key that cannot be used leaves nobody registered without a token.
        let opener = at.opener(caller.app(), Transport::App, caller.device()).await?.by(Method::Password);
        let (opening, token) = opener.single(id, user.epoch)?;
        let source = caller.device().address().to_owned();
        let registration =
            Registration { user, password: Some(password), challenge: None, opening: Some(opening), source };
        at.register(caller.id(), &registration).await?;
        Ok(pass.give(Welcome::registered(id, body.email, token)))
    }
}

impl Input<Register> for RegisterBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body(), &["email", "password", "captcha"])?;
        let captcha = read_captcha(&fields);
        Ok(Self { email: read_email(&fields)?, password: NewPassword::read(&fields, "password")?, captcha })
    }

    fn schema() -> Option<Value> {
        Some(with_captcha(object_schema(&[("email", email_schema()), ("password", NewPassword::schema())])))
    }
}
