//! The consent page, as a template.

use askama::Template;
use runtime::{Answer, Moment, Output, Reason};
use serde_json::{Value, json};
use shared::id::GrantId;
use shared::oauth::client::Client;
use shared::oauth::grant::{Grant, Ticket};
use shared::oauth::redirect::RedirectUri;
use shared::session::{Bearer, Session, Transport};
use shared::store::StoreError;
use shared::user::User;
use web::{Frame, Setting};

use super::back::Back;
use super::refusal::AuthorizeError;
use super::request::{AuthorizationRequest, EndUser};
use super::scopes::{self, Line};
use crate::picker::{Picked, Picker, PickerNotice, PickerOwner};
use crate::protocol::hidden::Hidden;
use crate::sign_in::SignInPage;

/// The page that asks for consent.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub struct Consent {
    frame: Frame,
    client: Client,
    lines: Vec<Line>,
    hidden: Hidden,
    person: String,
    destination: String,
    /// Whether a program on the user's own machine is given the answer, and nobody vouches for the client.
    ends_here: bool,
    /// The page to sign in to another account on.
    other_account: String,
    picker: Picker,
}

/// The page at the authorization endpoint.
#[derive(Debug)]
pub enum ConsentView {
    /// Sign in first.
    SignIn(Box<SignInPage>),
    /// Decide.
    Consent(Box<Consent>),
    /// It is decided, or the request goes on by another address.
    Decided(Back),
    /// The user refused, and the client is told.
    Refused(Back),
}

impl ConsentView {
    /// The page for a browser that is not signed in.
    pub(super) fn sign_in(at: &Moment, end_user: &EndUser) -> Self {
        let EndUser { asked, frame, showing, .. } = end_user;
        let name = Some(asked.client.name.clone());
        let page = SignInPage::new(at, (frame.clone(), showing), &asked.app, asked.query_after_a_sign_in(), name);
        Self::SignIn(Box::new(page.for_login(asked.login_hint()).for_passkey(asked.wants_passkey())))
    }

    /// The same for somebody whose session ended while they chose. What they ticked comes back.
    pub(super) fn sign_in_again(at: &Moment, end_user: &EndUser, picked: &Picked) -> Self {
        let asked = end_user.asked.clone().ticking(picked);
        Self::sign_in(at, &EndUser { asked, ..end_user.clone() })
    }

    /// The page for what was found; the one to sign in on, where the session is dead.
    pub(super) async fn of(
        at: &Moment,
        end_user: EndUser,
        picked: Option<Picked>,
        told: Option<PickerNotice>,
    ) -> Result<Self, StoreError> {
        let ticked = picked.clone();
        match (ConsentState::read(at, &end_user, picked).await?, ticked) {
            (Some(found), _) => page(at, end_user, found, told).await,
            (None, Some(ticked)) => Ok(Self::sign_in_again(at, &end_user, &ticked)),
            (None, None) => Ok(Self::sign_in(at, &end_user)),
        }
    }
}

/// The page for what was found.
pub(super) async fn page(
    at: &Moment,
    end_user: EndUser,
    found: ConsentState,
    told: Option<PickerNotice>,
) -> Result<ConsentView, StoreError> {
    let ticket = found.ticket();
    let ConsentState { bearer, user, mut list, .. } = found;
    let EndUser { asked, frame, .. } = end_user;
    let frame = frame.found_at(&format!("{}?{}", super::PATH, asked.query()));
    let ring = at.ring().await?;
    list.notice = told;
    let scope = asked.whole_scope();
    let wants_mementos = asked.details.is_some() || !scopes::are_of_identity_alone(&scope);
    let list = list.of(user.mementos).wanted(wants_mementos);
    let ticket = ticket.write(&bearer, Some(&asked.client.id), &asked.app.id, ring);
    let hidden = asked.hidden().with_ticket(ticket);
    Ok(ConsentView::Consent(Box::new(Consent {
        lines: scopes::lines(&scope, &asked.servers(at), frame.language),
        frame,
        destination: RedirectUri::destination(&asked.redirect_uri),
        ends_here: asked.client.is_unvetted() && RedirectUri::is_loopback(&asked.redirect_uri),
        other_account: web::way_back::sign_in(&asked.query_after_a_sign_in()),
        client: Client::clone(&asked.client),
        hidden,
        person: account_name(&user),
        picker: list,
    })))
}

/// What the consent page shows about the user.
pub(super) struct ConsentState {
    pub(super) bearer: Bearer,
    pub(super) session: Session,
    pub(super) user: User,
    grant: Option<Grant>,
    list: Picker,
}

impl ConsentState {
    /// `None`: nobody is signed in, or by fewer factors than the app wants, or not recently enough for a client that they never connected. Ticks are those of the form, or what the client may see already, or what it asks for.
    pub(super) async fn read(
        at: &Moment,
        end_user: &EndUser,
        picked: Option<Picked>,
    ) -> Result<Option<Self>, StoreError> {
        let EndUser { asked, presence: Some(presence), .. } = end_user else { return Ok(None) };
        let app = &asked.app.id;
        let owner = PickerOwner { app, user: presence.bearer.user };
        let picked = picked.or_else(|| asked.picked());
        let first = picked.is_none();
        let picked = picked
            .unwrap_or_else(|| Picked { ticked: asked.details.clone().unwrap_or_default().named, ..Picked::default() });
        let (user, grant, list) = tokio::try_join!(
            at.store.present(app, presence, Transport::Browser, at.now),
            at.store.grant(app, owner.user, &asked.client.id),
            owner.picker(at, &picked),
        )?;
        let is_enough = |(user, session): &(User, Session)| {
            !session.has_too_few_factors(&asked.app, user, at.now) && (grant.is_some() || session.may_connect(at.now))
        };
        let Some((user, session)) = user.filter(is_enough) else { return Ok(None) };
        let remembered = grant.as_ref().filter(|_| first).map(|grant| grant.mementos.as_slice()).unwrap_or_default();
        let list = list.with(remembered, at, owner).await?;
        Ok(Some(Self { bearer: presence.bearer.clone(), session, user, grant, list }))
    }

    /// What a decision has to find unchanged.
    pub(super) fn ticket(&self) -> Ticket {
        let grant = self.grant.as_ref().map(|grant| grant.id.clone());
        Ticket { epoch: self.user.epoch, grant, signed_in: Some(self.session.sign_in()) }
    }

    /// The grant, if the user has agreed to everything that is asked.
    pub(super) fn grant_of_all(&self, at: &Moment, asked: &AuthorizationRequest) -> Option<GrantId> {
        let grant = self.grant.as_ref()?;
        let is_granted = |named: &String| grant.mementos.iter().any(|id| id.as_str() == named);
        let named = asked.details.as_ref().map(|details| details.named.as_slice()).unwrap_or_default();
        let has_all = grant.covers(&asked.whole_scope(), &asked.servers(at)) && named.iter().all(is_granted);
        has_all.then(|| grant.id.clone())
    }
}

/// How somebody knows which account this is.
pub(crate) fn account_name(user: &User) -> String {
    let handle = user.handles().into_iter().next().map(|handle| handle.value().to_owned());
    match (user.name.as_str(), handle) {
        ("", Some(handle)) => handle,
        (name, Some(handle)) => format!("{name} ({handle})"),
        (name, None) => name.to_owned(),
    }
}

impl Output for ConsentView {
    const OTHERWISE: &'static [u16] = &[302, 303];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        match self {
            Self::Consent(page) => page.picker.reason(),
            Self::Refused(_) => Some(AuthorizeError::AccessDenied.reason()),
            Self::SignIn(_) | Self::Decided(_) => None,
        }
    }

    fn answer(self) -> Answer {
        match self {
            Self::SignIn(page) => page.answer(),
            Self::Decided(back) | Self::Refused(back) => back.answer(),
            Self::Consent(page) => {
                let logo = page.client.logo.as_deref().map(RedirectUri::source);
                web::show(200, &page.frame, &*page, Setting::Leaving { picture: logo.as_deref() })
            }
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
