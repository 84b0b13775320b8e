//! `DELETE /api/v1/auth/passkeys/{id}`: remove a passkey.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::passkey::PasskeyId;
use shared::token::InvalidToken;

use super::{FUNCTION, ONE, Owner, named};
use crate::wire::{BrowserApi, BrowserError, NewCookies};

/// `DELETE /api/v1/auth/passkeys/{id}`: removes one of the caller's passkeys, and tells them by mail. Sessions that it opened stay.
#[derive(Clone, Copy, Debug)]
pub struct Remove;

/// The passkey that the path names.
#[derive(Debug)]
pub struct PasskeyInPath(PasskeyId);

impl Endpoint for Remove {
    const ROUTE: Route = Route::delete("browser-remove-passkey", ONE).of(FUNCTION);
    const SUMMARY: &'static str = "Remove one of the caller's passkeys. The user gets a mail.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::Unconfirmed,
        BrowserError::UnknownPasskey,
        BrowserError::ForeignOrigin,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Owner;
    type Input = PasskeyInPath;
    type Output = NewCookies;

    async fn call(
        at: &Moment,
        caller: Owner,
        PasskeyInPath(id): PasskeyInPath,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let owner = caller.confirmed(at)?;
        let pass = gate.pass().await?;
        if !at.remove_passkey(owner, &id).await? {
            return Err(BrowserError::UnknownPasskey);
        }
        Ok(pass.give(NewCookies::Unchanged))
    }
}

impl Input<Remove> for PasskeyInPath {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        named(request).map(Self)
    }

    fn schema() -> Option<Value> {
        None
    }
}
