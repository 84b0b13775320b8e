//! Who the token is of: `docs/api/oauth.md#who-the-token-is-of`.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Moment, NoInput, Output, Route, object_schema};
use serde_json::{Value, json};
use shared::token::InvalidToken;
use shared::user::email::Email;

use crate::resources::{Holder, ResourceError, Resources};

const FUNCTION: &str = "oauth-me";
const ERRORS: &[ResourceError] = &[ResourceError::NoToken, ResourceError::InvalidToken(InvalidToken::Unknown)];

/// `GET /api/me`, and as `VERSIONED` `GET /api/v1/me`: the user; for a client also what it may see.
#[derive(Clone, Copy, Debug)]
pub struct Me<const VERSIONED: bool>;

/// `GET /api/v1/account`: the user in short.
#[derive(Clone, Copy, Debug)]
pub struct Account;

impl<const VERSIONED: bool> Endpoint for Me<VERSIONED> {
    const ROUTE: Route = if VERSIONED {
        Route::get("oauth-me-v1", "/api/v1/me").of(FUNCTION)
    } else {
        Route::get("oauth-me", "/api/me")
    };
    const SUMMARY: &'static str = "Who the token is of, and which mementos a client may see.";
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
    const SUMMARY: &'static str = "Who the token is of, in short.";
    const ERRORS: &'static [ResourceError] = ERRORS;
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = Holder;
    type Input = NoInput;
    type Output = MeBody;

    async fn call(_: &Moment, caller: Holder, _: NoInput, gate: Gate<'_>) -> Result<Admitted<MeBody>, ResourceError> {
        Ok(gate.pass().await?.give(MeBody(caller)))
    }
}

/// `{"id", "email", "name"}`
#[derive(Debug)]
pub struct MeBody(Holder);

/// The same with `email_verified`, and for a client `client_id` and `mementos`.
#[derive(Debug)]
pub struct AccountBody(Holder);

fn short(holder: &Holder) -> Value {
    let user = holder.user();
    json!({"id": user.id.to_string(), "email": user.email.as_ref().map(Email::as_str), "name": user.name})
}

impl Output for MeBody {
    fn answer(self) -> Answer {
        Answer::json(200, &short(&self.0))
    }

    fn schema() -> Value {
        let text = || json!({"type": "string"});
        object_schema(&[("id", text()), ("email", json!({"type": ["string", "null"]})), ("name", text())])
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
        let mut schema = MeBody::schema();
        schema["required"] = json!(["id", "email", "name", "email_verified"]);
        schema["properties"]["email_verified"] = json!({"type": "boolean"});
        schema["properties"]["client_id"] = json!({"type": "string"});
        schema["properties"]["mementos"] = json!({"type": "array", "items": {"type": "string"}});
        schema
    }
}
