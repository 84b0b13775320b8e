//! C3: somebody joins.

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::{Value, json};
use shared::id::AppId;
use shared::store::{Nonce, Registration, StoreError};
use shared::user::User;
use shared::user::email::Email;
use shared::user::identity::Handle;
use shared::user::password::CanonicalPassword;
use shared::user::username::Username;

use crate::caller::Client;
use crate::wire::{AccountApi, AccountError, Field, Problems, Success, digest_schema, object_schema, required};

/// `POST /api/Auth/Register`: makes a user, who then goes to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Register;

/// `{"username", "password", "email"}`
#[derive(Debug)]
pub struct RegisterBody(Result<Account, Flawed>);

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

/// The longest address, in characters. Fixed by the contract; the other dialects take longer ones.
const LONGEST_EMAIL: usize = 50;

impl Endpoint for Register {
    const ROUTE: Route = Route::post("account-register", "/api/Auth/Register");
    const SUMMARY: &'static str = "Register with username, e-mail and the password's digest; no token comes.";
    const REFUSALS: &'static [AccountError] = &[
        AccountError::MediaType,
        AccountError::Malformed,
        AccountError::Invalid(Problems::EXAMPLE),
        AccountError::UsernameTaken,
        AccountError::EmailTaken,
        AccountError::InvalidUsername,
        AccountError::InvalidPassword,
        AccountError::InvalidEmail,
        AccountError::BodyTooLarge,
    ];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Client;
    type Input = RegisterBody;
    type Loaded = ();
    type Output = Success;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
    }

    /// Only what cannot be registered is looked up: for the others, the transaction tells which name is taken.
    async fn load(ctx: &Ctx, caller: &Client, body: &RegisterBody) -> Result<(), AccountError> {
        let Err(flawed) = &body.0 else { return Ok(()) };
        let app = &caller.app.id;
        let (username, email) = tokio::try_join!(
            is_taken(ctx, app, flawed.username.clone().map(Handle::Username)),
            is_taken(ctx, app, flawed.email.clone().map(Handle::Email)),
        )?;
        Err(if username {
            AccountError::UsernameTaken
        } else if email {
            AccountError::EmailTaken
        } else {
            flawed.flaw.clone()
        })
    }

    async fn call(ctx: &Ctx, caller: Client, body: RegisterBody, (): ()) -> Result<Success, AccountError> {
        let Account { username, password, email } = body.0.map_err(|flawed| flawed.flaw)?;
        let (now, random) = (ctx.now(), &ctx.random);
        let password = ctx.hasher().hash(&password, random);
        let user = User { username: Some(username), email: Some(email), ..User::new(random, now) };
        let registration = Registration { user, password: Some(password), challenge: None, opening: None };
        ctx.store.register(&caller.app.id, &registration, &Nonce::draw(random), now).await?;
        Ok(Success)
    }
}

/// What is no handle is nobody's.
async fn is_taken(ctx: &Ctx, app: &AppId, handle: Option<Handle>) -> Result<bool, StoreError> {
    match handle {
        Some(handle) => Ok(ctx.store.identity(app, &handle, ctx.now()).await?.is_some()),
        None => Ok(false),
    }
}

impl Input<Register> for RegisterBody {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let [username, password, email] = required(request, [Field::Username, Field::Password, Field::Email])?;
        let (username, password, email) = (username.parse().ok(), password.parse().ok(), email.parse::<Email>().ok());
        let email_fits = email.as_ref().is_some_and(|email| email.as_str().len() <= LONGEST_EMAIL);
        Ok(Self(match (username, password, email) {
            (Some(username), Some(password), Some(email)) if email_fits => Ok(Account { username, password, email }),
            (username @ None, _, email) => Err(Flawed { username, email, flaw: AccountError::InvalidUsername }),
            (username, None, email) => Err(Flawed { username, email, flaw: AccountError::InvalidPassword }),
            (username, _, email) => Err(Flawed { username, email, flaw: AccountError::InvalidEmail }),
        }))
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[
            ("username", json!({"type": "string", "pattern": "^[a-zA-Z0-9_]{1,20}$"})),
            ("password", digest_schema()),
            ("email", json!({"type": "string", "format": "email", "maxLength": LONGEST_EMAIL})),
        ]))
    }
}
