//! Somebody on a page of their account.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Moment, Reason, Request, Security};
use shared::app::App;
use shared::id::UserId;
use shared::secret::Secret;
use shared::service::confirmation::Owner;
use shared::session::attempt::Attempt;
use shared::session::device::Device;
use shared::session::recent::RecentSignIn;
use shared::session::{Presence, Session, Transport};
use shared::store::StoreError;
use shared::user::User;
use shared::user::identity::{Handle, Login};
use web::{Frame, NotAdmitted, WayBack};

use crate::view::Go;
use web::{AccountPages, PageError};

/// Somebody on a page of their account, who may be signed in.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The app that the page belongs to.
    pub app: Arc<App>,
    /// From where.
    pub device: Device,
    /// What surrounds the page.
    pub frame: Frame,
    presence: Option<Presence>,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub user: User,
    /// The session that their browser has.
    pub session: Session,
}

/// How somebody proves on a page that it is them, and not somebody at a browser that they left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By the password, which goes with this.
    Password(Login),
    /// They have no password, and have just signed in.
    Recent,
    /// They have no password: they sign in once more.
    SignIn,
}

impl Person {
    /// As the use cases know them.
    #[must_use]
    pub fn owner<'a>(&'a self, reader: &'a Reader) -> Owner<'a> {
        let Reader { app, device, frame, .. } = reader;
        let language = self.user.locale.unwrap_or(frame.language);
        Owner { app, user: &self.user, session: &self.session, device, language }
    }

    /// The handle that the user's password goes with. The user may have such a handle and no password.
    #[must_use]
    pub fn password_handle(&self) -> Option<Handle> {
        self.user.handles().into_iter().find(Handle::takes_password)
    }

    /// How they prove that it is them. It reads whether there is a password: a user who came by a code has none, and the first
    /// proof by a mailed code and the undoing of an address remove it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn proof(&self, at: &Moment, reader: &Reader) -> Result<Proof, StoreError> {
        if let Some(handle) = self.password_handle() {
            let identity = at.store.identity(&reader.app.id, &handle, at.now).await?;
            if identity.is_some_and(|identity| identity.password.is_some()) {
                return Ok(Proof::Password(Login::Handle(handle)));
            }
        }
        Ok(if self.is_fresh(at) { Proof::Recent } else { Proof::SignIn })
    }

    /// What they are called on a page: the name, or else what they sign in by.
    #[must_use]
    pub fn called(&self) -> String {
        if !self.user.name.is_empty() {
            return self.user.name.clone();
        }
        self.user.handles().first().map(|handle| handle.value().to_owned()).unwrap_or_default()
    }

    /// A form of their session, with what tells it from another showing and what was typed.
    ///
    /// # Errors
    /// [`StoreError`]: of the key ring.
    pub async fn attempt(
        &self,
        at: &Moment,
        reader: &Reader,
        form: &Secret<String>,
        proof: &Secret<String>,
    ) -> Result<Attempt, StoreError> {
        let (session, ring) = (self.session.id.to_string(), at.ring().await?);
        let [form, proof] = [form, proof].map(|text| text.expose().as_bytes());
        Ok(Attempt::of(session.as_bytes(), form, proof, &reader.app.id, ring))
    }

    /// Whether they signed in within the last ten minutes.
    #[must_use]
    pub fn is_fresh(&self, at: &Moment) -> bool {
        RecentSignIn::of(&self.session, at.now).is_some()
    }

    /// The same, by all the factors that they have: what guards the account takes that.
    #[must_use]
    pub fn is_fresh_by_all_factors(&self, at: &Moment) -> bool {
        RecentSignIn::of_all_factors(&self.session, &self.user, at.now).is_some()
    }

    /// Whether a form that was shown to `user` may change something that wants a recent sign-in by all factors; if not, the reason for the log.
    ///
    /// # Errors
    /// [`Reason`]
    pub fn admit(&self, at: &Moment, user: Option<UserId>) -> Result<(), Reason> {
        if user != Some(self.user.id) {
            return Err(Reason::StaleForm);
        }
        if self.is_fresh_by_all_factors(at) { Ok(()) } else { Err(Reason::Unconfirmed) }
    }
}

impl Reader {
    /// Who is signed in, by as many factors as the app wants.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn person(&self, at: &Moment) -> Result<Option<Person>, StoreError> {
        let Some(presence) = &self.presence else { return Ok(None) };
        let present = at.store.present(&self.app.id, presence, Transport::Browser, at.now).await?;
        let person = present.map(|(user, session)| Person { user, session });
        Ok(person.filter(|person| !person.session.has_too_few_factors(&self.app, &person.user, at.now)))
    }

    /// The session that the cookies name, alive or not.
    #[must_use]
    pub const fn presence(&self) -> Option<&Presence> {
        self.presence.as_ref()
    }

    /// The way to the sign-in page, which leads back to `page`.
    #[must_use]
    pub fn sign_in_first(&self, page: &'static str) -> Go {
        self.sign_in_again(WayBack::to(page))
    }

    /// The same for somebody whose session ended while they typed: what they typed comes back with them.
    #[must_use]
    pub fn sign_in_again(&self, back: WayBack) -> Go {
        Go::to(back.of(&self.app.id).sign_in())
    }

    /// The address of the sign-in page that leads back to `page`.
    #[must_use]
    pub fn way_to_sign_in(&self, page: &'static str) -> String {
        WayBack::to(page).of(&self.app.id).sign_in()
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AccountPages>> Caller<E> for Reader {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        if !request.is_a_look() && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        let app = web::app_of(at, request).await?;
        let presence = web::session::presence(at, &app, request).await.map_err(NotAdmitted::from)?;
        let frame = Frame::of(at, Some(&app), request);
        Ok(Self { app, device: request.device(), frame, presence })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}
