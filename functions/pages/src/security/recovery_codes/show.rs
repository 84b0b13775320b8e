//! `GET /account/security/recovery-codes`: how many are left.

use runtime::{Moment, NoInput, Route};
use web::PageError;

use super::page::CodesPage;
use super::{FUNCTION, PATH};
use crate::reader::{Person, Reader};
use crate::show::{Show, UserPage};

/// `GET /account/security/recovery-codes`: how many codes are left, and the button for new ones.
pub type ShowRecoveryCodes = Show<CodesPage>;

impl UserPage for CodesPage {
    const ROUTE: Route = Route::get("pages-show-recovery-codes", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show how many recovery codes are left.";
    type Address = NoInput;

    async fn open(at: &Moment, reader: &Reader, person: &Person, _: NoInput) -> Result<Self, PageError> {
        Ok(Self::ask(at, reader, person).await?)
    }
}
