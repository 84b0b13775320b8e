//! Who calls about passkeys: a user who is signed in, or a browser that nobody is signed in with.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Moment, Request, Security};
use shared::app::App;
use shared::passkey::challenge::BrowserMark;
use shared::service::passkeys::{PasskeyOwner, PasskeyPage};
use shared::session::recent::RecentSignIn;
use shared::session::{Session, Transport};
use shared::user::User;
use web::{Cookies, SigningIn, Verifier, Visitor};

use crate::wire::{BrowserApi, BrowserError};

/// A user who is signed in.
#[derive(Debug)]
pub struct Owner {
    visitor: Visitor,
    user: User,
    session: Session,
    /// The origin that the request says it comes from.
    pub(super) origin: Option<String>,
}

impl Owner {
    /// As the use cases know them.
    #[must_use]
    pub fn owner(&self) -> PasskeyOwner<'_> {
        let Self { visitor, user, session, .. } = self;
        PasskeyOwner { app: &visitor.app, user, session, device: &visitor.device, language: visitor.language }
    }

    /// The same, if they signed in a moment ago, by all the factors that they have: a session that was stolen must not give the thief a key of their own.
    pub(super) fn confirmed(&self, at: &Moment) -> Result<PasskeyOwner<'_>, BrowserError> {
        let recent = RecentSignIn::of_all_factors(&self.session, &self.user, at.now);
        recent.map(|_| self.owner()).ok_or(BrowserError::Unconfirmed)
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = BrowserApi>> Caller<E> for Owner {
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        let Verifier { visitor, bearer } = Verifier::meet(at, request).await?;
        let (user, session) = at.store.standing_session(&visitor.app.id, &bearer, Transport::Browser, at.now).await?;
        let origin = request.header("origin").map(str::to_owned);
        Ok(Self { visitor, user, session, origin })
    }

    fn app(&self) -> Option<&str> {
        Some(self.visitor.app.id.as_str())
    }
}

/// A browser on whose page somebody signs in with a passkey.
#[derive(Debug)]
pub struct Guest {
    pub(super) signing_in: SigningIn,
    /// The mark that the browser brings.
    pub(super) mark: Option<BrowserMark>,
    /// The origin that the request says it comes from.
    pub(super) origin: Option<String>,
}

impl Guest {
    /// The app that somebody signs in to.
    pub(super) fn app(&self) -> &Arc<App> {
        &self.signing_in.visitor.app
    }

    /// The page, as the use cases know it.
    pub(super) fn page<'a>(&'a self, browser: &'a BrowserMark) -> PasskeyPage<'a> {
        let Visitor { app, device, language, .. } = &self.signing_in.visitor;
        PasskeyPage { app, browser, device, language: *language }
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = BrowserApi>> Caller<E> for Guest {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        let signing_in = <SigningIn as Caller<E>>::identify(at, request).await?;
        let cookie = Cookies(&at.config.browser.cookies).passkey();
        let mark = request.cookies(cookie).find_map(BrowserMark::read);
        Ok(Self { signing_in, mark, origin: request.header("origin").map(str::to_owned) })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app().id.as_str())
    }
}
