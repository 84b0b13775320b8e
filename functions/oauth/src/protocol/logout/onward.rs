//! The page before the site of a client that the app's owner did not register (RFC 9700 §4.11.2).
//!
//! Anybody can describe or register a client, with any address of theirs. Without the page, a link to us would take its reader there, and readers trust a
//! link to us: docs/decisions/0382-the-contract-before-the-page.md.

use askama::Template;
use shared::oauth::client::Client;
use shared::oauth::redirect::RedirectUri;
use shared::secret::Secret;
use web::Frame;

/// Whether the browser shows the page before it goes to `address`. An address on the user's own machine needs none: no site is behind it.
pub(super) fn needs_page(client: &Client, address: &str) -> bool {
    client.is_unvetted() && RedirectUri::is_on_the_web(address)
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "onward.html")]
pub struct Onward {
    pub(super) frame: Frame,
    host: String,
    /// What the client wants to see again stands in it.
    link: Secret<String>,
}

impl Onward {
    pub(super) fn to(frame: Frame, address: String) -> Self {
        Self { frame, host: RedirectUri::destination(&address), link: Secret::new(address) }
    }
}
