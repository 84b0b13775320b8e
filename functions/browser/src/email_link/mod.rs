//! The link in the verification mail: a page that only shows, and the click that proves the address.
//!
//! Mail scanners follow links, and some press buttons. So `GET` changes nothing, and the click proves the address only in a
//! browser that has a session of the user: the owner of an address that a stranger signed up with must not prove it for the stranger.
//! Elsewhere the page shows the digits to type where the person signed up, and lets the account be disowned.

mod follow;
mod page;
mod show;

pub use follow::Follow;
pub use page::{LinkState, VerifyPage};
pub use show::ShowEmailLink;

use std::sync::Arc;

use runtime::{Caller, Ctx, Dialect, Endpoint, Moment, Request, Security};
use shared::app::App;
use shared::code::email::LinkToken;
use shared::secret::Secret;
use shared::session::{Presence, Transport};
use shared::store::{AskedByEmail, StoreError};
use web::{CrossOrigin, Frame, NotAdmitted, Visitor};

const PATH: &str = web::way_back::VERIFY_EMAIL;
const FUNCTION: &str = "browser-email-link";

/// The page for the link in a mail. Its address comes from the configuration, never from a request.
pub(crate) fn page(public_url: &str) -> String {
    format!("{public_url}{PATH}")
}

/// Somebody who reads a mail, in a browser that may have a session.
#[derive(Debug)]
pub struct Reader {
    visitor: Visitor,
    frame: Frame,
    presence: Option<Presence>,
}

impl<E: Endpoint<Ctx = Ctx>> Caller<E> for Reader
where
    <E::Dialect as Dialect>::Error: From<NotAdmitted> + From<StoreError>,
{
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, <E::Dialect as Dialect>::Error> {
        let visitor = Visitor::meet_at(at, request, CrossOrigin::Never, named_app(at, request).await?).await?;
        let presence = match request.bearer() {
            Some(token) => {
                let bearer = web::session::of_token(at, &visitor.app, token, at.ring().await?);
                bearer.ok().map(Presence::by_access)
            }
            None => web::session::presence(at, &visitor.app, request).await?,
        };
        let frame = Frame::of(at, Some(&visitor.app), request);
        Ok(Self { visitor, frame, presence })
    }

    fn app(&self) -> Option<&str> {
        Some(self.visitor.app.id.as_str())
    }
}

impl Reader {
    /// Whether the browser has a live session of the user whom the link was mailed to.
    async fn signed_up_here(&self, at: &Moment, link: &LinkToken) -> Result<bool, StoreError> {
        let Some(presence) = self.presence.as_ref().filter(|presence| presence.bearer.user == link.user) else {
            return Ok(false);
        };
        let app = &self.visitor.app.id;
        Ok(at.store.present(app, presence, Transport::Browser, at.now).await?.is_some())
    }

    /// What the page says where nothing is proven.
    async fn look(&self, at: &Moment, link: Option<LinkToken>) -> Result<LinkState, StoreError> {
        let app = &self.visitor.app.id;
        let Some(link) = link else { return Ok(LinkState::Dead) };
        if self.signed_up_here(at, &link).await? {
            return Ok(LinkState::Ask(link.write(app, &at.config.browser.app, at.ring().await?)));
        }
        Ok(match at.asked_by_email(app, &link).await? {
            None => LinkState::Dead,
            Some(AskedByEmail::Answered) => LinkState::Proven,
            Some(AskedByEmail::Open { sent, device, code }) => LinkState::Elsewhere {
                token: link.write(app, &at.config.browser.app, at.ring().await?),
                code: code.map(|code| Secret::new(code.reveal())),
                sent,
                device,
            },
        })
    }
}

/// The app that the link names, if it serves its users.
async fn named_app(at: &Moment, request: &Request) -> Result<Option<Arc<App>>, StoreError> {
    let sent = request.form();
    let form = if request.is_a_look() { request.form_in_query() } else { &sent };
    match form.one("token").ok().flatten().and_then(LinkToken::app_named_in) {
        Some(id) => at.enabled_app(&id).await,
        None => Ok(None),
    }
}

/// The token, if it is one of ours; the store is not asked.
async fn read(at: &Moment, app: &App, token: Option<&Secret<String>>) -> Result<Option<LinkToken>, StoreError> {
    match token {
        Some(token) => at.email_link(&app.id, token.expose()).await,
        None => Ok(None),
    }
}
