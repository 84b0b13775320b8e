//! Who calls the Account API: a client of some app, or somebody with a token.

use std::sync::Arc;

use runtime::{Caller, Cause, Ctx, Dialect, Endpoint, Moment, Request, Security};
use shared::app::App;
use shared::app::apis::Api;
use shared::app::credential::ApiKey;
use shared::language::Language;
use shared::session::device::Device;
use shared::session::refresh::RefreshToken;
use shared::session::{Bearer, Session, Transport};
use shared::store::{NotStanding, StoreError};
use shared::user::User;

use crate::tokens::{read_access, read_refresh};
use crate::wire::{AccountApi, AccountError};

/// A client, of which nothing is known but for which app it asks.
#[derive(Clone, Debug)]
pub struct Client {
    named: Arc<App>,
    closed: Option<Closed>,
    /// From where.
    pub device: Device,
    /// The language to write to a person in.
    pub language: Language,
}

/// Why an API key selects an app that serves nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The app is disabled, or its owner has other APIs serve it.
    Disabled,
}

impl Client {
    /// The app that its API key names, or the one that this API is bound to.
    ///
    /// # Errors
    /// [`Closed`]: to this client, the app has no users. Another app's users are not offered in their place.
    pub const fn app(&self) -> Result<&Arc<App>, Closed> {
        match self.closed {
            None => Ok(&self.named),
            Some(closed) => Err(closed),
        }
    }
}

impl From<Closed> for AccountError {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Disabled => Self::AppDisabled,
        }
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AccountApi>> Caller<E> for Client {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, AccountError> {
        let (named, closed) = if let Some(named) = named(at, request).await? {
            named
        } else {
            let bound = at.bound_app(&at.config.account.app).await?;
            (bound.ok_or(AccountError::Internal(Cause::NoApp))?, None)
        };
        let closed = closed.or((!named.policy.apis.have(Api::Account)).then_some(Closed::Disabled));
        let otherwise = named.policy.language.unwrap_or(at.config.default_language);
        let language = Language::negotiate(request.header("accept-language"), otherwise);
        Ok(Self { named, closed, device: request.device(), language })
    }

    fn app(&self) -> Option<&str> {
        Some(self.named.id.as_str())
    }
}

/// The app whose API key stands in `Authorization`, with the scheme or without, and why it serves nobody. Known clients send
/// all kinds of things in that header, and what is not exactly the key of an app says nothing.
async fn named(at: &Moment, request: &Request) -> Result<Option<(Arc<App>, Option<Closed>)>, StoreError> {
    let text = request.bearer().or_else(|| request.header("authorization"));
    let Some(key) = text.and_then(|text| text.parse::<ApiKey>().ok()) else { return Ok(None) };
    let Some(app) = at.app(key.app()).await? else { return Ok(None) };
    if !app.is_named_by(&key) {
        return Ok(None);
    }
    let closed = app.disabled.then_some(Closed::Disabled);
    Ok(Some((app, closed)))
}

/// A user who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The app.
    pub app: Arc<App>,
    /// The user.
    pub user: User,
    /// The session that the token belongs to.
    pub session: Session,
    /// Where it is used.
    pub device: Device,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AccountApi>> Caller<E> for SignedIn {
    const SECURITY: &'static [Security] = &[Security::Bearer];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, AccountError> {
        let token = request.bearer().ok_or(AccountError::NoToken)?;
        let (app, bearer) = read_access(at, token).await?;
        let (user, session) = at.store.standing_session(&app.id, &bearer, Transport::Account, at.now).await?;
        Ok(Self { user, app, session, device: request.device() })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// A caller with a refresh token.
#[derive(Debug)]
pub struct RefreshCaller {
    /// The app.
    pub app: Arc<App>,
    /// The token.
    pub token: RefreshToken,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AccountApi>> Caller<E> for RefreshCaller {
    const SECURITY: &'static [Security] = &[Security::Bearer];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, AccountError> {
        let text = request.bearer().ok_or(AccountError::NoToken)?;
        match read_refresh(at, text).await {
            Ok((app, token)) => Ok(Self { app, token }),
            Err(NotStanding::Invalid(_)) => match read_access(at, text).await {
                Ok(_) => Err(AccountError::NoRefreshToken),
                Err(refused) => Err(refused.into()),
            },
            Err(failed) => Err(failed.into()),
        }
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// A caller who logs out.
#[derive(Debug)]
pub struct LogoutCaller {
    /// The app and the session that either token names, if it is one of ours.
    pub session: Option<(Arc<App>, Bearer)>,
}

impl<E: Endpoint<Ctx = Ctx>> Caller<E> for LogoutCaller
where
    <E::Dialect as Dialect>::Error: From<StoreError>,
{
    const SECURITY: &'static [Security] = &[Security::MaybeBearer];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, <E::Dialect as Dialect>::Error> {
        let Some(text) = request.bearer() else { return Ok(Self { session: None }) };
        let named = match read_refresh(at, text).await {
            Ok((app, token)) => Ok((app, Bearer { user: token.user, session: token.session })),
            Err(NotStanding::Invalid(_)) => read_access(at, text).await,
            Err(failed) => Err(failed),
        };
        match named {
            Ok(session) => Ok(Self { session: Some(session) }),
            Err(NotStanding::Invalid(_)) => Ok(Self { session: None }),
            Err(NotStanding::Store(error)) => Err(error.into()),
        }
    }

    fn app(&self) -> Option<&str> {
        self.session.as_ref().map(|(app, _)| app.id.as_str())
    }
}
