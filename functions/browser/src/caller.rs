//! Callers with a refresh cookie: refresh and sign-out.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Moment, Reason, Request, Security};
use shared::app::App;
use shared::app::apis::Api;
use shared::session::Bearer;
use shared::session::refresh::RefreshToken;
use web::{Cookies, CrossOrigin, Visitor, session};

use crate::wire::{BrowserApi, BrowserError};

/// A caller with a refresh token.
#[derive(Debug)]
pub struct RefreshCaller {
    /// The app.
    pub app: Arc<App>,
    /// The token.
    pub token: RefreshToken,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = BrowserApi>> Caller<E> for RefreshCaller {
    const SECURITY: &'static [Security] = &[Security::Refresh];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        let Visitor { app, ours, .. } = Visitor::meet_again(at, request, CrossOrigin::WithoutCookies).await?;
        let token = session::refresh_token(at, &app, request).await?;
        let token = token.ok_or_else(|| {
            let cookies = Cookies(&at.config.browser.cookies);
            let has_one = request.cookies(cookies.refresh()).count() > 0;
            let why = if has_one { Reason::InvalidToken } else { Reason::NoToken };
            BrowserError::NoSession { why, cleared: ours.then(|| cookies.clear()) }
        });
        Ok(Self { token: token?, app })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// A caller who logs out, with the cookies that name the session.
#[derive(Debug)]
pub struct LogoutCaller {
    /// The app.
    pub app: Arc<App>,
    /// The sessions that the cookies name: one, or none, or two of a browser that was tampered with.
    pub sessions: Vec<Bearer>,
    /// Whether a page of ours asks: another's may not clear cookies.
    pub ours: bool,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = BrowserApi>> Caller<E> for LogoutCaller {
    const SECURITY: &'static [Security] = &[Security::MaybeRefresh];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        let Visitor { app, ours, .. } = Visitor::meet_again(at, request, CrossOrigin::WithoutCookies).await?;
        let sessions = session::named_by_cookies(at, &app, request, at.ring().await?);
        Ok(Self { app, sessions, ours })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// Nobody signs up or in through this API for an app whose owner has other APIs serve it. Sessions that are there go on.
///
/// # Errors
/// [`BrowserError::NotFound`]
pub(crate) fn closed_unless_served(app: &App) -> Result<(), BrowserError> {
    if app.policy.apis.have(Api::Browser) { Ok(()) } else { Err(BrowserError::NotFound) }
}
