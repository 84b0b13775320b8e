//! `GET /account`: show the page.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use web::{AccountPages, PageError, WayBack};

use super::edit::{Edit, What};
use super::page::AccountPage;
use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::View;

/// `GET /account`: the name, the addresses and what is known of them; with `?edit=…`, the form to change one.
#[derive(Clone, Copy, Debug)]
pub struct ShowAccount;

/// What is to be changed, and what was changed just now.
#[derive(Debug)]
pub struct Wanted {
    edit: Option<Edit>,
    done: Option<What>,
    /// The way back for somebody who has to sign in first.
    back: WayBack,
}

impl Endpoint for ShowAccount {
    const ROUTE: Route = Route::get("pages-show-account", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page of who I am, with the forms to change it.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = Wanted;
    type Output = View<AccountPage>;

    async fn call(
        at: &Moment,
        caller: Reader,
        wanted: Wanted,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<AccountPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_again(wanted.back).into())) };
        let page = AccountPage::of(at, &caller, &person).editing(wanted.edit).after(wanted.done);
        Ok(pass.give(View::page(page)))
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
