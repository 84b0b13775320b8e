//! Whose token it is, and until when: `docs/api/app.md#ask-about-a-token`.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Moment, NoInput, Output, Route};
use serde::Serialize;
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::id::UserId;
use shared::token::InvalidToken;

use crate::caller::SignedIn;
use crate::wire::{AppApi, AppError, either_schema, email_schema, object_schema, user_id_schema};

/// `GET /api/v1/auth/me`: tells an app's own backend what a token is worth now.
#[derive(Clone, Copy, Debug)]
pub struct Me;

impl Endpoint for Me {
    const ROUTE: Route = Route::get("app-me", "/api/v1/auth/me");
    const SUMMARY: &'static str = "Show who is signed in, and when the token expires.";
    const ERRORS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::NoToken,
        AppError::InvalidToken(InvalidToken::Unknown),
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = SignedIn;
    type Input = NoInput;
    type Output = TokenOwner;

    async fn call(_: &Moment, caller: SignedIn, _: NoInput, gate: Gate<'_>) -> Result<Admitted<TokenOwner>, AppError> {
        let pass = gate.pass().await?;
        let SignedIn { app, user, token_end, .. } = caller;
        let phone = user.phone.map(|phone| app.app().policy.sms.show(&phone));
        let email = user.email.map(|email| email.as_str().to_owned());
        let handle = email.map(Handle::Email).or(phone.map(Handle::Phone));
        Ok(pass.give(TokenOwner { user: user.id, handle, token_end }))
    }
}

/// `{"user": {"id", "email" or "phone"}, "expiresAt"}`
#[derive(Debug)]
pub struct TokenOwner {
    user: UserId,
    handle: Option<Handle>,
    token_end: Timestamp,
}

/// What the user signs in with; a phone as the app shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Handle {
    Email(String),
    Phone(String),
}

impl Output for TokenOwner {
    fn answer(self) -> Answer {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            user: User,
            expires_at: String,
        }
        #[derive(Serialize)]
        struct User {
            id: u64,
            #[serde(flatten)]
            handle: Option<Handle>,
        }
        let user = User { id: self.user.number(), handle: self.handle };
        Answer::json(200, &Body { user, expires_at: self.token_end.rfc3339() })
    }

    fn schema() -> Value {
        let user = |name, schema| object_schema(&[("id", user_id_schema()), (name, schema)]);
        let user = either_schema([user("email", email_schema()), user("phone", json!({"type": "string"}))]);
        object_schema(&[("user", user), ("expiresAt", json!({"type": "string", "format": "date-time"}))])
    }
}
