//! Who calls the App API: an app, or a user of it.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Request, Security};
use shared::app::App;
use shared::app::credential::{AppSecret, StoredSecret};
use shared::id::{AppId, SessionId};
use shared::language::Language;
use shared::session::device::Device;
use shared::session::{Bearer, Transport};
use shared::user::User;

use crate::wire::{AppApi, AppError};

/// An app that showed its id and a living secret, and the device that it did so from.
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
    pub(crate) fn device(&self) -> Device {
        self.device.clone()
    }

    /// The language to speak to a person in: the one that they ask for, the app's, the deployment's.
    pub(crate) fn language(&self, ctx: &Ctx, accept_language: Option<&str>) -> Language {
        let otherwise = self.app.policy.language.unwrap_or(ctx.config.default_language);
        Language::negotiate(accept_language, otherwise)
    }

    async fn from_headers(ctx: &Ctx, request: &Request) -> Result<Self, AppError> {
        let header = |name| request.header(name).filter(|value| !value.is_empty()).ok_or(AppError::MissingCredentials);
        let (id, secret) = (header("x-app-id")?, AppSecret::presented(header("x-app-secret")?));
        let id: AppId = id.parse().map_err(|_| AppError::InvalidCredentials)?;
        let now = ctx.now();
        let app = ctx.apps.find(&ctx.store, &id, now).await?.ok_or(AppError::InvalidCredentials)?;
        let used = app.matching_secret(&secret, now).ok_or(AppError::InvalidCredentials)?;
        note_use(ctx, &app, used).await;
        Ok(Self { app, device: request.device() })
    }
}

/// Once a day and secret. That it could not be noted is no reason to refuse the app.
async fn note_use(ctx: &Ctx, app: &Arc<App>, used: &StoredSecret) {
    let now = ctx.now();
    if used.use_is_news(now) && ctx.apps.first_use(app, used, now).await {
        let _ = ctx.store.note_secret_use(&app.id, used, now).await;
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AppApi>> Caller<E> for KnownApp {
    const SECURITY: &'static [Security] = &[Security::App];

    async fn identify(ctx: &Ctx, request: &Request) -> Result<Self, AppError> {
        Self::from_headers(ctx, request).await
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
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AppApi>> Caller<E> for SignedIn {
    const SECURITY: &'static [Security] = &[Security::App, Security::Bearer];

    async fn identify(ctx: &Ctx, request: &Request) -> Result<Self, AppError> {
        let app = KnownApp::from_headers(ctx, request).await?;
        let token = request.bearer().ok_or(AppError::NoToken)?;
        let now = ctx.now();
        let ring = ctx.store.ring(now).await?;
        let bearer = Bearer::verify(token, Transport::App, app.app(), &ctx.config.public_url, &ring, now)
            .map_err(|_| AppError::InvalidToken)?;
        let user = ctx.store.standing(app.id(), &bearer, Transport::App, now).await?.ok_or(AppError::InvalidToken)?;
        Ok(Self { app, user, session: bearer.session })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id().as_str())
    }

    fn origins(&self) -> &[String] {
        &self.app.app.policy.origins
    }
}
