//! The page that asks, and where it leads.

use askama::Template;
use runtime::{Answer, Moment, Output};
use serde_json::{Value, json};
use shared::language::Language;
use shared::oauth::client::Client;
use shared::oauth::grant::{Grant, Ticket};
use shared::oauth::redirect::RedirectUri;
use shared::oauth::scope::Scope;
use shared::session::{Bearer, Transport};
use shared::store::StoreError;
use shared::user::User;
use web::Setting;

use super::request::{AuthorizationRequest, EndUser};
use crate::picker::{Picked, Picker, PickerNotice, PickerOwner, notice};
use crate::sign_in::SignInPage;

/// The page that asks for consent.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub struct Consent {
    language: Language,
    client: Client,
    asked: Scope,
    hidden: Vec<(&'static str, String)>,
    person: String,
    destination: String,
    picker: Picker,
}

/// The page at the authorization endpoint.
#[derive(Debug)]
pub enum ConsentView {
    /// Sign in first.
    SignIn(Box<SignInPage>),
    /// Decide.
    Consent(Box<Consent>),
    /// It is decided.
    Decided(String),
}

impl ConsentView {
    /// The page for a browser that is not signed in.
    pub(super) fn sign_in(end_user: &EndUser) -> Self {
        let name = Some(end_user.asked.client.name.clone());
        Self::SignIn(SignInPage::new(end_user.language, &end_user.asked.app, end_user.asked.query(), name).into())
    }

    /// The page for what was found; the one to sign in on, where the session is dead.
    pub(super) async fn of(
        at: &Moment,
        end_user: EndUser,
        picked: Option<Picked>,
        told: Option<PickerNotice>,
    ) -> Result<Self, StoreError> {
        let Some(found) = ConsentState::read(at, &end_user, picked).await? else { return Ok(Self::sign_in(&end_user)) };
        let ConsentState { bearer, user, grant, mut list } = found;
        let EndUser { asked, language, .. } = end_user;
        let ring = at.ring().await?;
        list.notice = told.map(|told| notice(language, told));
        let ticket = Ticket { epoch: user.epoch, grant: grant.map(|grant| grant.id) };
        let mut hidden = asked.hidden();
        hidden.push(("ticket", ticket.write(&bearer, Some(&asked.client.id), &asked.app.id, ring)));
        Ok(Self::Consent(Box::new(Consent {
            language,
            destination: destination(&asked),
            client: Client::clone(&asked.client),
            asked: asked.scope,
            hidden,
            person: account_name(&user),
            picker: list,
        })))
    }
}

/// What the consent page shows about the user.
struct ConsentState {
    bearer: Bearer,
    user: User,
    grant: Option<Grant>,
    list: Picker,
}

impl ConsentState {
    /// `None`: nobody is signed in. Ticks are those of the form, or what the client may see already, or what it asks for.
    async fn read(at: &Moment, end_user: &EndUser, picked: Option<Picked>) -> Result<Option<Self>, StoreError> {
        let EndUser { asked, presence: Some(presence), .. } = end_user else { return Ok(None) };
        let app = &asked.app.id;
        let owner = PickerOwner { app, user: presence.bearer.user };
        let first = picked.is_none();
        let picked = picked
            .unwrap_or_else(|| Picked { ticked: asked.details.clone().unwrap_or_default().named, ..Picked::default() });
        let (user, grant, list) = tokio::try_join!(
            at.store.present(app, presence, Transport::Browser, at.now),
            at.store.grant(app, owner.user, &asked.client.id),
            owner.picker(at, &picked),
        )?;
        let Some(user) = user else { return Ok(None) };
        let remembered = grant.as_ref().filter(|_| first).map(|grant| grant.mementos.as_slice()).unwrap_or_default();
        let list = list.with(remembered, at, owner).await?;
        Ok(Some(Self { bearer: presence.bearer.clone(), user, grant, list }))
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

/// The host that the browser goes back to, or the scheme of an app on this machine.
fn destination(asked: &AuthorizationRequest) -> String {
    let source = RedirectUri::source(&asked.redirect_uri);
    source.strip_prefix("https://").map_or_else(|| source.clone(), str::to_owned)
}

impl Output for ConsentView {
    const OTHERWISE: &'static [u16] = &[303];
    const MEDIA_TYPE: &'static str = "text/html";

    fn answer(self) -> Answer {
        match self {
            Self::SignIn(page) => page.answer(),
            Self::Decided(location) => web::redirect(303, &location),
            Self::Consent(page) => {
                let logo = page.client.logo.as_deref().map(RedirectUri::source);
                web::show(200, page.language, &*page, Setting::Leaving { picture: logo.as_deref() })
            }
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
