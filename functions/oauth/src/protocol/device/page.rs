//! The page `/device`, in each of its states.

use askama::Template;
use runtime::{Answer, Moment, Output, Reason};
use serde_json::{Value, json};
use shared::oauth::client::Client;
use shared::oauth::device::{DeviceRequest, UserCode};
use shared::oauth::grant::Ticket;
use shared::oauth::redirect::RedirectUri;
use shared::secret::Secret;
use shared::session::{Session, Transport};
use shared::store::StoreError;
use shared::user::User;
use web::{Frame, Setting, when};

use super::visitor::{DeviceVisitor, Waiting};
use crate::picker::{Picked, Picker, PickerNotice, PickerOwner};
use crate::protocol::authorize::{Line, account_name, are_of_identity_alone, lines};
use crate::protocol::targets;
use crate::sign_in::SignInPage;

/// What stands above the field for the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    None,
    /// No device shows the code, or no longer.
    Unknown,
    /// The device is let in.
    Allowed,
    /// It is not.
    Denied,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "device.html")]
pub struct DevicePage {
    frame: Frame,
    typed: Secret<String>,
    /// What was ticked before its reader had to sign in.
    kept: Option<Picked>,
    notice: Notice,
    /// The device to decide about.
    deciding: Option<Deciding>,
}

/// A device that somebody decides about.
#[derive(Debug)]
struct Deciding {
    client: Client,
    request: DeviceRequest,
    /// The resource servers that it asks for tokens for.
    servers: Vec<String>,
    code: UserCode,
    ticket: Secret<String>,
    person: String,
    /// The page to sign in to another account on.
    other_account: String,
    picker: Picker,
}

/// What the browser gets.
#[derive(Debug)]
pub enum DeviceView {
    /// Sign in first.
    SignIn(Box<SignInPage>),
    /// The page.
    Page(Box<DevicePage>),
}

impl DeviceView {
    /// The page that asks for a code.
    pub(super) fn ask(caller: DeviceVisitor, notice: Notice) -> Self {
        let typed =
            if matches!(notice, Notice::None | Notice::Unknown) { caller.typed } else { Secret::new(String::new()) };
        // What is filled in stays when the language is switched.
        let address = match typed.expose().as_str() {
            "" => super::PATH.to_owned(),
            code => format!("{}?{}", super::PATH, runtime::query(&[("user_code", code)])),
        };
        let (frame, kept) = (caller.frame.found_at(&address), caller.kept);
        Self::Page(Box::new(DevicePage { frame, typed, kept, notice, deciding: None }))
    }

    /// The page for a browser that is not signed in. It leads back to the page with the code filled in, and then to what was ticked.
    pub(super) fn sign_in(at: &Moment, caller: &DeviceVisitor, waiting: &Waiting, ticked: Option<&Picked>) -> Self {
        let to = waiting.query(ticked);
        let name = Some(waiting.client.name.clone());
        Self::SignIn(SignInPage::new(at, (caller.frame.clone(), &caller.showing), &waiting.app, to, name).into())
    }

    /// The page that asks for the decision; the one to sign in on, where the session is dead.
    pub(super) async fn of(
        at: &Moment,
        caller: DeviceVisitor,
        waiting: &Waiting,
        picked: Option<Picked>,
        told: Option<PickerNotice>,
    ) -> Result<Self, StoreError> {
        let Some(presence) = &waiting.presence else {
            return Ok(Self::sign_in(at, &caller, waiting, picked.as_ref()));
        };
        let (app, client) = (&waiting.app.id, &waiting.client);
        let owner = PickerOwner { app, user: presence.bearer.user };
        let is_first = picked.is_none();
        let picked = picked.unwrap_or_default();
        let (user, grant, list) = tokio::try_join!(
            at.store.present(app, presence, Transport::Browser, at.now),
            at.store.grant(app, owner.user, &client.id),
            owner.picker(at, &picked),
        )?;
        let is_enough = |(user, session): &(User, Session)| {
            !session.has_too_few_factors(&waiting.app, user, at.now) && (grant.is_some() || session.may_connect(at.now))
        };
        let Some((user, session)) = user.filter(is_enough) else {
            let ticked = Some(&picked).filter(|_| !is_first);
            return Ok(Self::sign_in(at, &caller, waiting, ticked));
        };
        let remembered = grant.as_ref().filter(|_| is_first).map(|grant| grant.mementos.as_slice()).unwrap_or_default();
        let mut list = list.with(remembered, at, owner).await?;
        list.notice = told;
        let grant = grant.map(|grant| grant.id);
        let ticket = Ticket { epoch: user.epoch, grant, signed_in: Some(session.sign_in()) };
        let deciding = Deciding {
            ticket: ticket.write(&presence.bearer, Some(&client.id), app, at.ring().await?),
            client: Client::clone(client),
            request: waiting.request.clone(),
            servers: targets::servers(at, &waiting.app, &waiting.request.resources),
            code: waiting.code.clone(),
            person: account_name(&user),
            other_account: web::way_back::sign_in(&waiting.query(None)),
            picker: list.of(user.mementos).wanted(!are_of_identity_alone(&waiting.request.scope)),
        };
        let (frame, typed) = (caller.frame, caller.typed);
        Ok(Self::Page(Box::new(DevicePage {
            frame,
            typed,
            kept: None,
            notice: Notice::None,
            deciding: Some(deciding),
        })))
    }
}

impl DevicePage {
    fn problem(&self) -> Option<&'static str> {
        let words = (
            "验证码不正确或已失效，请在设备上查看",
            "No device shows this code, or no longer. Look at your device again.",
        );
        (self.notice == Notice::Unknown).then(|| self.frame.say(words.0, words.1))
    }

    /// What the client may do beside what every client may.
    fn lines(&self) -> Vec<Line> {
        let of = |deciding: &Deciding| lines(&deciding.request.scope, &deciding.servers, self.frame.language);
        self.deciding.as_ref().map(of).unwrap_or_default()
    }

    /// When the device asked.
    fn time(&self, deciding: &Deciding) -> String {
        when::minute(deciding.request.created, self.frame.language)
    }

    /// Whether the device was let in.
    fn is_good(&self) -> bool {
        self.notice == Notice::Allowed
    }

    /// What has come of the decision.
    fn outcome(&self) -> Option<&'static str> {
        match self.notice {
            Notice::None | Notice::Unknown => None,
            Notice::Allowed => Some(
                self.frame.say("设备已获得授权，您可以回到设备上继续。", "The device is connected. Go back to it."),
            ),
            Notice::Denied => Some(self.frame.say("已拒绝该设备的请求。", "The device was refused.")),
        }
    }
}

impl Deciding {
    /// The mementos to tick.
    fn list(&self) -> &Picker {
        &self.picker
    }

    fn client(&self) -> &Client {
        &self.client
    }
}

impl Output for DeviceView {
    const OTHERWISE: &'static [u16] = &[400];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        match self {
            Self::Page(page) if page.notice == Notice::Unknown => Some(Reason::WrongCode),
            Self::Page(page) => page.deciding.as_ref().and_then(|deciding| deciding.picker.reason()),
            Self::SignIn(_) => None,
        }
    }

    fn answer(self) -> Answer {
        match self {
            Self::SignIn(page) => page.answer(),
            Self::Page(page) => {
                let logo = page.deciding.as_ref().and_then(|deciding| deciding.client.logo.as_deref());
                let logo = logo.map(RedirectUri::source);
                let setting =
                    logo.as_deref().map_or(Setting::Ours, |source| Setting::Leaving { picture: Some(source) });
                web::show(if page.notice == Notice::Unknown { 400 } else { 200 }, &page.frame, &*page, setting)
            }
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
