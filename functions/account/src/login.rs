//! Log in: `docs/api/account.md#log-in`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::app::apis::Api;
use shared::captcha::CaptchaResponse;
use shared::factor::otp::Otp;
use shared::service::sign_in::{Attempt, WrongLogin};
use shared::session::Transport;
use shared::user::identity::{self, Identity};
use shared::user::lockout::FEW_FREE_FAILURES;
use shared::user::password::CanonicalPassword;

use crate::caller::Client;
use crate::tokens::Pair;
use crate::wire::{
    AccountApi, AccountError, Field, Problems, digest_schema, object_schema, read_captcha, read_otp, required,
    text_schema, with_captcha,
};

/// `POST /api/Auth/Login`: opens a session.
#[derive(Clone, Copy, Debug)]
pub struct Login;

/// `{"username", "password"}`, `otp` where the account has a second factor, and `captcha` where the app asks for one
#[derive(Debug)]
pub struct LoginBody {
    login: identity::Login,
    password: CanonicalPassword,
    otp: Option<Otp>,
    captcha: Option<CaptchaResponse>,
}

impl Endpoint for Login {
    const ROUTE: Route = Route::post("account-login", "/api/Auth/Login");
    const SUMMARY: &'static str = "Sign in with username or e-mail and the password's digest.";
    const ERRORS: &'static [AccountError] = &[
        AccountError::MediaType,
        AccountError::Malformed,
        AccountError::Invalid(Problems::EXAMPLE),
        AccountError::WrongLogin(WrongLogin::Unknown),
        AccountError::OtpRequired,
        AccountError::WrongOtp,
        AccountError::NoSecondFactor,
        AccountError::CaptchaRefused,
        AccountError::ForeignPassword,
        AccountError::Resting,
        AccountError::BodyTooLarge,
    ];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Client;
    type Input = LoginBody;
    type Output = Pair;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn call(
        at: &Moment,
        caller: Client,
        body: LoginBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Pair>, AccountError> {
        let Ok(app) = caller.app() else {
            let _ = gate.pass().await?;
            return Err(AccountError::WrongLogin(WrongLogin::Unknown));
        };
        // First: a client without an answer must not use up the tries of a login.
        at.check_captcha(app, Api::Account, body.captcha.as_ref(), caller.device.address()).await?;
        let attempt = Attempt {
            app: &app.id,
            login: &body.login,
            password: &body.password,
            source: caller.device.address(),
            free_failures: FEW_FREE_FAILURES,
        };
        let reserved = at.reserve(&attempt).await?;
        let pass = gate.pass().await?;
        let recognised = at.recognise(attempt, reserved).await?;
        let Identity { user, epoch, .. } = recognised.identity;
        let entrant = at.pass(app, recognised, body.otp.as_ref()).await?;
        let opener = at.opener(app, Transport::Account, &caller.device).await?;
        let (opening, pair) = opener.by(entrant.methods()).pair(user, epoch)?;
        at.let_in(app, &entrant, &opening, caller.language).await?;
        Ok(pass.give(Pair::of(app, pair)))
    }
}

impl Input<Login> for LoginBody {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let [username, password] = required(request, [Field::Username, Field::Password])?;
        let captcha = read_captcha(request);
        let login = identity::Login::read(username.expose());
        Ok(Self { login, password: CanonicalPassword::presented(password), otp: read_otp(request), captcha })
    }

    fn schema() -> Option<Value> {
        let mut schema = with_captcha(object_schema(&[("username", text_schema()), ("password", digest_schema())]));
        schema["properties"]["otp"] = runtime::otp_schema();
        Some(schema)
    }
}
