//! Who calls the Browser API: a page of ours, with cookies or without.

use std::sync::Arc;

use runtime::{Caller, Cause, Ctx, Dialect, Endpoint, Moment, Request, Security};
use shared::app::App;
use shared::id::SessionId;
use shared::language::Language;
use shared::origin::Origin;
use shared::session::device::Device;
use shared::session::refresh::RefreshToken;
use shared::session::{Bearer, Presence, Transport};
use shared::store::StoreError;
use shared::token::ring::KeyRing;
use shared::user::User;

use crate::cookies::Cookies;
use crate::wire::{BrowserApi, BrowserError};

/// Somebody on a page of ours, of whom nothing is known.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The app that this API is bound to.
    pub app: Arc<App>,
    /// From where.
    pub device: Device,
    /// The language to speak.
    pub language: Language,
    /// Whether the page is ours. A foreign one's form brings no `SameSite` cookies, but what it is answered with
    /// would be kept: it must not be given any, not even empty ones.
    ours: bool,
}

/// Whether a request that no page of ours sent is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Foreign {
    /// Always: it would sign somebody's browser in as somebody else (login CSRF).
    Never,
    /// When it carries our cookies.
    WithoutCookies,
}

impl Visitor {
    async fn meet(at: &Moment, request: &Request, foreign: Foreign) -> Result<Self, BrowserError> {
        let ours = is_ours(at, request);
        if request.method() != "GET" && !ours {
            let cookies = Cookies(&at.config.browser.cookies);
            let carries =
                [cookies.access(), cookies.refresh()].into_iter().any(|name| request.cookies(name).count() > 0);
            if carries || foreign == Foreign::Never {
                return Err(BrowserError::ForeignOrigin);
            }
        }
        let app = at.bound_app(&at.config.browser.app).await?.ok_or(BrowserError::Internal(Cause::NoApp))?;
        let otherwise = app.policy.language.unwrap_or(at.config.default_language);
        let language = Language::negotiate(request.header("accept-language"), otherwise);
        Ok(Self { app, device: request.device(), language, ours })
    }
}

/// The session that the cookies name for `app`, if one of them is good by itself.
///
/// # Errors
/// [`StoreError`]
async fn session_in_cookies(at: &Moment, app: &App, request: &Request) -> Result<Option<Bearer>, StoreError> {
    let ring = at.ring().await?;
    let cookie = Cookies(&at.config.browser.cookies).access();
    // A neighbouring host may have set one of its own.
    Ok(request.cookies(cookie).find_map(|token| verify(at, app, token, ring)))
}

/// What the cookies show of a session for `app`: by the access token or, once its hour is over, by the refresh token. For
/// pages that people come to with nothing that refreshes first.
///
/// # Errors
/// [`StoreError`]
pub async fn presence_in_cookies(at: &Moment, app: &App, request: &Request) -> Result<Option<Presence>, StoreError> {
    if let Some(bearer) = session_in_cookies(at, app, request).await? {
        return Ok(Some(Presence::by_access(bearer)));
    }
    let ring = at.ring().await?;
    let cookies = Cookies(&at.config.browser.cookies);
    let shown = refresh_tokens(request, cookies, app, ring).next();
    Ok(shown.map(|token| Presence::by_refresh(&token)))
}

/// Whether the request comes from a page of ours, or from no page at all.
///
/// Browsers send `Origin` with every request that changes something. Some withhold it (`null`, or none at all, by a policy or
/// an add-on): then `Sec-Fetch-Site`, which no page can set (Fetch §2.2.2), tells our own page's request from another's.
#[must_use]
pub fn is_ours(at: &Moment, request: &Request) -> bool {
    let site = request.header("sec-fetch-site");
    match request.header("origin") {
        Some("null") => site == Some("same-origin"),
        Some(origin) => {
            at.config.origins.browser.iter().any(|ours| ours == origin) || is_twin(&at.config.public_url, origin)
        }
        None => site.is_none_or(|site| site == "same-origin" || site == "none"),
    }
}

/// Whether the page was opened by another name of this machine than the configured one.
fn is_twin(public_url: &str, origin: &str) -> bool {
    let (Ok(ours), Ok(origin)) = (public_url.parse::<Origin>(), origin.parse::<Origin>()) else { return false };
    origin.is_loopback_twin_of(&ours)
}

impl<E: Endpoint<Ctx = Ctx>> Caller<E> for Visitor
where
    <E::Dialect as Dialect>::Error: From<BrowserError>,
{
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, <E::Dialect as Dialect>::Error> {
        Ok(Self::meet(at, request, Foreign::Never).await?)
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// Somebody with an access token that is good by itself; only the store knows whether its session lives.
#[derive(Clone, Debug)]
pub struct Verifier {
    /// Whose page.
    pub visitor: Visitor,
    /// What the token says.
    pub bearer: Bearer,
}

impl Verifier {
    async fn meet(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        let visitor = Visitor::meet(at, request, Foreign::WithoutCookies).await?;
        let ring = at.ring().await?;
        let cookie = Cookies(&at.config.browser.cookies).access();
        // Another scheme brings no token, and RFC 6750 §3.1 has nothing said of one.
        let bears = request.bears();
        let bearer = if bears {
            request.bearer().and_then(|token| verify(at, &visitor.app, token, ring))
        } else {
            session_in_cookies(at, &visitor.app, request).await?
        };
        let given = bears || request.cookies(cookie).count() > 0;
        let refusal = if given { BrowserError::InvalidToken } else { BrowserError::NoToken };
        Ok(Self { bearer: bearer.ok_or(refusal)?, visitor })
    }
}

fn verify(at: &Moment, app: &App, token: &str, ring: &KeyRing) -> Option<Bearer> {
    Bearer::verify(token, Transport::Browser, app, &at.config.public_url, ring, at.now).ok()
}

impl<E: Endpoint<Ctx = Ctx, Dialect = BrowserApi>> Caller<E> for Verifier {
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        Self::meet(at, request).await
    }

    fn app(&self) -> Option<&str> {
        Some(self.visitor.app.id.as_str())
    }
}

/// A user who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The app.
    pub app: Arc<App>,
    /// The user.
    pub user: User,
    /// The session that the token belongs to.
    pub session: SessionId,
}

impl SignedIn {
    /// Reads the token and asks the store whether its session lives.
    ///
    /// # Errors
    /// [`BrowserError::NoToken`], [`BrowserError::InvalidToken`], [`BrowserError::ForeignOrigin`].
    pub async fn meet(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        let Verifier { visitor, bearer } = Verifier::meet(at, request).await?;
        let standing = at.store.standing(&visitor.app.id, &bearer, Transport::Browser, at.now).await?;
        let user = standing.ok_or(BrowserError::InvalidToken)?;
        Ok(Self { app: visitor.app, user, session: bearer.session })
    }
}

impl<E: Endpoint<Ctx = Ctx>> Caller<E> for SignedIn
where
    <E::Dialect as Dialect>::Error: From<BrowserError>,
{
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, <E::Dialect as Dialect>::Error> {
        Ok(Self::meet(at, request).await?)
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// Somebody with a refresh token of ours.
#[derive(Debug)]
pub struct Returning {
    /// The app.
    pub app: Arc<App>,
    /// The token.
    pub token: RefreshToken,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = BrowserApi>> Caller<E> for Returning {
    const SECURITY: &'static [Security] = &[Security::Refresh];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        let Visitor { app, ours, .. } = Visitor::meet(at, request, Foreign::WithoutCookies).await?;
        let ring = at.ring().await?;
        let cookies = Cookies(&at.config.browser.cookies);
        let token = refresh_tokens(request, cookies, &app, ring).next();
        Ok(Self { token: token.ok_or_else(|| BrowserError::NoSession(ours.then(|| cookies.clear())))?, app })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// Somebody who leaves, with what names their session.
#[derive(Debug)]
pub struct Leaver {
    /// The app.
    pub app: Arc<App>,
    /// The sessions that the cookies name: one, or none, or two of a browser that was tampered with.
    pub sessions: Vec<Bearer>,
    /// Whether a page of ours asks: another's may not clear cookies.
    pub ours: bool,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = BrowserApi>> Caller<E> for Leaver {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, BrowserError> {
        let Visitor { app, ours, .. } = Visitor::meet(at, request, Foreign::WithoutCookies).await?;
        let ring = at.ring().await?;
        let cookies = Cookies(&at.config.browser.cookies);
        let refresh = refresh_tokens(request, cookies, &app, ring)
            .map(|token| Bearer { user: token.user, session: token.session });
        let access = request.cookies(cookies.access()).filter_map(|token| verify(at, &app, token, ring));
        let mut sessions: Vec<Bearer> = Vec::new();
        for named in refresh.chain(access) {
            if !sessions.contains(&named) {
                sessions.push(named);
            }
        }
        Ok(Self { app, sessions, ours })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// The refresh tokens of ours among the cookies.
fn refresh_tokens(
    request: &Request,
    cookies: Cookies<'_>,
    app: &App,
    ring: &KeyRing,
) -> impl Iterator<Item = RefreshToken> {
    request.cookies(cookies.refresh()).filter_map(|text| RefreshToken::read(text, &app.id, ring).ok())
}
