//! The request of a client, in a query or in the form that shows it (RFC 6749 §4.1.1).

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Form, Moment, Request, Security};
use shared::app::App;
use shared::app::resource::UnknownTarget;
use shared::language::Language;
use shared::oauth::client::Client;
use shared::oauth::code::Challenge;
use shared::oauth::redirect::RedirectUri;
use shared::oauth::scope::Scope;
use shared::session::Presence;
use shared::token::jwt;

use crate::pages::{PageError, Pages};
use crate::protocol::details::{self, Details, NotDetails};
use crate::protocol::targets;

/// An authorization request (RFC 6749 §4.1.1) whose client and redirect URI were found to be registered.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// The client.
    pub client: Arc<Client>,
    /// Its app.
    pub app: Arc<App>,
    /// Where the browser goes back to, as the request had it.
    pub redirect_uri: String,
    /// What the client wants to see again.
    pub state: Option<String>,
    /// What it may do.
    pub scope: Scope,
    /// What it will have to prove.
    pub challenge: Option<Challenge>,
    /// The mementos that it asks for by `authorization_details`, if it does.
    pub details: Option<Details>,
    /// The audiences that it asks for by `resource`.
    pub resources: Vec<String>,
    /// The language that the client would have its user spoken to in.
    pub(crate) language: Option<Language>,
    /// The parameters, for the form.
    hidden: Vec<(&'static str, String)>,
}

/// What a form repeats of the request.
const PARAMETERS: [&str; 9] = [
    "client_id",
    "response_type",
    "redirect_uri",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "authorization_details",
    "ui_locales",
];

/// The parameters that we use, none of which may come twice (RFC 6749 §3.1). `client_id` and `redirect_uri` are looked at
/// before them.
const USED: [&str; 8] = [
    "response_type",
    "response_mode",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "authorization_details",
    "ui_locales",
];

/// The error and its description, for the redirect to the client (RFC 6749 §4.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InvalidRequest(&'static str, &'static str);

impl From<NotDetails> for InvalidRequest {
    fn from(NotDetails(description): NotDetails) -> Self {
        Self(details::ERROR, description)
    }
}

impl From<UnknownTarget> for InvalidRequest {
    fn from(_: UnknownTarget) -> Self {
        Self(targets::ERROR, targets::UNKNOWN)
    }
}

impl AuthorizationRequest {
    /// Reads the parameters. What we do not use is ignored, however often it comes.
    ///
    /// # Errors
    /// [`PageError`]: a page where client or address are wrong (RFC 6749 §4.1.2.1), else the way back.
    pub(crate) async fn read(at: &Moment, form: &Form, status: u16) -> Result<Self, PageError> {
        let id = form.one("client_id").ok().flatten().and_then(|id| id.parse().ok()).ok_or(PageError::UnknownClient)?;
        let client = at.client(&id).await?.ok_or(PageError::UnknownClient)?;
        let app = at.enabled_app(&client.app).await?.ok_or(PageError::UnknownClient)?;
        let redirect_uri = form.one("redirect_uri").ok().flatten().filter(|uri| client.redirects_to(uri));
        let redirect_uri = redirect_uri.ok_or(PageError::UnknownRedirect)?.to_owned();
        let state = form.one("state").ok().flatten();
        let read = || {
            if form.is_ambiguous(&USED) {
                return Err(InvalidRequest("invalid_request", "A parameter comes twice or cannot be read."));
            }
            let text =
                |name| form.one(name).map_err(|_| InvalidRequest("invalid_request", "A parameter cannot be read."));
            match text("response_type")? {
                Some("code") => {}
                Some(_) => return Err(InvalidRequest("unsupported_response_type", "The response_type is code.")),
                None => return Err(InvalidRequest("invalid_request", "The response_type is missing.")),
            }
            if text("response_mode")?.is_some_and(|mode| mode != "query") {
                return Err(InvalidRequest("invalid_request", "The response_mode is query."));
            }
            let challenge = challenge(&client, text("code_challenge")?, text("code_challenge_method")?)?;
            let details = text("authorization_details")?.map(Details::read).transpose()?;
            // Each of the two binds the code to the browser that asked (RFC 9700 §2.1).
            if state.is_none() && challenge.is_none() {
                return Err(InvalidRequest("invalid_request", "Send a state, or a code_challenge."));
            }
            let language = text("ui_locales")?.and_then(Language::first_of);
            let ours = jwt::resource(&at.config.issuer(&app.id));
            let targets = targets::asked(form, &ours, &app)?;
            let scope = client.scope(text("scope")?.unwrap_or_default(), &targets);
            let resources = targets.iter().map(|target| target.audience(&ours).to_owned()).collect();
            Ok((language, scope, challenge, details, resources))
        };
        match read() {
            Ok((language, scope, challenge, details, resources)) => {
                let state = state.map(str::to_owned);
                let given = |name| Some((name, form.one(name).ok().flatten()?.to_owned()));
                let named = form.all("resource").map(|resource| ("resource", resource.to_owned()));
                let hidden = PARAMETERS.into_iter().filter_map(given).chain(named).collect();
                Ok(Self { client, app, redirect_uri, state, scope, challenge, details, resources, language, hidden })
            }
            Err(InvalidRequest(error, description)) => {
                let pairs = [("error", error), ("error_description", description)];
                Err(PageError::Back { status, location: way_back(at, &client, &redirect_uri, state, &pairs) })
            }
        }
    }

    /// The request's parameters.
    pub(crate) fn hidden(&self) -> Vec<(&'static str, String)> {
        self.hidden.clone()
    }

    /// The request as a query.
    pub(crate) fn query(&self) -> String {
        let pairs: Vec<_> = self.hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
        runtime::query(&pairs)
    }

    /// The way back with these parameters, `state` and `iss`, after a POST.
    pub(crate) fn way_back(&self, at: &Moment, pairs: &[(&str, &str)]) -> String {
        way_back(at, &self.client, &self.redirect_uri, self.state.as_deref(), pairs)
    }
}

/// Who answers is said in every answer (RFC 9207).
fn way_back(at: &Moment, client: &Client, redirect_uri: &str, state: Option<&str>, pairs: &[(&str, &str)]) -> String {
    let (issuer, mut pairs) = (at.config.issuer(&client.app), pairs.to_vec());
    pairs.extend(state.map(|state| ("state", state)));
    pairs.push(("iss", &issuer));
    RedirectUri::with_query(redirect_uri, &runtime::query(&pairs))
}

/// PKCE by S256 alone (RFC 7636 §4.2, RFC 9700 §2.1.1); who can keep no secret must use it.
fn challenge(
    client: &Client,
    challenge: Option<&str>,
    method: Option<&str>,
) -> Result<Option<Challenge>, InvalidRequest> {
    match (challenge, method) {
        (None, None) if client.public => {
            Err(InvalidRequest("invalid_request", "A public client sends a code_challenge."))
        }
        (None, None) => Ok(None),
        (None, Some(_)) => Err(InvalidRequest("invalid_request", "The code_challenge is missing.")),
        (Some(text), Some("S256")) => match Challenge::read(text) {
            Some(challenge) => Ok(Some(challenge)),
            None => Err(InvalidRequest("invalid_request", "The code_challenge is not a SHA-256 hash in base64url.")),
        },
        // Without a method, it would be `plain`.
        (Some(_), _) => Err(InvalidRequest("invalid_request", "The code_challenge_method is S256.")),
    }
}

/// The browser at the authorization endpoint, and the request that it carries.
#[derive(Clone, Debug)]
pub struct EndUser {
    /// What the client asks.
    pub asked: AuthorizationRequest,
    /// What the browser shows of a session; only the store knows whether it lives.
    pub presence: Option<Presence>,
    /// The language to speak.
    pub language: Language,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for EndUser {
    const SECURITY: &'static [Security] = &[];
    const IN_BODY: bool = true;

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        let asked = if request.method() == "GET" {
            AuthorizationRequest::read(at, request.form_in_query(), 302).await?
        } else {
            if !web::is_ours(at, request) {
                return Err(PageError::ForeignOrigin);
            }
            AuthorizationRequest::read(at, &request.form(), 303).await?
        };
        let presence = web::session::presence(at, &asked.app, request).await?;
        let language = asked.language.unwrap_or_else(|| web::language(at, Some(&asked.app), request));
        Ok(Self { asked, presence, language })
    }

    fn app(&self) -> Option<&str> {
        Some(self.asked.app.id.as_str())
    }

    fn origins(&self) -> &[String] {
        &[]
    }
}
