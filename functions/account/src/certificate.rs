//! C7: is the token from the mail still good?

use runtime::{Ctx, Endpoint, Input, Request, Route};
use serde_json::Value;
use shared::token::opaque::OpaqueToken;

use crate::caller::Client;
use crate::wire::{AccountApi, AccountError, Problems, Success};

/// `GET /api/Auth/Certificate`: looks at a token and leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Certificate;

/// `?token=…`
#[derive(Debug)]
pub struct Shown(Option<OpaqueToken>);

impl Endpoint for Certificate {
    const ROUTE: Route = Route::get("account-certificate", "/api/Auth/Certificate");
    const SUMMARY: &'static str = "Whether the token from the mail is still good; it stays so.";
    const REFUSALS: &'static [AccountError] =
        &[AccountError::Invalid(Problems::NO_TOKEN), AccountError::DeadLink, AccountError::NoUser];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Client;
    type Input = Shown;
    type Loaded = ();
    type Output = Success;

    async fn load(ctx: &Ctx, caller: &Client, shown: &Shown) -> Result<(), AccountError> {
        let token = shown.0.as_ref().ok_or(AccountError::DeadLink)?;
        let app = &caller.app.id;
        let user = async {
            match token.user() {
                Some(user) => ctx.store.user(app, user).await,
                None => Ok(None),
            }
        };
        let (link, user) = tokio::try_join!(ctx.store.live_link(app, token, ctx.now()), user)?;
        let link = link.ok_or(AccountError::DeadLink)?;
        let user = user.filter(|user| user.id == link.user).ok_or(AccountError::NoUser)?;
        // Another link was followed since, or the password changed.
        (user.epoch == link.epoch).then_some(()).ok_or(AccountError::DeadLink)
    }

    async fn call(_: &Ctx, _: Client, _: Shown, (): ()) -> Result<Success, AccountError> {
        Ok(Success)
    }
}

impl Input<Certificate> for Shown {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let token = request.query("token").filter(|token| !token.is_empty());
        let token = token.ok_or(AccountError::Invalid(Problems::NO_TOKEN))?;
        Ok(Self(token.parse().ok()))
    }

    const QUERY: &'static [&'static str] = &["token"];

    fn schema() -> Option<Value> {
        None
    }
}
