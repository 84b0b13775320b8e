//! `GET /account`: who I am.

use askama::Template;
use runtime::{Admitted, Ctx, Endpoint, Gate, Moment, NoInput, Route};
use shared::user::User;
use web::Frame;

use crate::reader::Reader;
use crate::view::{Page, View};
use web::{AccountPages, PageError};

/// Its path.
pub(crate) const PATH: &str = web::way_back::ACCOUNT;
/// The function that serves it.
pub(crate) const FUNCTION: &str = "pages-account";

/// `GET /account`: the name, the addresses and what is known of them.
#[derive(Clone, Copy, Debug)]
pub struct ShowAccount;

/// The page.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    frame: Frame,
    user: User,
}

impl AccountPage {
    /// Whether the address is known to be the user's.
    const fn is_proven(&self) -> bool {
        self.user.email_proof.is_proven()
    }
}

impl Page for AccountPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Endpoint for ShowAccount {
    const ROUTE: Route = Route::get("pages-show-account", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The page of who I am.";
    const ERRORS: &'static [PageError] = &[];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = NoInput;
    type Output = View<AccountPage>;

    async fn call(
        at: &Moment,
        caller: Reader,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<AccountPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_first(PATH).into())) };
        Ok(pass.give(View::page(AccountPage { frame: caller.frame, user: person.user })))
    }
}
