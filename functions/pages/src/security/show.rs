//! `GET /account/security`: show the page.

use runtime::{Ctx, Input, Moment, Request, Route};
use serde_json::Value;
use web::PageError;

use super::page::{Done, SecurityPage};
use super::{FUNCTION, PATH};
use crate::reader::{Person, Reader};
use crate::show::{Show, UserPage};

/// `GET /account/security`: the password, where I am signed in, and what was done to the account.
pub type ShowSecurity = Show<SecurityPage>;

/// What was just done, from `?done=…`.
#[derive(Debug)]
pub struct Told(Option<Done>);

impl UserPage for SecurityPage {
    const ROUTE: Route = Route::get("pages-show-security", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the security page: password, sessions, and what was done to the account.";
    type Address = Told;

    fn prepare(ctx: &Ctx) {
        ctx.trail();
    }

    async fn open(at: &Moment, reader: &Reader, person: &Person, told: Told) -> Result<Self, PageError> {
        Ok(Self { done: told.0, ..Self::of(at, reader, person).await? })
    }
}

impl Input<ShowSecurity> for Told {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("done").and_then(Done::read)))
    }

    fn schema() -> Option<Value> {
        None
    }
}
