//! `GET /account/logo/{name}`: the picture on top of an app's pages.

use runtime::{Admitted, Answer, Caller, Ctx, Endpoint, Gate, Input, Moment, Output, Request, Route, Security};
use serde_json::{Value, json};
use shared::app::brand::{Logo, LogoName};
use shared::id::AppId;

use crate::account::FUNCTION;
use web::{AccountPages, PageError};

/// `GET /account/logo/{name}`: may be kept for ever, since another picture would have another name.
#[derive(Clone, Copy, Debug)]
pub struct ShowLogo;

/// A browser that loads a picture.
#[derive(Clone, Copy, Debug)]
pub struct Viewer;

impl<E: Endpoint<Ctx = Ctx, Dialect = AccountPages>> Caller<E> for Viewer {
    const SECURITY: &'static [Security] = &[];

    async fn identify(_: &Moment, _: &Request) -> Result<Self, PageError> {
        Ok(Self)
    }

    fn app(&self) -> Option<&str> {
        None
    }
}

/// The app and the picture that the path names.
#[derive(Debug)]
pub struct Named {
    app: AppId,
    logo: LogoName,
}

/// The picture.
#[derive(Debug)]
pub struct Picture(Logo);

impl Endpoint for ShowLogo {
    const ROUTE: Route = Route::get("pages-show-logo", "/account/logo/{name}").of(FUNCTION);
    const SUMMARY: &'static str = "Show the logo of an app, which its operator stored.";
    const ERRORS: &'static [PageError] = &[PageError::NotFound];
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Viewer;
    type Input = Named;
    type Output = Picture;

    async fn call(at: &Moment, _: Viewer, named: Named, gate: Gate<'_>) -> Result<Admitted<Picture>, PageError> {
        let pass = gate.pass().await?;
        let app = at.enabled_app(&named.app).await?.ok_or(PageError::NotFound)?;
        if app.policy.brand.logo.as_ref() != Some(&named.logo) {
            return Err(PageError::NotFound);
        }
        let logo = at.store.logo(&app.id).await?.filter(|logo| logo.name() == named.logo);
        Ok(pass.give(Picture(logo.ok_or(PageError::NotFound)?)))
    }
}

impl Input<ShowLogo> for Named {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let (app, logo) = request.path("name").and_then(|name| name.split_once('.')).ok_or(PageError::NotFound)?;
        let named = app.parse().ok().zip(logo.parse().ok()).map(|(app, logo)| Self { app, logo });
        named.ok_or(PageError::NotFound)
    }

    fn schema() -> Option<Value> {
        None
    }
}

impl Output for Picture {
    const MEDIA_TYPE: &'static str = "image/*";

    fn answer(self) -> Answer {
        Answer::bytes(self.0.media_type(), self.0.bytes())
            .with("cache-control", "public, max-age=31536000, immutable")
            // An operator's file: nothing in it is ever run.
            .with("content-security-policy", "default-src 'none'; sandbox")
            .with("cross-origin-resource-policy", "same-origin")
    }

    fn schema() -> Value {
        json!({"type": "string", "format": "binary"})
    }
}
