//! Checks a reset token: `docs/api/account.md#check-a-reset-token`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::token::opaque::OpaqueToken;

use crate::caller::Client;
use crate::wire::{AccountApi, AccountError, Problems, Success};

/// `GET /api/Auth/Certificate`: looks at a token and leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Certificate;

/// `?token=…`
#[derive(Debug)]
pub struct CertificateQuery(Option<OpaqueToken>);

impl Endpoint for Certificate {
    const ROUTE: Route = Route::get("account-certificate", "/api/Auth/Certificate");
    const SUMMARY: &'static str = "Check whether the token from the mail is still valid. This does not use it up.";
    const ERRORS: &'static [AccountError] =
        &[AccountError::Invalid(Problems::NO_TOKEN), AccountError::DeadLink, AccountError::NoUser];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Client;
    type Input = CertificateQuery;
    type Output = Success;

    async fn call(
        at: &Moment,
        caller: Client,
        query: CertificateQuery,
        gate: Gate<'_>,
    ) -> Result<Admitted<Success>, AccountError> {
        let token = query.0.ok_or(AccountError::DeadLink)?;
        let app = &caller.app().map_err(|_| AccountError::DeadLink)?.id;
        at.check_reset_link(app, &token).await?;
        Ok(gate.pass().await?.give(Success))
    }
}

impl Input<Certificate> for CertificateQuery {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let token = request.query("token");
        let token = token.ok_or(AccountError::Invalid(Problems::NO_TOKEN))?;
        Ok(Self(token.parse().ok()))
    }

    const QUERY: &'static [&'static str] = &["token"];

    fn schema() -> Option<Value> {
        None
    }
}
