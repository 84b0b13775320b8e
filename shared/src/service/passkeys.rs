//! Passkeys: a user adds and removes them, and somebody signs in with one.

use serde_json::Value;

use crate::app::App;
use crate::id::AppId;
use crate::language::Language;
use crate::notify::letter::{Event, PasskeyNews};
use crate::passkey::authentication::{self, Authenticated};
use crate::passkey::challenge::{Binding, BrowserMark, Challenge, Holder, Purpose};
use crate::passkey::json::{AuthenticationAnswer, RegistrationAnswer};
use crate::passkey::registration::{self, Registered};
use crate::passkey::relying_party::RelyingParty;
use crate::passkey::{MOST_PASSKEYS, Passkey, PasskeyId, PasskeyName, Refused, options};
use crate::service::Moment;
use crate::service::new_place::Visit;
use crate::service::tell::News;
use crate::session::device::Device;
use crate::session::method::{Method, Methods};
use crate::session::{Opening, Session};
use crate::store::{PasskeyNotAdded, PasskeyNotUsed, StoreError, UsedPasskey};
use crate::user::User;
use crate::user::lockout::{Place, Tries};
use crate::user::sighting::Sighting;

/// Somebody who is signed in, about their passkeys.
#[derive(Clone, Copy, Debug)]
pub struct PasskeyOwner<'a> {
    /// In which app.
    pub app: &'a App,
    /// Who.
    pub user: &'a User,
    /// The session that they ask with.
    pub session: &'a Session,
    /// Where they ask, and with what.
    pub device: &'a Device,
    /// The language to write to them in.
    pub language: Language,
}

/// A page on which somebody signs in with a passkey.
#[derive(Clone, Copy, Debug)]
pub struct PasskeyPage<'a> {
    /// In which app.
    pub app: &'a App,
    /// The browser that shows it.
    pub browser: &'a BrowserMark,
    /// Where somebody signs in, and with what.
    pub device: &'a Device,
    /// The language to write to its user in.
    pub language: Language,
}

/// Why a user got no passkey.
#[derive(Debug, thiserror::Error)]
pub enum NotAdded {
    /// The answer of browser and authenticator is not believed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// They have as many as anybody may.
    #[error("the user has as many passkeys as anybody may")]
    TooMany,
    /// The user is gone or has moved on to another epoch.
    #[error("the user is gone or has moved on")]
    Changed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PasskeyNotAdded> for NotAdded {
    fn from(error: PasskeyNotAdded) -> Self {
        match error {
            PasskeyNotAdded::Spent => Self::Refused(Refused::Replayed),
            PasskeyNotAdded::Registered => Self::Refused(Refused::Registered),
            PasskeyNotAdded::TooMany => Self::TooMany,
            PasskeyNotAdded::Changed => Self::Changed,
            PasskeyNotAdded::Store(error) => Self::Store(error),
        }
    }
}

/// Why a passkey let nobody in.
#[derive(Debug, thiserror::Error)]
pub enum NotLetIn {
    /// The answer of browser and authenticator is not believed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// An operator shut the user out.
    #[error("the user is shut out")]
    Disabled,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Somebody who showed a passkey of theirs. The challenge is not spent yet.
#[derive(Debug)]
pub struct Shown {
    /// Who.
    pub user: User,
    id: PasskeyId,
    said: Authenticated,
    challenge: Challenge,
    /// How often it had signed before.
    counted: u32,
    /// Whether it was used from there before.
    sighting: Sighting,
    /// Where it was used, with this place, if that has to be written.
    places: Option<Vec<Place>>,
}

impl Shown {
    /// What they have proved who they are with.
    #[must_use]
    pub fn methods(&self) -> Methods {
        let methods = Methods::from(Method::Passkey);
        if self.said.user_verified { methods.and(Method::UserVerified) } else { methods }
    }
}

impl Moment {
    /// What a page of `origin` hands to `navigator.credentials.create()`.
    ///
    /// # Errors
    /// [`NotAdded`]: the user has as many passkeys as anybody may.
    pub async fn passkey_creation(
        &self,
        owner: PasskeyOwner<'_>,
        relying_party: &RelyingParty,
        origin: &str,
    ) -> Result<Value, NotAdded> {
        let PasskeyOwner { app, user, session, .. } = owner;
        let (ring, known) = tokio::try_join!(self.ring(), self.store.passkeys(&app.id, user))?;
        if known.len() >= usize::try_from(MOST_PASSKEYS).unwrap_or(usize::MAX) {
            return Err(NotAdded::TooMany);
        }
        let challenge = registering(&app.id, session).issue(origin, ring, &self.random, self.now);
        Ok(options::creation(relying_party, app, user, &challenge, &known))
    }

    /// Adds the passkey that a browser answered with, and tells its user.
    ///
    /// # Errors
    /// [`NotAdded`]
    pub async fn add_passkey(
        &self,
        owner: PasskeyOwner<'_>,
        relying_party: &RelyingParty,
        answer: &RegistrationAnswer,
        name: PasskeyName,
    ) -> Result<Passkey, NotAdded> {
        let PasskeyOwner { app, user, session, .. } = owner;
        let (binding, ring) = (registering(&app.id, session), self.ring().await?);
        let recognise = |challenge: &[u8], origin: &str| binding.recognise(challenge, origin, ring, self.now);
        let Registered { challenge, credential, key, sign_count, backup_eligible, backed_up, transports } =
            registration::verify(answer, relying_party, recognise)?;
        let place = Place::of(owner.device.address(), &app.id, ring);
        let places = if place.is_known() { vec![place] } else { Vec::new() };
        let (created, epoch, used) = (self.now, user.epoch, None);
        let passkey = Passkey {
            credential,
            name,
            key,
            sign_count,
            backup_eligible,
            backed_up,
            transports,
            created,
            epoch,
            used,
            places,
        };
        self.store.add_passkey(&app.id, user.id, &passkey, &challenge, self.now).await?;
        self.tell_owner(owner, PasskeyNews::Added).await;
        Ok(passkey)
    }

    /// Removes a passkey, and tells its user. `false`: they have no such passkey.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn remove_passkey(&self, owner: PasskeyOwner<'_>, id: &PasskeyId) -> Result<bool, StoreError> {
        let removed = self.store.remove_passkey(&owner.app.id, owner.user.id, id).await?;
        if removed {
            self.tell_owner(owner, PasskeyNews::Removed).await;
        }
        Ok(removed)
    }

    async fn tell_owner(&self, owner: PasskeyOwner<'_>, news: PasskeyNews) {
        let PasskeyOwner { app, user, device, language, .. } = owner;
        let event = Event::Passkey(news);
        self.tell(News { app, event, device, language }, &user.handles()).await;
    }

    /// What a page of `origin` hands to `navigator.credentials.get()`. Nothing is written.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn passkey_request(
        &self,
        app: &AppId,
        browser: &BrowserMark,
        relying_party: &RelyingParty,
        origin: &str,
    ) -> Result<Value, StoreError> {
        let challenge = signing_in(app, browser).issue(origin, self.ring().await?, &self.random, self.now);
        Ok(options::request(relying_party, &challenge))
    }

    /// Whose passkey a browser answered with. A user whose passkey seems to have been copied is told.
    ///
    /// # Errors
    /// [`NotLetIn`]
    pub async fn recognise_passkey(
        &self,
        page: PasskeyPage<'_>,
        relying_party: &RelyingParty,
        answer: &AuthenticationAnswer,
    ) -> Result<Shown, NotLetIn> {
        let app = &page.app.id;
        let (binding, ring) = (signing_in(app, page.browser), self.ring().await?);
        let recognise = |challenge: &[u8], origin: &str| binding.recognise(challenge, origin, ring, self.now);
        let begun = authentication::begin(answer, app, relying_party, recognise)?;
        let id = answer.id.id();
        let (user, passkey) =
            tokio::try_join!(self.store.user(app, begun.user), self.store.passkey(app, begun.user, &id))?;
        let (user, passkey) =
            user.zip(passkey).filter(|(user, passkey)| passkey.is_kept_by(user)).ok_or(Refused::Unknown)?;
        match authentication::verify(answer, &passkey, relying_party) {
            Ok(_) if user.disabled => Err(NotLetIn::Disabled),
            // The key alone is one factor.
            Ok(said) if !said.user_verified && self.wants_two(page.app, &user) => Err(Refused::UserUnverified.into()),
            Ok(said) => {
                let place = Place::of(page.device.address(), app, ring);
                let (counted, sighting) = (passkey.sign_count, Sighting::of(&passkey.places, &place));
                let places = Tries { places: passkey.places, ..Tries::default() }.places_with(&place);
                Ok(Shown { user, id, said, challenge: begun.challenge, counted, sighting, places })
            }
            // An answer that is sent twice counts as it did the first time, which is no sign of a copy.
            Err(Refused::CountedBack) if self.store.is_challenge_spent(&begun.challenge, self.now).await? => {
                Err(Refused::Replayed.into())
            }
            Err(refused) => {
                if refused == Refused::CountedBack {
                    self.tell_of_copy(page, &user).await;
                }
                Err(refused.into())
            }
        }
    }

    /// Opens the session of somebody who showed a passkey, and spends the challenge. A user who had never come in from there is told.
    ///
    /// # Errors
    /// [`NotLetIn`]
    pub async fn let_in_by_passkey(
        &self,
        page: PasskeyPage<'_>,
        shown: &Shown,
        opening: &Opening,
    ) -> Result<(), NotLetIn> {
        let Shown { user, id, said, challenge, counted, sighting, places } = shown;
        let used = UsedPasskey { id, said, counted: *counted, places: places.as_deref() };
        let PasskeyPage { app, device, language, .. } = page;
        let error = match self.store.open_session_by_passkey(&app.id, opening, used, challenge, self.now).await {
            Ok(()) => {
                self.tell_of_new_place(Visit { app, device, language }, &user.handles(), *sighting, None).await;
                return Ok(());
            }
            Err(error) => error,
        };
        Err(match error {
            PasskeyNotUsed::Spent => Refused::Replayed.into(),
            PasskeyNotUsed::Unknown => Refused::Unknown.into(),
            PasskeyNotUsed::CountedBack => {
                self.tell_of_copy(page, user).await;
                Refused::CountedBack.into()
            }
            PasskeyNotUsed::Store(error) => NotLetIn::Store(error),
        })
    }

    /// What a page of ours hands to `navigator.credentials.get()`, to have somebody who is signed in prove that it is them. `None`: they
    /// have no passkey. Nothing is written.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn passkey_confirmation(
        &self,
        owner: PasskeyOwner<'_>,
        relying_party: &RelyingParty,
    ) -> Result<Option<Value>, StoreError> {
        let PasskeyOwner { app, user, session, .. } = owner;
        let (ring, known) = tokio::try_join!(self.ring(), self.store.passkeys(&app.id, user))?;
        let origin = relying_party.own_origin();
        let challenge = confirming(&app.id, session).issue(origin, ring, &self.random, self.now);
        Ok((!known.is_empty()).then(|| options::confirmation(relying_party, &challenge, &known)))
    }

    /// Whether a browser answered with a passkey of somebody who is signed in. The challenge is not spent, so what follows has to end the
    /// session that it is bound to.
    ///
    /// # Errors
    /// [`NotLetIn`]
    pub async fn confirm_by_passkey(
        &self,
        owner: PasskeyOwner<'_>,
        relying_party: &RelyingParty,
        answer: &AuthenticationAnswer,
    ) -> Result<(), NotLetIn> {
        let PasskeyOwner { app, user, session, .. } = owner;
        let (binding, ring) = (confirming(&app.id, session), self.ring().await?);
        let recognise = |challenge: &[u8], origin: &str| binding.recognise(challenge, origin, ring, self.now);
        let begun = authentication::begin(answer, &app.id, relying_party, recognise)?;
        if begun.user != user.id {
            return Err(Refused::Unknown.into());
        }
        let passkey = self.store.passkey(&app.id, user.id, &answer.id.id()).await?;
        let passkey = passkey.filter(|passkey| passkey.is_kept_by(user)).ok_or(Refused::Unknown)?;
        match authentication::verify(answer, &passkey, relying_party) {
            Ok(_) => Ok(()),
            Err(refused) => {
                if refused == Refused::CountedBack {
                    self.tell_owner(owner, PasskeyNews::Copied).await;
                }
                Err(refused.into())
            }
        }
    }

    /// Whether one factor is too few for a user: they have another, or their app wants two.
    fn wants_two(&self, app: &App, user: &User) -> bool {
        user.second_factor || app.policy.second_factor.wants_two(user.created, self.now)
    }

    async fn tell_of_copy(&self, page: PasskeyPage<'_>, user: &User) {
        let PasskeyPage { app, device, language, .. } = page;
        let event = Event::Passkey(PasskeyNews::Copied);
        self.tell(News { app, event, device, language }, &user.handles()).await;
    }
}

const fn registering<'a>(app: &'a AppId, session: &'a Session) -> Binding<'a> {
    Binding { app, purpose: Purpose::Registration, holder: Holder::Session(&session.id) }
}

const fn confirming<'a>(app: &'a AppId, session: &'a Session) -> Binding<'a> {
    Binding { app, purpose: Purpose::Confirmation, holder: Holder::Session(&session.id) }
}

const fn signing_in<'a>(app: &'a AppId, browser: &'a BrowserMark) -> Binding<'a> {
    Binding { app, purpose: Purpose::Authentication, holder: Holder::Browser(browser) }
}
