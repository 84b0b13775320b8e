//! `GET /account/delete`: say what goes, and ask for the password.

use runtime::{Moment, NoInput, Route};
use web::PageError;

use super::page::DeletePage;
use super::{FUNCTION, PATH};
use crate::reader::{Person, Reader};
use crate::show::{Show, UserPage};

/// `GET /account/delete`: says what goes, and asks for the password.
pub type ShowDelete = Show<DeletePage>;

impl UserPage for DeletePage {
    const ROUTE: Route = Route::get("pages-show-delete", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the page to delete the account.";
    type Address = NoInput;

    async fn open(at: &Moment, reader: &Reader, person: &Person, _: NoInput) -> Result<Self, PageError> {
        Ok(Self::ask(at, reader, person).await?)
    }
}
