//! `GET /account/security/passkeys`: the list.

use runtime::{Input, Moment, Request, Route};
use serde_json::Value;
use web::PageError;

use super::page::{Done, PasskeysPage};
use super::{FUNCTION, PATH};
use crate::reader::{Person, Reader};
use crate::show::{Show, UserPage};

/// `GET /account/security/passkeys`: the passkeys, and the buttons that change them.
pub type ShowPasskeys = Show<PasskeysPage>;

/// What was just done, from `?done=…`.
#[derive(Debug)]
pub struct Told(Option<Done>);

impl UserPage for PasskeysPage {
    const ROUTE: Route = Route::get("pages-show-passkeys", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page of the passkeys.";
    type Address = Told;

    async fn open(at: &Moment, reader: &Reader, person: &Person, told: Told) -> Result<Self, PageError> {
        Ok(Self::of(at, reader, person).await?.after(told.0))
    }
}

impl Input<ShowPasskeys> for Told {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self(request.query("done").and_then(Done::read)))
    }

    fn schema() -> Option<Value> {
        None
    }
}
