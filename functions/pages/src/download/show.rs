//! `GET /account/download`: say what the file holds.

use runtime::{Moment, NoInput, Route};
use web::PageError;

use super::page::DownloadPage;
use super::{FUNCTION, PATH};
use crate::reader::{Person, Reader};
use crate::show::{Show, UserPage};

/// `GET /account/download`: says what the file holds, and has the button.
pub type ShowDownload = Show<DownloadPage>;

impl UserPage for DownloadPage {
    const ROUTE: Route = Route::get("pages-show-download", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the page to download the user's data.";
    type Address = NoInput;

    async fn open(at: &Moment, reader: &Reader, person: &Person, _: NoInput) -> Result<Self, PageError> {
        Ok(Self::ask(at, reader, person))
    }
}
