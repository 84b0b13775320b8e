//! `PATCH /api/v1/auth/passkeys/{id}`: give a passkey another name.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::passkey::{PasskeyId, PasskeyName};
use shared::token::InvalidToken;

use super::{FUNCTION, ONE, Owner, name_schema, named, read_name};
use crate::wire::{BrowserApi, BrowserError, Field, NewCookies, Problem, Problems, object_schema};

/// `PATCH /api/v1/auth/passkeys/{id}`: gives one of the caller's passkeys another name.
#[derive(Clone, Copy, Debug)]
pub struct Rename;

/// `{"name"}`
#[derive(Debug)]
pub struct NewName {
    id: PasskeyId,
    name: PasskeyName,
}

impl Endpoint for Rename {
    const ROUTE: Route = Route::patch("browser-rename-passkey", ONE).of(FUNCTION);
    const SUMMARY: &'static str = "Rename one of the caller's passkeys.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::NO_NAME),
        BrowserError::UnknownPasskey,
        BrowserError::ForeignOrigin,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Owner;
    type Input = NewName;
    type Output = NewCookies;

    async fn call(
        at: &Moment,
        caller: Owner,
        new: NewName,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let owner = caller.owner();
        let pass = gate.pass().await?;
        if !at.store.rename_passkey(&owner.app.id, owner.user.id, &new.id, &new.name).await? {
            return Err(BrowserError::UnknownPasskey);
        }
        Ok(pass.give(NewCookies::Unchanged))
    }
}

impl Input<Rename> for NewName {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let id = named(request)?;
        let fields = Fields::parse(request.body(), &["name"])?;
        let name = read_name(&fields).and_then(|name| name.ok_or(Problem::Missing));
        Ok(Self { id, name: name.map_err(|problem| BrowserError::invalid(Field::Name, problem))? })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("name", name_schema())]))
    }
}
