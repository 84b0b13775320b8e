//! Who the token is of: `docs/api/oauth.md#who-the-token-is-of`.

use runtime::{
    Admitted, Answer, Caller, Ctx, Endpoint, Gate, Moment, NoInput, Output, Request, Route, Security, object_schema,
};
use serde_json::{Value, json};
use shared::id::AppId;
use shared::token::InvalidToken;
use shared::user::User;
use shared::user::email::Email;
use web::AccountOwner;

use crate::resources::{Holder, ResourceError, Resources};

const FUNCTION: &str = "oauth-me";
const ERRORS: &[ResourceError] = &[ResourceError::NoToken, ResourceError::InvalidToken(InvalidToken::Unknown)];

/// `GET /api/me`, and as `VERSIONED` `GET /api/v1/me`: the user; for a client also what it may see.
#[derive(Clone, Copy, Debug)]
pub struct Me<const VERSIONED: bool>;

/// `GET /api/v1/account`: the user's own account; to a client, the user in short.
#[derive(Clone, Copy, Debug)]
pub struct Account;

impl<const VERSIONED: bool> Endpoint for Me<VERSIONED> {
    const ROUTE: Route = if VERSIONED {
        Route::get("oauth-me-v1", "/api/v1/me").of(FUNCTION)
    } else {
        Route::get("oauth-me", "/api/me")
    };
    const SUMMARY: &'static str = "Show whose token it is, and which mementos a client may see.";
    const ERRORS: &'static [ResourceError] = ERRORS;
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = Holder;
    type Input = NoInput;
    type Output = AccountBody;

    async fn call(
        _: &Moment,
        caller: Holder,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<AccountBody>, ResourceError> {
        Ok(gate.pass().await?.give(AccountBody(caller)))
    }
}

impl Endpoint for Account {
    const ROUTE: Route = Route::get("oauth-account", "/api/v1/account").of(FUNCTION);
    const SUMMARY: &'static str = "Show the user's account. A client only sees whose token it is.";
    const ERRORS: &'static [ResourceError] = ERRORS;
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = AccountReader;
    type Input = NoInput;
    type Output = AccountReader;

    async fn call(
        _: &Moment,
        caller: AccountReader,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<AccountReader>, ResourceError> {
        Ok(gate.pass().await?.give(caller))
    }
}

/// Who reads an account: a client that acts for the user, or the user, by a token of the Browser API or of the Account API.
#[derive(Debug)]
pub enum AccountReader {
    /// A client.
    Client(Holder),
    /// The user.
    Owner {
        /// The app.
        app: AppId,
        /// Who.
        user: Box<User>,
    },
}

impl Caller<Account> for AccountReader {
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, ResourceError> {
        let holder = <Holder as Caller<Account>>::identify(at, request).await;
        let (app, user) = match holder {
            Ok(Holder::OnlyTheUser(person)) => (person.app, person.user),
            Ok(client) => return Ok(Self::Client(client)),
            Err(ResourceError::InvalidToken(_)) if request.bears() => {
                let AccountOwner { app, user, .. } = AccountOwner::meet(at, request).await?;
                (app, user)
            }
            Err(refused) => return Err(refused),
        };
        Ok(Self::Owner { app: app.id.clone(), user: Box::new(user) })
    }

    fn app(&self) -> Option<&str> {
        Some(match self {
            Self::Client(holder) => holder.app().as_str(),
            Self::Owner { app, .. } => app.as_str(),
        })
    }
}

/// `{"id", "email", "name", "email_verified"}`, and for a client `client_id` and `mementos`.
#[derive(Debug)]
pub struct AccountBody(Holder);

fn short(holder: &Holder) -> Value {
    let user = holder.user();
    json!({"id": user.id.to_string(), "email": user.email.as_ref().map(Email::as_str), "name": user.name})
}

/// `{"id", "email", "name"}` for a client. The user is shown the whole account, of which these are members.
impl Output for AccountReader {
    fn answer(self) -> Answer {
        match self {
            Self::Client(holder) => Answer::json(200, &short(&holder)),
            Self::Owner { user, .. } => Answer::json(200, &web::account(&user)),
        }
    }

    fn schema() -> Value {
        let mut schema = web::account_schema();
        schema["required"] = json!(["id", "email", "name"]);
        schema
    }
}

impl Output for AccountBody {
    fn answer(self) -> Answer {
        let mut body = short(&self.0);
        body["email_verified"] = json!(self.0.user().email_proof.is_proven());
        if let Holder::Client { standing, .. } = &self.0 {
            body["client_id"] = json!(standing.grant.client.as_str());
            body["mementos"] = standing.grant.mementos.iter().map(|id| json!(id.as_str())).collect();
        }
        Answer::json(200, &body)
    }

    fn schema() -> Value {
        let text = || json!({"type": "string"});
        let mut schema = object_schema(&[
            ("id", text()),
            ("email", json!({"type": ["string", "null"]})),
            ("name", text()),
            ("email_verified", json!({"type": "boolean"})),
        ]);
        schema["properties"]["client_id"] = json!({"type": "string"});
        schema["properties"]["mementos"] = json!({"type": "array", "items": {"type": "string"}});
        schema
    }
}
