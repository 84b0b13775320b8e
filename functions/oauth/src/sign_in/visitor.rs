//! The browser on the sign-in page, and the request that goes on after the sign-in.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Form, Moment, Request, Security};
use shared::app::App;
use shared::language::Language;
use shared::service::opening::TokenPair;
use shared::session::device::Device;
use web::Cookies;

use super::SignedIn;
use super::page::{CodePage, SignInPage};
use crate::pages::{PageError, Pages};
use crate::protocol::authorize::AuthorizationRequest;

/// A browser on the sign-in page.
#[derive(Clone, Debug)]
pub struct SignInVisitor {
    /// The app that the user signs in to.
    pub(crate) app: Arc<App>,
    /// The authorization request that waits for the sign-in. Without one, the sign-in leads to the connected apps.
    asked: Option<AuthorizationRequest>,
    pub(super) device: Device,
    /// The page's language.
    pub(crate) language: Language,
}

impl SignInVisitor {
    /// The page to sign in on.
    pub(crate) fn page(&self) -> SignInPage {
        SignInPage::new(self.language, &self.app, self.query(), self.client())
    }

    /// The page to type a code on, for the phone as they typed it.
    pub(crate) fn code_page(&self, phone: String) -> CodePage {
        CodePage::new(self.language, self.query(), self.client(), phone, self.destination())
    }

    /// The waiting authorization request, as a query.
    pub(crate) fn query(&self) -> String {
        self.asked.as_ref().map(AuthorizationRequest::query).unwrap_or_default()
    }

    fn client(&self) -> Option<String> {
        self.asked.as_ref().map(|asked| asked.client.name.clone())
    }

    /// Where the sign-in leads. Only our own pages, because the form's content is the client's.
    pub(crate) fn destination(&self) -> String {
        match &self.asked {
            Some(asked) => format!("{}/authorize?{}", crate::protocol::BASE, asked.query()),
            None => crate::account_page::PATH.to_owned(),
        }
    }

    /// Sends the browser on, with the cookies that hold its new session.
    pub(super) fn signed_in(&self, at: &Moment, pair: &TokenPair) -> SignedIn {
        let cookies = Cookies(&at.config.browser.cookies).set(&pair.access, &pair.refresh);
        SignedIn::Yes { cookies, location: self.destination() }
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for SignInVisitor {
    const SECURITY: &'static [Security] = &[];
    const IN_BODY: bool = true;

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        // It would sign somebody's browser in as somebody else (login CSRF).
        let shown = request.method() == "GET";
        if !shown && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        let sent = request.form();
        let form = if shown { request.form_in_query() } else { &sent };
        // The page has two forms: a program that gathers the hidden fields of both sends the same twice.
        let to = Form::read(form.all("to").next().unwrap_or_default().as_bytes());
        let asked = match to.one("client_id") {
            Ok(Some(_)) => Some(AuthorizationRequest::read(at, &to, if shown { 302 } else { 303 }).await?),
            _ => None,
        };
        let app = match &asked {
            Some(asked) => asked.app.clone(),
            None => web::bound_app(at).await?,
        };
        let asked_for = asked.as_ref().and_then(|asked| asked.language);
        let language = asked_for.unwrap_or_else(|| web::language(at, Some(&app), request));
        Ok(Self { app, asked, device: request.device(), language })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }

    fn origins(&self) -> &[String] {
        &[]
    }
}
