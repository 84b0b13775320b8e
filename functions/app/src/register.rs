//! A1: somebody joins an app.

use runtime::{Ctx, Endpoint, Fields, Input, Request, Route};
use serde_json::Value;
use shared::session::{Session, Transport};
use shared::store::{Nonce, Registration};
use shared::user::User;
use shared::user::email::Email;
use shared::user::password::CanonicalPassword;

use crate::caller::KnownApp;
use crate::wire::{AppApi, AppError, NewPassword, Welcome, email_schema, object_schema, read_email};

/// `POST /api/v1/auth/register`: makes a user and signs them in.
#[derive(Clone, Copy, Debug)]
pub struct Register;

/// `{"email", "password"}`
#[derive(Debug)]
pub struct RegisterBody {
    email: Email,
    password: NewPassword,
}

impl Endpoint for Register {
    const ROUTE: Route = Route::post("app-register", "/api/v1/auth/register");
    const SUMMARY: &'static str = "Register with e-mail and password; the token comes at once.";
    const REFUSALS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::MalformedBody,
        AppError::InvalidEmail,
        AppError::PasswordLength,
        AppError::EmailTaken,
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = KnownApp;
    type Input = RegisterBody;
    type Loaded = ();
    type Output = Welcome;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn load(_: &Ctx, _: &KnownApp, _: &RegisterBody) -> Result<(), AppError> {
        Ok(())
    }

    async fn call(ctx: &Ctx, caller: KnownApp, body: RegisterBody, (): ()) -> Result<Welcome, AppError> {
        let (now, random) = (ctx.now(), &ctx.random);
        let password = ctx.hasher().hash(&CanonicalPassword::from_plain(&body.password.0), random);
        let user = User { email: Some(body.email.clone()), ..User::new(random, now) };
        let session = Session::open(user.id, user.epoch, Transport::App, caller.device(), random, now);
        let registration =
            Registration { user, password: Some(password), challenge: None, opening: Some(session.clone().into()) };
        let ring = ctx.store.ring(now).await?;
        // Signed first: a key that cannot be used leaves nobody registered without a token.
        let token = session.access_token(caller.app(), &ctx.config.public_url, &ring, now)?;
        ctx.store.register(caller.id(), &registration, &Nonce::draw(random), now).await?;
        Ok(Welcome::registered(session.user, body.email, token))
    }
}

impl Input<Register> for RegisterBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body())?;
        Ok(Self { email: read_email(&fields)?, password: NewPassword::read(&fields, "password")? })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("email", email_schema()), ("password", NewPassword::schema())]))
    }
}
