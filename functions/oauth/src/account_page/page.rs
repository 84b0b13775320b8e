//! The page of the connected apps, as a template.

use askama::Template;
use runtime::{Answer, Moment, Output, Reason};
use serde_json::{Value, json};
use shared::id::ClientId;
use shared::oauth::grant::Ticket;
use shared::secret::Secret;
use shared::session::Bearer;
use shared::store::{Listed, StoreError};
use web::{Frame, Setting, SignedIn, WayBack, when};

use super::{PATH, Reader};
use crate::picker::{Picked, Picker, PickerNotice, PickerOwner};
use crate::protocol::authorize::{Line, account_name, lines};
use crate::resources::grants::connected;
use crate::sign_in::SignInPage;

/// What the page's own address says after an app was disconnected.
pub(super) const DISCONNECTED: &str = "done=disconnected";

/// The connected apps.
#[derive(Debug, Template)]
#[template(path = "apps.html")]
pub struct AppsPage {
    frame: Frame,
    /// Whose apps they are.
    person: String,
    /// Whether one was disconnected just now.
    gone: bool,
    apps: Vec<AppRow>,
    /// The one whose mementos are being changed.
    changing: Option<(ClientId, Picker)>,
}

/// A connected app, as a row of the page.
#[derive(Debug)]
struct AppRow {
    client: ClientId,
    name: String,
    lines: Vec<Line>,
    mementos: Vec<Listed>,
    created: String,
    used: Option<String>,
    ticket: Secret<String>,
}

/// The page at `/account/apps`, or the sign-in page.
#[derive(Debug)]
pub enum AppsView {
    /// Sign in first.
    SignIn(Box<SignInPage>),
    /// The apps.
    Apps(Box<AppsPage>),
    /// The choice is saved: the page again.
    Saved,
    /// The app is disconnected: the page again, which says so.
    Disconnected,
}

impl AppsView {
    pub(super) fn sign_in(at: &Moment, reader: Reader, back: WayBack) -> Self {
        let Reader { app, frame, showing, .. } = reader;
        let back = back.of(&app.id).query();
        Self::SignIn(SignInPage::new(at, (frame, &showing), &app, back, None).into())
    }

    /// The page, with the list to tick for one of the apps.
    pub(super) async fn of(
        at: &Moment,
        person: &SignedIn,
        frame: Frame,
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
                list = Some((client.clone(), Picker { notice: *told, ..shown }.of(person.user.mementos)));
            }
            let mementos = at.store.named_mementos(owner.app, owner.user, &grant.mementos).await?;
            let ticket = Ticket { epoch: person.user.epoch, grant: Some(grant.id.clone()), signed_in: None };
            apps.push(AppRow {
                name: connected.name,
                lines: lines(&grant.scope, &grant.servers, frame.language),
                mementos: mementos.into_iter().map(|memento| Listed { id: memento.id, name: memento.name }).collect(),
                created: when::day(grant.created, frame.language),
                used: grant.used.map(|used| when::day(used, frame.language)),
                ticket: ticket.write(&bearer, Some(&grant.client), owner.app, ring),
                client: grant.client,
            });
        }
        Ok(Self::Apps(Box::new(AppsPage {
            person: account_name(&person.user),
            gone: false,
            frame,
            apps,
            changing: list,
        })))
    }
}

impl AppsView {
    /// The page, which says that an app was disconnected, if one was.
    pub(super) fn after(self, disconnected: bool) -> Self {
        match self {
            Self::Apps(page) => Self::Apps(Box::new(AppsPage { gone: disconnected, ..*page })),
            other => other,
        }
    }
}

impl AppsPage {
    /// The list to tick, of the one that is being changed.
    fn picker_of(&self, app: &AppRow) -> Option<&Picker> {
        self.changing.as_ref().filter(|(client, _)| *client == app.client).map(|(_, picker)| picker)
    }
}

impl Output for AppsView {
    const OTHERWISE: &'static [u16] = &[303];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        match self {
            Self::Apps(page) => page.changing.as_ref().and_then(|(_, picker)| picker.reason()),
            Self::SignIn(_) | Self::Saved | Self::Disconnected => None,
        }
    }

    fn answer(self) -> Answer {
        match self {
            Self::SignIn(page) => page.answer(),
            Self::Apps(page) => web::show(200, &page.frame, &*page, Setting::Ours),
            Self::Saved => web::redirect(303, PATH),
            Self::Disconnected => web::redirect(303, &format!("{PATH}?{DISCONNECTED}")),
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
