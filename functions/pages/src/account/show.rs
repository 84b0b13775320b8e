//! `GET /account`: show the page.

use runtime::{Input, Moment, Request, Route};
use serde_json::Value;
use web::{PageError, WayBack};

use super::edit::{Edit, What};
use super::page::AccountPage;
use super::{FUNCTION, PATH};
use crate::reader::{Person, Reader};
use crate::show::{Show, UserPage};

/// `GET /account`: the name, the addresses and what is known of them; with `?edit=…`, the form to change one.
pub type ShowAccount = Show<AccountPage>;

/// What is to be changed, and what was changed just now.
#[derive(Debug)]
pub struct Wanted {
    edit: Option<Edit>,
    done: Option<What>,
    /// The way back for somebody who has to sign in first.
    back: WayBack,
}

impl UserPage for AccountPage {
    const ROUTE: Route = Route::get("pages-show-account", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the account page, with forms to change the account.";
    type Address = Wanted;

    fn way_back(wanted: &Wanted) -> WayBack {
        wanted.back.clone()
    }

    async fn open(at: &Moment, reader: &Reader, person: &Person, wanted: Wanted) -> Result<Self, PageError> {
        Ok(Self::of(at, reader, person, wanted.edit).await?.after(wanted.done))
    }
}

impl Input<ShowAccount> for Wanted {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let what = request.query("edit").and_then(What::read);
        let edit = what.map(|what| match request.query(what.name()) {
            Some(typed) => Edit::again(what, typed),
            None => Edit::of(what),
        });
        let edit = if request.query("sent").is_some() { edit.map(Edit::for_code_sent) } else { edit };
        let back = WayBack::to(PATH).with(request.form_in_query());
        Ok(Self { edit, done: request.query("done").and_then(What::read), back })
    }

    fn schema() -> Option<Value> {
        None
    }
}
