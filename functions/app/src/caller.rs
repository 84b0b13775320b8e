//! Who calls the App API: an app, or a user of it.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Moment, Request, Security};
use shared::app::App;
use shared::app::apis::Api;
use shared::app::credential::AppSecret;
use shared::clock::Timestamp;
use shared::id::{AppId, SessionId};
use shared::language::Language;
use shared::session::device::Device;
use shared::session::{Bearer, Transport};
use shared::user::User;

use crate::wire::{AppApi, AppError};

/// An app that proved its id and secret, and the device of the request.
#[derive(Clone, Debug)]
pub struct KnownApp {
    app: Arc<App>,
    device: Device,
}

impl KnownApp {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &AppId {
        &self.app.id
    }

    /// The app.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// From where it calls.
    pub(crate) const fn device(&self) -> &Device {
        &self.device
    }

    /// The language to speak to a person in: the one that they ask for, the app's, the deployment's.
    pub(crate) fn language(&self, at: &Moment, accept_language: Option<&str>) -> Language {
        let otherwise = self.app.policy.language.unwrap_or(at.config.default_language);
        Language::negotiate(accept_language, otherwise)
    }

    async fn from_headers(at: &Moment, request: &Request) -> Result<Self, AppError> {
        let header = |name| request.header(name).filter(|value| !value.is_empty()).ok_or(AppError::MissingCredentials);
        let (id, secret) = (header("x-app-id")?, AppSecret::presented(header("x-app-secret")?));
        let id: AppId = id.parse().map_err(|_| AppError::InvalidCredentials)?;
        let app = at.app_with_secret(&id, &secret).await?.filter(|app| app.policy.apis.have(Api::App));
        let app = app.ok_or(AppError::InvalidCredentials)?;
        Ok(Self { app, device: request.device() })
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AppApi>> Caller<E> for KnownApp {
    const SECURITY: &'static [Security] = &[Security::App];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, AppError> {
        Self::from_headers(at, request).await
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }

    fn origins(&self) -> &[String] {
        &self.app.policy.origins
    }
}

/// A user who is signed in, in an app that showed its credentials.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The app.
    pub app: KnownApp,
    /// The user.
    pub user: User,
    /// The session that the token belongs to.
    pub session: SessionId,
    /// When the token expires.
    pub token_end: Timestamp,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AppApi>> Caller<E> for SignedIn {
    const SECURITY: &'static [Security] = &[Security::App, Security::Bearer];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, AppError> {
        let app = KnownApp::from_headers(at, request).await?;
        let token = request.bearer().ok_or(AppError::NoToken)?;
        let ring = at.ring().await?;
        let (bearer, token_end) = Bearer::read(token, Transport::App, app.app(), &at.config.public_url, ring, at.now)
            .map_err(AppError::InvalidToken)?;
        let user = at.store.standing(app.id(), &bearer, Transport::App, at.now).await?;
        Ok(Self { app, user, session: bearer.session, token_end })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id().as_str())
    }

    fn origins(&self) -> &[String] {
        &self.app.app.policy.origins
    }
}
