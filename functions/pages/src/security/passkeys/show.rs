//! `GET /account/security/passkeys`: the list.

use runtime::{Input, Moment, Request, Route};
use serde_json::Value;
use web::{PageError, WayBack};

use super::page::{Done, PasskeysPage, TypedName, back};
use super::{FUNCTION, PATH};
use crate::reader::{Person, Reader};
use crate::show::{Show, UserPage};

/// `GET /account/security/passkeys`: the passkeys, and the buttons that change them.
pub type ShowPasskeys = Show<PasskeysPage>;

/// What was just done, from `?done=…`, and what was typed before a sign-in.
#[derive(Debug)]
pub struct Told {
    done: Option<Done>,
    typed: Option<TypedName>,
}

impl UserPage for PasskeysPage {
    const ROUTE: Route = Route::get("pages-show-passkeys", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the page of passkeys.";
    type Address = Told;

    fn way_back(told: &Told) -> WayBack {
        back(told.typed.as_ref())
    }

    async fn open(at: &Moment, reader: &Reader, person: &Person, told: Told) -> Result<Self, PageError> {
        Ok(Self::of(at, reader, person, told.typed).await?.after(told.done))
    }
}

impl Input<ShowPasskeys> for Told {
    fn parse(request: &Request) -> Result<Self, PageError> {
        Ok(Self { done: request.query("done").and_then(Done::read), typed: TypedName::read(request.form_in_query()) })
    }

    fn schema() -> Option<Value> {
        None
    }
}
