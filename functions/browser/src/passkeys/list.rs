//! `GET /api/v1/auth/passkeys`: list the caller's passkeys.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Moment, NoInput, Output, Route};
use serde_json::{Value, json};
use shared::passkey::Passkey;
use shared::token::InvalidToken;

use super::{FUNCTION, Owner, PATH, passkey_schema, show};
use crate::wire::{BrowserApi, BrowserError};

/// `GET /api/v1/auth/passkeys`: the caller's passkeys, the oldest first.
#[derive(Clone, Copy, Debug)]
pub struct List;

/// A list: `docs/api/browser.md#passkeys`.
#[derive(Debug)]
pub struct Passkeys(Vec<Passkey>);

impl Endpoint for List {
    const ROUTE: Route = Route::get("browser-list-passkeys", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "List the caller's passkeys: name, and when each was added and last used.";
    const ERRORS: &'static [BrowserError] = &[BrowserError::NoToken, BrowserError::InvalidToken(InvalidToken::Unknown)];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Owner;
    type Input = NoInput;
    type Output = Passkeys;

    async fn call(at: &Moment, caller: Owner, _: NoInput, gate: Gate<'_>) -> Result<Admitted<Passkeys>, BrowserError> {
        let owner = caller.owner();
        let passkeys = at.store.passkeys(&owner.app.id, owner.user).await?;
        Ok(gate.pass().await?.give(Passkeys(passkeys)))
    }
}

impl Output for Passkeys {
    fn answer(self) -> Answer {
        Answer::json(200, &self.0.iter().map(show).collect::<Value>())
    }

    fn schema() -> Value {
        json!({"type": "array", "items": passkey_schema()})
    }
}
