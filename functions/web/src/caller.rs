//! Who sends a request from a browser.

use std::sync::Arc;

use runtime::{Caller, Ctx, Dialect, Endpoint, Moment, Request, Security};
use shared::app::App;
use shared::id::SessionId;
use shared::language::Language;
use shared::service::opening::Former;
use shared::session::device::Device;
use shared::session::{Bearer, Transport};
use shared::store::{NotStanding, StoreError};
use shared::token::InvalidToken;
use shared::user::User;

use crate::cookies::Cookies;
use crate::frame::language;
use crate::origin::is_ours;
use crate::session;

/// Why a request was refused before its sender was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAdmitted {
    /// A page that is none of ours sent it.
    ForeignOrigin,
    /// The app that this deployment's pages are for is missing or disabled.
    NoApp,
    /// The store.
    Store(StoreError),
}

impl From<StoreError> for NotAdmitted {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Why nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSignedIn {
    /// The request would be refused for any sender.
    NotAdmitted(NotAdmitted),
    /// Neither header nor cookie.
    NoToken,
    /// The access token is not good, or not any more.
    InvalidToken(InvalidToken),
}

impl From<NotAdmitted> for NotSignedIn {
    fn from(error: NotAdmitted) -> Self {
        Self::NotAdmitted(error)
    }
}

impl From<NotStanding> for NotSignedIn {
    fn from(error: NotStanding) -> Self {
        match error {
            NotStanding::Invalid(why) => Self::InvalidToken(why),
            NotStanding::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for NotSignedIn {
    fn from(error: StoreError) -> Self {
        Self::NotAdmitted(error.into())
    }
}

/// For the error of a dialect of pages, with the variants `ForeignOrigin` and `Internal(Cause)`.
#[macro_export]
macro_rules! say_not_admitted {
    ($error:ident) => {
        impl From<$crate::NotAdmitted> for $error {
            fn from(error: $crate::NotAdmitted) -> Self {
                match error {
                    $crate::NotAdmitted::ForeignOrigin => Self::ForeignOrigin,
                    $crate::NotAdmitted::NoApp => Self::Internal(runtime::Cause::NoApp),
                    $crate::NotAdmitted::Store(error) => error.into(),
                }
            }
        }
    };
}

/// For the error of a dialect that asks who is signed in, which also has the variants `NoToken` and `InvalidToken(InvalidToken)`.
#[macro_export]
macro_rules! say_not_signed_in {
    ($error:ident) => {
        $crate::say_not_admitted!($error);

        impl From<shared::store::NotStanding> for $error {
            fn from(error: shared::store::NotStanding) -> Self {
                $crate::NotSignedIn::from(error).into()
            }
        }

        impl From<$crate::NotSignedIn> for $error {
            fn from(error: $crate::NotSignedIn) -> Self {
                match error {
                    $crate::NotSignedIn::NotAdmitted(error) => error.into(),
                    $crate::NotSignedIn::NoToken => Self::NoToken,
                    $crate::NotSignedIn::InvalidToken(why) => Self::InvalidToken(why),
                }
            }
        }
    };
}

/// The app whose users this deployment's own pages are for.
///
/// # Errors
/// [`NotAdmitted::NoApp`], [`NotAdmitted::Store`]
pub async fn bound_app(at: &Moment) -> Result<Arc<App>, NotAdmitted> {
    at.bound_app(&at.config.browser.app).await?.ok_or(NotAdmitted::NoApp)
}

/// A browser on one of our pages, signed in or not.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The app that the pages are for, or the session.
    pub app: Arc<App>,
    /// From where.
    pub device: Device,
    /// The language to speak.
    pub language: Language,
    /// Whether the page is ours. A foreign one's form brings no `SameSite` cookies, but what it is answered with
    /// would be kept: it must not be given any, not even empty ones.
    pub ours: bool,
}

/// Whether a request that no page of ours sent is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossOrigin {
    /// Always: it would sign somebody's browser in as somebody else (login CSRF).
    Never,
    /// When it carries our cookies.
    WithoutCookies,
}

impl Visitor {
    /// Looks where the request comes from.
    ///
    /// # Errors
    /// [`NotAdmitted`]
    pub async fn meet(at: &Moment, request: &Request, foreign: CrossOrigin) -> Result<Self, NotAdmitted> {
        let ours = admit(at, request, foreign)?;
        Ok(Self::of(at, request, bound_app(at).await?, ours))
    }

    /// The same on a page of `app`; `None`: of the one that the pages are bound to.
    ///
    /// # Errors
    /// [`NotAdmitted`]
    pub async fn meet_at(
        at: &Moment,
        request: &Request,
        foreign: CrossOrigin,
        app: Option<Arc<App>>,
    ) -> Result<Self, NotAdmitted> {
        let ours = admit(at, request, foreign)?;
        let app = match app {
            Some(app) => app,
            None => bound_app(at).await?,
        };
        Ok(Self::of(at, request, app, ours))
    }

    /// The same for somebody who may bring a session, which may be of another app.
    ///
    /// # Errors
    /// [`NotAdmitted`]
    pub async fn meet_again(at: &Moment, request: &Request, foreign: CrossOrigin) -> Result<Self, NotAdmitted> {
        let ours = admit(at, request, foreign)?;
        Ok(Self::of(at, request, app_of(at, request).await?, ours))
    }

    fn of(at: &Moment, request: &Request, app: Arc<App>, ours: bool) -> Self {
        let language = language(at, Some(&app), request);
        Self { app, device: request.device(), language, ours }
    }
}

/// Whether a page of ours sent the request; one of another is refused where it must be.
fn admit(at: &Moment, request: &Request, foreign: CrossOrigin) -> Result<bool, NotAdmitted> {
    let ours = is_ours(at, request);
    if !request.is_a_look() && !ours {
        let cookies = Cookies(&at.config.browser.cookies);
        let carries = [cookies.access(), cookies.refresh()].into_iter().any(|name| request.cookies(name).count() > 0);
        if carries || foreign == CrossOrigin::Never {
            return Err(NotAdmitted::ForeignOrigin);
        }
    }
    Ok(ours)
}

/// The app whose session a request brings, or else the one that the pages are for.
///
/// # Errors
/// [`NotAdmitted::NoApp`], [`NotAdmitted::Store`]
pub async fn app_of(at: &Moment, request: &Request) -> Result<Arc<App>, NotAdmitted> {
    match session::another_app(at, request).await? {
        Some(app) => Ok(app),
        None => bound_app(at).await,
    }
}

impl<E: Endpoint<Ctx = Ctx>> Caller<E> for Visitor
where
    <E::Dialect as Dialect>::Error: From<NotAdmitted>,
{
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, <E::Dialect as Dialect>::Error> {
        Ok(Self::meet(at, request, CrossOrigin::Never).await?)
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// Somebody who signs in or up on a page of ours.
#[derive(Clone, Debug)]
pub struct SigningIn {
    /// Whose page.
    pub visitor: Visitor,
    /// The session that the browser has until then. It ends (ASVS 5.0, 7.2.4).
    pub former: Option<Former>,
}

impl<E: Endpoint<Ctx = Ctx>> Caller<E> for SigningIn
where
    <E::Dialect as Dialect>::Error: From<NotAdmitted>,
{
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, <E::Dialect as Dialect>::Error> {
        let visitor = Visitor::meet(at, request, CrossOrigin::Never).await?;
        let former = session::former(at, request).await.map_err(NotAdmitted::from)?;
        Ok(Self { visitor, former })
    }

    fn app(&self) -> Option<&str> {
        Some(self.visitor.app.id.as_str())
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
    /// Reads the token of the header or, where there is none, of the cookie.
    ///
    /// # Errors
    /// [`NotSignedIn`]
    pub async fn meet(at: &Moment, request: &Request) -> Result<Self, NotSignedIn> {
        let visitor = Visitor::meet_again(at, request, CrossOrigin::WithoutCookies).await?;
        // Another scheme brings no token, and RFC 6750 §3.1 has nothing said of one.
        let bearer = if request.bears() {
            let token = request.bearer().unwrap_or_default();
            session::of_token(at, &visitor.app, token, at.ring().await?).map_err(NotSignedIn::InvalidToken)?
        } else {
            let read = session::bearer(at, &visitor.app, request).await?.ok_or(NotSignedIn::NoToken)?;
            read.map_err(NotSignedIn::InvalidToken)?
        };
        Ok(Self { visitor, bearer })
    }
}

impl<E: Endpoint<Ctx = Ctx>> Caller<E> for Verifier
where
    <E::Dialect as Dialect>::Error: From<NotSignedIn>,
{
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, <E::Dialect as Dialect>::Error> {
        Ok(Self::meet(at, request).await?)
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
    /// [`NotSignedIn`]
    pub async fn meet(at: &Moment, request: &Request) -> Result<Self, NotSignedIn> {
        let Verifier { visitor, bearer } = Verifier::meet(at, request).await?;
        let user = at.store.standing(&visitor.app.id, &bearer, Transport::Browser, at.now).await?;
        Ok(Self { app: visitor.app, user, session: bearer.session })
    }
}

impl<E: Endpoint<Ctx = Ctx>> Caller<E> for SignedIn
where
    <E::Dialect as Dialect>::Error: From<NotSignedIn>,
{
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, <E::Dialect as Dialect>::Error> {
        Ok(Self::meet(at, request).await?)
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}
