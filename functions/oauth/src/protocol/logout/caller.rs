//! The caller of the logout endpoint: the client's request, and the session that the browser shows.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Form, Moment, Request, Security};
use shared::app::App;
use shared::language::Language;
use shared::oauth::client::Client;
use shared::oauth::id_token::Hint;
use shared::oauth::redirect::RedirectUri;
use shared::session::{Bearer, Presence};

use super::{PATH, onward};
use web::Frame;

use crate::pages::{PageError, Pages};
use crate::protocol::hidden::Hidden;

/// The parameters that we use, none of which may come twice.
const PARAMETERS: [&str; 5] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

/// The request of a client that is known, and the browser that brings it.
#[derive(Clone, Debug)]
pub struct LogoutCaller {
    /// The client's app; the one that the pages are for where no client is named.
    pub(super) app: Arc<App>,
    /// The client.
    pub(super) client: Option<Arc<Client>>,
    /// The ID token that the client was given.
    hint: Option<Hint>,
    /// Where the browser goes afterwards.
    destination: Option<String>,
    /// What the browser shows of a session.
    pub(super) presence: Option<Presence>,
    /// All sessions that its cookies name.
    pub(super) sessions: Vec<Bearer>,
    /// What surrounds the page.
    pub(super) frame: Frame,
    /// Whether the request itself was posted, and is not a choice on a page of ours.
    pub(super) is_posted: bool,
    /// The parameters, for the form.
    pub(super) hidden: Hidden,
}

impl LogoutCaller {
    async fn meet(at: &Moment, request: &Request) -> Result<Self, PageError> {
        let sent = request.form();
        let is_shown = request.is_a_look();
        let is_chosen = ["action", "ticket"].into_iter().any(|name| sent.all(name).next().is_some());
        if !is_shown && is_chosen && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        let form = if is_shown { request.form_in_query() } else { &sent };
        if form.is_ambiguous(&PARAMETERS) {
            return Err(PageError::InvalidHint);
        }
        let text = |name| form.one(name).ok().flatten();
        let hint = match text("id_token_hint") {
            Some(token) => {
                let hint = Hint::read(token, |issuer| at.config.app_of(issuer), at.ring().await?);
                Some(hint.map_err(|_| PageError::InvalidHint)?)
            }
            None => None,
        };
        let client = client(at, hint.as_ref(), text("client_id")).await?;
        let app = match &client {
            Some(client) => at.enabled_app(&client.app).await?.ok_or(PageError::UnknownClient)?,
            None => web::bound_app(at).await?,
        };
        let destination =
            text("post_logout_redirect_uri").map(|uri| destination(client.as_deref(), uri, text("state")));
        let presence = web::session::presence(at, &app, request).await?;
        let sessions = web::session::named_by_cookies(at, &app, request, at.ring().await?);
        let asked_for = text("ui_locales").and_then(Language::first_of);
        Ok(Self {
            frame: Frame::of(at, Some(&app), request).asked_for(asked_for),
            client,
            destination: destination.transpose()?,
            is_posted: !is_shown && !is_chosen,
            hidden: PARAMETERS.into_iter().filter_map(|name| Some((name, text(name)?.to_owned()))).collect(),
            app,
            hint,
            presence,
            sessions,
        })
    }

    /// Whether the client shows an ID token of the very session that the browser shows: it need not be asked whether its user
    /// means to sign out.
    pub(super) fn is_known_to_the_client(&self) -> bool {
        let Some((hint, presence)) = self.hint.as_ref().zip(self.presence.as_ref()) else { return false };
        hint.app == self.app.id
            && hint.user == presence.bearer.user
            && hint.session.as_ref() == Some(&presence.bearer.session)
    }

    /// Where the browser goes afterwards, if the client said so.
    pub(super) fn destination(&self) -> Option<&str> {
        self.destination.as_deref()
    }

    /// The same if the browser goes there only from a page that names it.
    pub(super) fn destination_behind_a_page(&self) -> Option<&str> {
        let client = self.client.as_deref()?;
        self.destination().filter(|address| onward::needs_page(client, address))
    }

    /// The request as an address.
    pub(super) fn address(&self) -> String {
        format!("{PATH}?{}", self.hidden.query())
    }
}

/// The client that the ID token is for, or that the request names; both have to name the same.
async fn client(at: &Moment, hint: Option<&Hint>, named: Option<&str>) -> Result<Option<Arc<Client>>, PageError> {
    let named = match named {
        Some(id) => Some(id.parse().map_err(|_| PageError::UnknownClient)?),
        None => None,
    };
    if let (Some(hint), Some(named)) = (hint, &named)
        && hint.client != *named
    {
        return Err(PageError::InvalidHint);
    }
    let Some(id) = named.or_else(|| hint.map(|hint| hint.client.clone())) else { return Ok(None) };
    let client = at.client(&id).await?.ok_or(PageError::UnknownClient)?;
    if hint.is_some_and(|hint| hint.app != client.app) {
        return Err(PageError::InvalidHint);
    }
    Ok(Some(client))
}

/// The address, if the client registered it, with the `state`.
fn destination(client: Option<&Client>, uri: &str, state: Option<&str>) -> Result<String, PageError> {
    let client = client.ok_or(PageError::UnknownRedirect)?;
    if !client.openid.post_logout_redirect_uris.iter().any(|known| known.as_str() == uri) {
        return Err(PageError::UnknownRedirect);
    }
    Ok(match state {
        Some(state) => RedirectUri::with_query(uri, &runtime::query(&[("state", state)])),
        None => uri.to_owned(),
    })
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for LogoutCaller {
    const SECURITY: &'static [Security] = &[];
    const IN_BODY: bool = true;

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        Self::meet(at, request).await
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// Whether the form has a choice in it.
pub(super) fn action(form: &Form) -> Option<&str> {
    form.one("action").ok().flatten()
}
