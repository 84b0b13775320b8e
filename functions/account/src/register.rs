//! Register: `docs/api/account.md#register`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::app::apis::Api;
use shared::captcha::CaptchaResponse;
use shared::id::AppId;
use shared::store::{Registration, StoreError};
use shared::user::User;
use shared::user::email::Email;
use shared::user::identity::Handle;
use shared::user::password::CanonicalPassword;
use shared::user::username::Username;

use crate::caller::Client;
use crate::wire::{
    AccountApi, AccountError, Field, Problems, Success, digest_schema, object_schema, read_captcha, required,
    with_captcha,
};

/// `POST /api/Auth/Register`: makes a user, who then goes to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Register;

/// `{"username", "password", "email"}`, and `captcha` where the app asks for one
#[derive(Debug)]
pub struct RegisterBody {
    account: Result<Account, Flawed>,
    captcha: Option<CaptchaResponse>,
}

#[derive(Debug)]
struct Account {
    username: Username,
    password: CanonicalPassword,
    email: Email,
}

/// What cannot be registered. A name in it that is taken is what the client is told of first.
#[derive(Debug)]
struct Flawed {
    username: Option<Username>,
    email: Option<Email>,
    flaw: AccountError,
}

/// The longest address, in characters (`docs/api/account.md#register`); the other dialects take longer ones.
const LONGEST_EMAIL: usize = 50;

impl Endpoint for Register {
    const ROUTE: Route = Route::post("account-register", "/api/Auth/Register");
    const SUMMARY: &'static str = "Register with username, e-mail and the password's digest. The answer has no token.";
    const ERRORS: &'static [AccountError] = &[
        AccountError::MediaType,
        AccountError::Malformed,
        AccountError::Invalid(Problems::EXAMPLE),
        AccountError::UsernameTaken,
        AccountError::EmailTaken,
        AccountError::InvalidUsername,
        AccountError::InvalidPassword,
        AccountError::InvalidEmail,
        AccountError::CaptchaRefused,
        AccountError::AppDisabled,
        AccountError::BodyTooLarge,
    ];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Client;
    type Input = RegisterBody;
    type Output = Success;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    async fn call(
        at: &Moment,
        caller: Client,
        body: RegisterBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Success>, AccountError> {
        let app = caller.app()?;
        at.check_captcha(app, Api::Account, body.captcha.as_ref(), caller.device.address()).await?;
        let app = &app.id;
        let Account { username, password, email } = match body.account {
            Ok(account) => account,
            Err(flawed) => return Err(first_problem(at, app, flawed).await?),
        };
        let pass = gate.pass().await?;
        let password = Some(at.hash(&password));
        let user = User { username: Some(username), email: Some(email), ..at.new_user() };
        let source = caller.device.address().to_owned();
        let registration = Registration { user, password, challenge: None, opening: None, source };
        at.register(app, &registration).await?;
        Ok(pass.give(Success))
    }
}

/// What a client is told of an account that cannot be registered: first of a name that is taken. Only of these the names are
/// looked up; of the others, the transaction tells which is taken.
async fn first_problem(at: &Moment, app: &AppId, flawed: Flawed) -> Result<AccountError, StoreError> {
    let (username, email) = tokio::try_join!(
        is_taken(at, app, flawed.username.map(Handle::Username)),
        is_taken(at, app, flawed.email.map(Handle::Email)),
    )?;
    Ok(match (username, email) {
        (true, _) => AccountError::UsernameTaken,
        (false, true) => AccountError::EmailTaken,
        (false, false) => flawed.flaw,
    })
}

/// A text that cannot be a username or address belongs to nobody.
async fn is_taken(at: &Moment, app: &AppId, handle: Option<Handle>) -> Result<bool, StoreError> {
    match handle {
        Some(handle) => Ok(at.store.identity(app, &handle, at.now).await?.is_some()),
        None => Ok(false),
    }
}

impl Input<Register> for RegisterBody {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let [username, password, email] = required(request, [Field::Username, Field::Password, Field::Email])?;
        let (username, password) = (username.expose().parse().ok(), password.expose().parse().ok());
        let email = email.expose().parse::<Email>().ok();
        let email_fits = email.as_ref().is_some_and(|email| email.as_str().len() <= LONGEST_EMAIL);
        let account = match (username, password, email) {
            (Some(username), Some(password), Some(email)) if email_fits => Ok(Account { username, password, email }),
            (username @ None, _, email) => Err(Flawed { username, email, flaw: AccountError::InvalidUsername }),
            (username, None, email) => Err(Flawed { username, email, flaw: AccountError::InvalidPassword }),
            (username, _, email) => Err(Flawed { username, email, flaw: AccountError::InvalidEmail }),
        };
        Ok(Self { account, captcha: read_captcha(request) })
    }

    fn schema() -> Option<Value> {
        Some(with_captcha(object_schema(&[
            ("username", json!({"type": "string", "pattern": "^[a-zA-Z0-9_]{1,20}$"})),
            ("password", digest_schema()),
            ("email", json!({"type": "string", "format": "email", "maxLength": LONGEST_EMAIL})),
        ])))
    }
}
