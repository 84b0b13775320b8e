//! A2: somebody is back.

use runtime::{Ctx, Endpoint, Fields, Input, Request, Route};
use serde_json::{Value, json};
use shared::secret::Secret;
use shared::session::{Session, Transport};
use shared::user::email::Email;
use shared::user::identity::{Handle, Identity};
use shared::user::lockout::Brake;
use shared::user::password::{CanonicalPassword, Verdict};

use crate::caller::KnownApp;
use crate::wire::{AppApi, AppError, Welcome, email_schema, object_schema};

/// `POST /api/v1/auth/login`: checks a password and opens a session.
#[derive(Clone, Copy, Debug)]
pub struct Login;

/// `{"email", "password"}`
#[derive(Debug)]
pub struct LoginBody {
    email: Email,
    handle: Handle,
    password: CanonicalPassword,
}

/// Wrong passwords that are free, in five minutes. SP 800-63B-4 §3.2.2 allows a hundred in all; ten stop guessing and
/// let a person try every password they have.
const FREE_FAILURES: u32 = 10;

impl Endpoint for Login {
    const ROUTE: Route = Route::post("app-login", "/api/v1/auth/login");
    const SUMMARY: &'static str = "Sign in with e-mail and password.";
    const REFUSALS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::MalformedBody,
        AppError::NoLoginForm,
        AppError::InvalidEmail,
        AppError::WrongLogin,
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = KnownApp;
    type Input = LoginBody;
    type Loaded = Option<Identity>;
    type Output = Welcome;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn load(ctx: &Ctx, caller: &KnownApp, body: &LoginBody) -> Result<Option<Identity>, AppError> {
        Ok(ctx.store.identity(caller.id(), &body.handle, ctx.now()).await?)
    }

    async fn call(
        ctx: &Ctx,
        caller: KnownApp,
        body: LoginBody,
        identity: Option<Identity>,
    ) -> Result<Welcome, AppError> {
        let now = ctx.now();
        // The work is the same whether the handle is unknown, resting or wrong: hash, then count.
        let verdict =
            ctx.hasher().verify(&body.password, identity.as_ref().and_then(|identity| identity.password.as_ref()));
        let (Some(identity), Verdict::Right | Verdict::RightButStale) = (&identity, verdict) else {
            return Err(refuse(ctx, &caller, &body, identity.is_some()).await?);
        };
        if let Brake::Resting(_) = identity.failures.brake(FREE_FAILURES, now) {
            return Err(refuse(ctx, &caller, &body, true).await?);
        }
        let session = Session::open(identity.user, identity.epoch, Transport::App, &ctx.random, now);
        let ring = ctx.store.ring(now).await?;
        let token = session.token(caller.app(), &ctx.config.public_url, &ring)?;
        tokio::try_join!(
            async { ctx.store.open_session(caller.id(), &session).await },
            tidy(ctx, &caller, &body, identity, verdict),
        )?;
        Ok(Welcome::signed_in(identity.user, body.email, token))
    }
}

/// Counts a login that will not be let in, and says why.
async fn refuse(ctx: &Ctx, caller: &KnownApp, body: &LoginBody, known: bool) -> Result<AppError, AppError> {
    let brake = ctx.store.note_failure(caller.id(), &body.handle, known, FREE_FAILURES, ctx.now()).await?;
    Ok(match brake {
        Brake::Open => AppError::WrongLogin,
        Brake::Resting(retry_after) => AppError::TooManyRequests { retry_after },
    })
}

/// What a success puts right, beside the session: failures are forgotten, an old hash is made anew.
async fn tidy(
    ctx: &Ctx,
    caller: &KnownApp,
    body: &LoginBody,
    identity: &Identity,
    verdict: Verdict,
) -> Result<(), shared::store::StoreError> {
    let now = ctx.now();
    if !identity.failures.is_clear() {
        ctx.store.clear_failures(caller.id(), &body.handle, now).await?;
    }
    if let (Verdict::RightButStale, Some(old)) = (verdict, &identity.password) {
        let fresh = ctx.hasher().hash(&body.password, &ctx.random);
        ctx.store.replace_hash(caller.id(), &body.handle, old, &fresh, now).await?;
    }
    Ok(())
}

impl Input<Login> for LoginBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body())?;
        let member = |name| fields.text(name).filter(|text| !text.is_empty()).ok_or(AppError::NoLoginForm);
        let (email, password) = (member("email")?, Secret::new(member("password")?.to_owned()));
        let email: Email = email.parse().map_err(|_| AppError::InvalidEmail)?;
        Ok(Self { handle: email.clone().into(), email, password: CanonicalPassword::from_plain(&password) })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("email", email_schema()), ("password", json!({"type": "string", "minLength": 1}))]))
    }
}
