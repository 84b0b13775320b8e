//! Somebody comes in otherwise than by a password, perhaps from a place where the user has never been.
//!
//! Each way in remembers the places that it was used from, so that a sign-in from one of them reads nothing more. What it does not know
//! is looked up among the user's places, which the brake on passwords keeps
//! (docs/decisions/0306-a-sign-in-from-a-new-place-is-told-whatever-it-is-by.md).

use crate::app::App;
use crate::language::Language;
use crate::notify::letter::Event;
use crate::service::Moment;
use crate::service::notice::{Notice, UnfinishedStep};
use crate::service::tell::News;
use crate::session::device::Device;
use crate::store::StoreError;
use crate::user::identity::{Handle, Identity};
use crate::user::lockout::Place;
use crate::user::sighting::Sighting;

/// Where somebody comes in.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// In which app.
    pub app: &'a App,
    /// With what.
    pub device: &'a Device,
    /// The language to write to them in.
    pub language: Language,
}

impl Moment {
    /// Tells the user of `handles` who has come in, if they have an address and had never signed in from there, and remembers the place.
    /// `sighting` is what the way in knows of the place, and `known` the user's own record, if it was read. That this fails is no
    /// failure of the sign-in.
    pub(super) async fn tell_of_new_place(
        &self,
        visit: Visit<'_>,
        handles: &[Handle],
        sighting: Sighting,
        known: Option<&Identity>,
    ) {
        if sighting == Sighting::Known {
            return;
        }
        let step = UnfinishedStep::Tell;
        match self.in_time(Box::pin(self.note_place(visit, handles, sighting, known))).await {
            Some(Ok(())) => {}
            Some(Err(error)) => self.report(&Notice::Unfinished { step, cause: &error }),
            None => self.report(&Notice::Unfinished { step, cause: &"no time was left" }),
        }
    }

    async fn note_place(
        &self,
        visit: Visit<'_>,
        handles: &[Handle],
        sighting: Sighting,
        known: Option<&Identity>,
    ) -> Result<(), StoreError> {
        let Visit { app, device, language } = visit;
        let Some(address) = handles.iter().find(|handle| matches!(handle, Handle::Email(_))) else { return Ok(()) };
        let read = match known {
            Some(_) => None,
            None => self.store.identity(&app.id, address, self.now).await?,
        };
        let Some(identity) = known.or(read.as_ref()) else { return Ok(()) };
        let place = Place::of(device.address(), &app.id, self.ring().await?);
        match Sighting::of(&identity.tries.places, &place) {
            Sighting::Known => return Ok(()),
            // Of somebody of whom no place is known, none is new.
            Sighting::First if sighting == Sighting::First => return Ok(()),
            Sighting::First | Sighting::New => {}
        }
        let news = News { app, event: Event::SignIn, device, language };
        let remember = self.store.remember_place(&app.id, address, identity, &place, self.now);
        let (remembered, ()) = tokio::join!(remember, self.tell(news, handles));
        remembered
    }
}
