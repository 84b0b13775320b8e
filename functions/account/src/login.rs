//! C1: somebody is back.

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::session::{Opening, Session, Transport};
use shared::user::identity::{self, Identity};
use shared::user::password::CanonicalPassword;
use shared::user::sign_in::SignIn;

use crate::caller::Client;
use crate::tokens::Pair;
use crate::wire::{AccountApi, AccountError, Field, Problems, digest_schema, object_schema, required, text_schema};

/// `POST /api/Auth/Login`: opens a session.
#[derive(Clone, Copy, Debug)]
pub struct Login;

/// `{"username", "password"}`
#[derive(Debug)]
pub struct LoginBody {
    login: identity::Login,
    password: CanonicalPassword,
}

/// Wrong passwords that are free, in five minutes. Fixed by the contract.
pub(crate) const FREE_FAILURES: u32 = 5;

impl Endpoint for Login {
    const ROUTE: Route = Route::post("account-login", "/api/Auth/Login");
    const SUMMARY: &'static str = "Sign in with username or e-mail and the password's digest.";
    const REFUSALS: &'static [AccountError] = &[
        AccountError::MediaType,
        AccountError::Malformed,
        AccountError::Invalid(Problems::EXAMPLE),
        AccountError::WrongLogin,
        AccountError::Resting,
        AccountError::BodyTooLarge,
    ];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Client;
    type Input = LoginBody;
    type Loaded = Option<Identity>;
    type Output = Pair;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn load(ctx: &Ctx, caller: &Client, body: &LoginBody) -> Result<Option<Identity>, AccountError> {
        Ok(ctx.store.identity_of(&caller.app.id, &body.login, ctx.now()).await?)
    }

    async fn call(
        ctx: &Ctx,
        caller: Client,
        body: LoginBody,
        identity: Option<Identity>,
    ) -> Result<Pair, AccountError> {
        let (app, now) = (&caller.app, ctx.now());
        let sign_in = SignIn {
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
        let (user, epoch) = (recognised.identity.user, recognised.identity.epoch);
        let session = Session::open(user, epoch, Transport::Account, caller.device.clone(), &ctx.random, now);
        let (opening, refresh) = Opening::refreshable(session, &ctx.random);
        let pair = Pair::of(ctx, app, &opening.session, &refresh).await?;
        sign_in.open(&recognised, &opening).await?;
        Ok(pair)
    }
}

impl Input<Login> for LoginBody {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let [username, password] = required(request, [Field::Username, Field::Password])?;
        Ok(Self { login: identity::Login::read(&username), password: CanonicalPassword::presented(&password) })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("username", text_schema()), ("password", digest_schema())]))
    }
}
