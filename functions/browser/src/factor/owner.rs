//! Whose second factor it is.

use runtime::{Caller, Ctx, Endpoint, Moment, Request, Security};
use shared::notify::letter::Event;
use shared::service::tell::News;
use shared::session::{Session, Transport};
use shared::user::User;
use web::{Verifier, Visitor};

use crate::wire::{BrowserApi, BrowserError};

/// A user who is signed in, with the session that says since when.
#[derive(Clone, Debug)]
pub struct FactorOwner {
    /// Whose page.
    pub visitor: Visitor,
    /// The user.
    pub user: User,
    /// The session that the token belongs to.
    pub session: Session,
}

impl FactorOwner {
    /// What the user is told of.
    pub(super) fn news<'a>(&'a self, event: Event<'a>) -> News<'a> {
        let Visitor { app, device, language, .. } = &self.visitor;
        News { app, event, device, language: *language }
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = BrowserApi>> Caller<E> for FactorOwner {
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        let Verifier { visitor, bearer } = Verifier::meet(at, request).await?;
        let (user, session) = at.store.standing_session(&visitor.app.id, &bearer, Transport::Browser, at.now).await?;
        Ok(Self { visitor, user, session })
    }

    fn app(&self) -> Option<&str> {
        Some(self.visitor.app.id.as_str())
    }
}
