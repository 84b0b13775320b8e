//! The request of a client, in a query or in the form that shows it (RFC 6749 §4.1.1).

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Form, Moment, Request, Security};
use shared::app::App;
use shared::language::Language;
use shared::oauth::client::Client;
use shared::oauth::code::Challenge;
use shared::oauth::grant::Grant;
use shared::oauth::memento::MementoId;
use shared::oauth::scope::Scope;
use shared::secret::Secret;
use shared::session::Presence;
use shared::token::jwt;

use super::back::{Back, ResponseMode, Return};
use super::openid::{self, OpenIdRequest, after_a_sign_in};
use super::refusal::AuthorizeError;
use web::{Frame, Showing};

use crate::pages::{PageError, Pages};
use crate::picker::Picked;
use crate::protocol::details::Details;
use crate::protocol::hidden::Hidden;
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
    /// What the request asks for as one of OpenID Connect, which it is with the scope `openid`.
    pub openid: Option<OpenIdRequest>,
    /// The language that the client would have its user spoken to in.
    pub(crate) language: Option<Language>,
    /// The mementos that its user had ticked before they had to sign in again, in one text.
    ticked: Option<String>,
    /// The name that they had typed for a new one.
    naming: Option<String>,
    /// How the answer goes back.
    mode: ResponseMode,
    /// Of a redirect: 302 after a GET, 303 after a POST.
    status: u16,
    /// The parameters, for the form.
    hidden: Hidden,
}

/// What a form repeats of the request, beside the parameters of OpenID Connect.
const PARAMETERS: [&str; 10] = [
    "client_id",
    "response_type",
    "redirect_uri",
    "response_mode",
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

/// A parameter of our own: what somebody had ticked on the page before their session was found to be over.
const TICKED: &str = "ticked";
/// Another one: the name that they had typed for a new memento.
const NAMING: &str = "naming";
/// Longer than a name is, in bytes.
const LONGEST_NAMING: usize = 800;
/// What stands before each id there.
const BETWEEN: &str = ".";
/// As many as a grant has.
const LONGEST_TICKED: usize = Grant::MOST_MEMENTOS * (MementoId::DIGITS + BETWEEN.len());

/// What we do not take, and the error of its own (OpenID Connect Core §6.1, §7.2.1).
const REFUSED: [(&str, AuthorizeError); 3] = [
    ("request", AuthorizeError::RequestObject),
    ("request_uri", AuthorizeError::RequestUri),
    ("registration", AuthorizeError::Registration),
];

impl AuthorizationRequest {
    /// Reads the parameters. What we do not use is ignored, however often it comes.
    ///
    /// # Errors
    /// [`PageError`]: a page where client or address are wrong (RFC 6749 §4.1.2.1), else the way back.
    pub(crate) async fn read(at: &Moment, request: &Request, form: &Form, status: u16) -> Result<Self, PageError> {
        let id = form.one("client_id").ok().flatten().and_then(|id| id.parse().ok()).ok_or(PageError::UnknownClient)?;
        let client = at.client(&id).await?.ok_or(PageError::UnknownClient)?;
        let app = at.enabled_app(&client.app).await?.ok_or(PageError::UnknownClient)?;
        let redirect_uri = form.one("redirect_uri").ok().flatten().filter(|uri| client.redirects_to(uri));
        let redirect_uri = redirect_uri.ok_or(PageError::UnknownRedirect)?.to_owned();
        let state = form.one("state").ok().flatten();
        let mode = form.one("response_mode").ok().flatten().and_then(ResponseMode::named);
        let refuse = |why: AuthorizeError| {
            let mode = mode.unwrap_or_default();
            let asked_for = form.one("ui_locales").ok().flatten().and_then(Language::first_of);
            let language = Frame::of(at, Some(&app), request).asked_for(asked_for).language;
            let back = Return { client: &client, redirect_uri: &redirect_uri, state, mode, language, status };
            PageError::Back(back.refusing(at, why), why)
        };
        let parameters = Parameters::read(at, &client, &app, form).map_err(refuse)?;
        let Parameters { language, scope, challenge, details, resources } = parameters;
        let openid = if scope.contains(shared::oauth::openid::SCOPE) {
            Some(OpenIdRequest::read(at, &client, form).await?.map_err(refuse)?)
        } else {
            None
        };
        let given = |name| Some((name, form.one(name).ok().flatten()?.to_owned()));
        let named = form.all("resource").map(|resource| ("resource", resource.to_owned()));
        Ok(Self {
            redirect_uri,
            state: state.map(str::to_owned),
            scope,
            challenge,
            details,
            resources,
            openid,
            language,
            ticked: form.one(TICKED).ok().flatten().filter(|ids| ids.len() <= LONGEST_TICKED).map(str::to_owned),
            naming: form.one(NAMING).ok().flatten().filter(|name| name.len() <= LONGEST_NAMING).map(str::to_owned),
            mode: mode.unwrap_or_default(),
            status,
            hidden: PARAMETERS.into_iter().chain(openid::PARAMETERS).filter_map(given).chain(named).collect(),
            client,
            app,
        })
    }

    /// The request's parameters.
    pub(crate) fn hidden(&self) -> Hidden {
        self.hidden.clone()
    }

    /// The request as a query.
    pub(crate) fn query(&self) -> String {
        runtime::query(&self.hidden.iter().chain(self.picks()).collect::<Vec<_>>())
    }

    /// The same request of somebody who has ticked these, and typed that name for a new one.
    pub(super) fn ticking(self, picked: &Picked) -> Self {
        let naming = Some(picked.new.clone()).filter(|name| !name.is_empty());
        // An empty value would be as good as none.
        let ids = picked.ticked.iter().take(Grant::MOST_MEMENTOS).map(String::as_str).collect::<Vec<_>>();
        Self { ticked: Some([BETWEEN, &ids.join(BETWEEN)].concat()), naming, ..self }
    }

    /// What its user had ticked, also if that was nothing, and typed for a new one.
    pub(super) fn picked(&self) -> Option<Picked> {
        let ids = self.ticked.as_ref()?.split(BETWEEN).filter(|id| !id.is_empty());
        let new = self.naming.clone().unwrap_or_default();
        Some(Picked { ticked: ids.map(str::to_owned).collect(), new, ..Picked::default() })
    }

    fn picks(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let naming = self.naming.as_deref().map(|name| (NAMING, name));
        self.ticked.as_deref().map(|ids| (TICKED, ids)).into_iter().chain(naming)
    }

    /// The request as it goes on once its user has signed in.
    pub(crate) fn query_after_a_sign_in(&self) -> String {
        let left = self.hidden.iter().filter_map(|(name, value)| Some((name, after_a_sign_in(name, value)?)));
        let left = left.collect::<Hidden>();
        runtime::query(&left.iter().chain(self.picks()).collect::<Vec<_>>())
    }

    /// The scopes, with those whose claims are asked for by name.
    pub(super) fn whole_scope(&self) -> Scope {
        let named = self.openid.as_ref().map(|openid| openid.claims.scopes()).unwrap_or_default();
        self.scope.tokens().chain(named.tokens()).map(str::to_owned).collect()
    }

    /// The resource servers that the client asks for tokens for.
    pub(super) fn servers(&self, at: &Moment) -> Vec<String> {
        targets::servers(at, &self.app, &self.resources)
    }

    /// How its user signs in, as far as the client knows.
    pub(crate) fn login_hint(&self) -> Option<&str> {
        self.openid.as_ref()?.login_hint.as_deref()
    }

    /// Whether the client asks for a sign-in that takes a passkey.
    pub(crate) fn wants_passkey(&self) -> bool {
        self.openid.as_ref().is_some_and(|openid| openid.classes.want_passkey())
    }

    /// Where an answer goes, and how.
    fn way_back(&self, language: Language) -> Return<'_> {
        let Self { client, redirect_uri, state, mode, status, .. } = self;
        let (mode, status) = (*mode, *status);
        Return { client, redirect_uri, state: state.as_deref(), mode, language, status }
    }
}

/// What a request says beside its client and redirect URI, and beside what OpenID Connect adds.
struct Parameters {
    language: Option<Language>,
    scope: Scope,
    challenge: Option<Challenge>,
    details: Option<Details>,
    resources: Vec<String>,
}

impl Parameters {
    fn read(at: &Moment, client: &Client, app: &App, form: &Form) -> Result<Self, AuthorizeError> {
        if form.is_ambiguous(&USED) {
            return Err(AuthorizeError::Ambiguous);
        }
        if let Some((_, wrong)) = REFUSED.into_iter().find(|(name, _)| form.all(name).any(|value| !value.is_empty())) {
            return Err(wrong);
        }
        let text = |name| form.one(name).map_err(|_| AuthorizeError::Ambiguous);
        match text("response_type")? {
            Some("code") => {}
            Some(_) => return Err(AuthorizeError::ResponseType),
            None => return Err(AuthorizeError::NoResponseType),
        }
        if text("response_mode")?.is_some_and(|mode| ResponseMode::named(mode).is_none()) {
            return Err(AuthorizeError::ResponseMode);
        }
        let challenge = challenge(client, text("code_challenge")?, text("code_challenge_method")?)?;
        let details = text("authorization_details")?.map(Details::read).transpose()?;
        // Each of the two binds the code to the browser that asked (RFC 9700 §2.1).
        if text("state")?.is_none() && challenge.is_none() {
            return Err(AuthorizeError::NoState);
        }
        let language = text("ui_locales")?.and_then(Language::first_of);
        let ours = jwt::resource(&at.config.issuer(&app.id));
        let targets = targets::asked(form, &ours, app)?;
        let scope = client.scope(text("scope")?.unwrap_or_default(), &targets);
        let resources = targets.iter().map(|target| target.audience(&ours).to_owned()).collect();
        Ok(Self { language, scope, challenge, details, resources })
    }
}

/// PKCE by S256 alone (RFC 7636 §4.2, RFC 9700 §2.1.1); who can keep no secret must use it.
fn challenge(
    client: &Client,
    challenge: Option<&str>,
    method: Option<&str>,
) -> Result<Option<Challenge>, AuthorizeError> {
    match (challenge, method) {
        (None, None) if client.public => Err(AuthorizeError::PublicWithoutChallenge),
        (None, None) if client.policy.requires_pkce => Err(AuthorizeError::NoChallenge),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(AuthorizeError::MethodAlone),
        (Some(text), Some("S256")) => match Challenge::read(text) {
            Some(challenge) => Ok(Some(challenge)),
            None => Err(AuthorizeError::Challenge),
        },
        // Without a method, it would be `plain`.
        (Some(_), _) => Err(AuthorizeError::ChallengeMethod),
    }
}

/// The browser at the authorization endpoint, and the request that it carries.
#[derive(Clone, Debug)]
pub struct EndUser {
    /// What the client asks.
    pub asked: AuthorizationRequest,
    /// What the browser shows of a session; only the store knows whether it lives.
    pub presence: Option<Presence>,
    /// What surrounds the page.
    pub frame: Frame,
    /// Whether the request itself was posted (OpenID Connect Core §3.1.2.1), and is not a decision on a page of ours.
    pub(super) is_posted: bool,
    /// The form to sign in with, if it is shown.
    pub(super) showing: Showing,
}

impl EndUser {
    /// The way back to the client with a code.
    pub(super) fn back_with(&self, at: &Moment, code: &Secret<String>) -> Back {
        self.asked.way_back(self.frame.language).with(at, &[("code", code.expose())])
    }

    /// The way back to the client, which is told why.
    pub(super) fn back_refusing(&self, at: &Moment, why: AuthorizeError) -> Back {
        self.asked.way_back(self.frame.language).refusing(at, why)
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for EndUser {
    const SECURITY: &'static [Security] = &[];
    const IN_BODY: bool = true;

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        let sent = request.form();
        let is_shown = request.is_a_look();
        let is_posted = !is_shown && is_a_request(&sent);
        if !is_shown && !is_posted && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        let (form, status) = if is_shown { (request.form_in_query(), 302) } else { (&sent, 303) };
        let asked = AuthorizationRequest::read(at, request, form, status).await?;
        let presence = web::session::presence(at, &asked.app, request).await?;
        let frame = Frame::of(at, Some(&asked.app), request).asked_for(asked.language);
        let showing = Showing::of(at, request, &sent);
        Ok(Self { asked, presence, frame, is_posted, showing })
    }

    fn app(&self) -> Option<&str> {
        Some(self.asked.app.id.as_str())
    }
}

/// Whether the form is a client's request: it has no button of a page of ours and no ticket.
fn is_a_request(form: &Form) -> bool {
    let has = |name| form.all(name).next().is_some();
    has("client_id") && has("response_type") && !has("action") && !has("ticket")
}
