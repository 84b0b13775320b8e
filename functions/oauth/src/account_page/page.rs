//! The page of the connected apps, as a template.

use askama::Template;
use runtime::{Answer, Moment, Output};
use serde_json::{Value, json};
use shared::app::App;
use shared::clock::Timestamp;
use shared::id::ClientId;
use shared::language::Language;
use shared::oauth::grant::Ticket;
use shared::session::Bearer;
use shared::store::{Listed, StoreError};
use web::{Setting, SignedIn, WayBack};

use super::PATH;
use crate::picker::{Picked, Picker, PickerNotice, PickerOwner, notice};
use crate::resources::grants::connected;
use crate::sign_in::SignInPage;

/// The connected apps.
#[derive(Debug, Template)]
#[template(path = "apps.html")]
pub struct AppsPage {
    language: Language,
    apps: Vec<AppRow>,
    /// The one whose mementos are being changed.
    changing: Option<(ClientId, Picker)>,
}

/// A connected app, as a row of the page.
#[derive(Debug)]
struct AppRow {
    client: ClientId,
    name: String,
    scope: String,
    mementos: Vec<Listed>,
    created: String,
    used: Option<String>,
    ticket: String,
}

/// The page at `/account/apps`, or the sign-in page.
#[derive(Debug)]
pub enum AppsView {
    /// Sign in first.
    SignIn(Box<SignInPage>),
    /// The apps.
    Apps(Box<AppsPage>),
    /// Done: the page again.
    Done,
}

impl AppsView {
    pub(super) fn sign_in(language: Language, app: &App) -> Self {
        let back = WayBack::to(PATH).of(&app.id).query();
        Self::SignIn(SignInPage::new(language, app, back, None).into())
    }

    /// The page, with the list to tick for one of the apps.
    pub(super) async fn of(
        at: &Moment,
        person: &SignedIn,
        language: Language,
        changing: Option<(ClientId, Option<Picked>, Option<PickerNotice>)>,
    ) -> Result<Self, StoreError> {
        let owner = PickerOwner { app: &person.app.id, user: person.user.id };
        let ring = at.ring().await?;
        let bearer = Bearer { user: person.user.id, session: person.session.clone() };
        let mut apps = Vec::new();
        let mut list = None;
        for connected in connected(at, person).await? {
            let grant = connected.grant;
            if let Some((client, picked, told)) = changing.as_ref().filter(|(client, ..)| *client == grant.client) {
                let shown = match picked {
                    Some(picked) => owner.picker(at, picked).await?,
                    None => owner.picker(at, &Picked::default()).await?.with(&grant.mementos, at, owner).await?,
                };
                let notice = told.map(|told| notice(language, told));
                list = Some((client.clone(), Picker { notice, ..shown }));
            }
            let mementos = at.store.named_mementos(owner.app, owner.user, &grant.mementos).await?;
            let ticket = Ticket { epoch: person.user.epoch, grant: Some(grant.id.clone()), signed_in: None };
            apps.push(AppRow {
                name: connected.name,
                scope: grant.scope.to_string(),
                mementos: mementos.into_iter().map(|memento| Listed { id: memento.id, name: memento.name }).collect(),
                created: day(grant.created),
                used: grant.used.map(day),
                ticket: ticket.write(&bearer, Some(&grant.client), owner.app, ring),
                client: grant.client,
            });
        }
        Ok(Self::Apps(Box::new(AppsPage { language, apps, changing: list })))
    }
}

impl AppsPage {
    /// The list to tick, of the one that is being changed.
    fn picker_of(&self, app: &AppRow) -> Option<&Picker> {
        self.changing.as_ref().filter(|(client, _)| *client == app.client).map(|(_, picker)| picker)
    }
}

fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take_while(|character| *character != 'T').collect()
}

impl Output for AppsView {
    const OTHERWISE: &'static [u16] = &[303];
    const MEDIA_TYPE: &'static str = "text/html";

    fn answer(self) -> Answer {
        match self {
            Self::SignIn(page) => page.answer(),
            Self::Apps(page) => web::show(200, page.language, &*page, Setting::Ours),
            Self::Done => web::redirect(303, PATH),
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
