//! `GET /account/security/authenticator`: show a secret, or that there is one.

use runtime::{Moment, NoInput, Route};
use web::PageError;

use super::page::AuthenticatorPage;
use super::{FUNCTION, PATH};
use crate::reader::{Person, Reader};
use crate::show::{Show, UserPage};

/// `GET /account/security/authenticator`: the QR code and the secret as text, or the button that takes the factor away.
pub type ShowAuthenticator = Show<AuthenticatorPage>;

impl UserPage for AuthenticatorPage {
    const ROUTE: Route = Route::get("pages-show-authenticator", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the page to set up or remove an authenticator app.";
    type Address = NoInput;

    async fn open(at: &Moment, reader: &Reader, person: &Person, _: NoInput) -> Result<Self, PageError> {
        Ok(Self::ask(at, reader, person).await?)
    }
}
