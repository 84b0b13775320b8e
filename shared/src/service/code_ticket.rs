//! A code that leads to the page of the second factor, by a form that may be sent twice:
//! docs/decisions/0343-every-form-twice-late-and-again.md.

use crate::factor::ticket::Ticket;
use crate::id::{AppId, UserId};
use crate::random::Random;
use crate::service::Moment;
use crate::session::attempt::Attempt;
use crate::session::method::Method;
use crate::store::{Nonce, StoreError};
use crate::user::identity::{Handle, Identity, Login};

impl Moment {
    /// What a code is used up by, and what its ticket is drawn of. Both follow from the form, if it can be told from others.
    pub(super) async fn marks_of_ticket(
        &self,
        app: &AppId,
        user: UserId,
        attempt: Option<&Attempt>,
    ) -> Result<(Nonce, Random), StoreError> {
        let Some(attempt) = attempt else { return Ok((Nonce::draw(&self.random), self.random.clone())) };
        let digest = attempt.digest(user, app, self.ring().await?);
        Ok((Nonce::of_form(&digest, &self.random), attempt.random(TICKET)))
    }

    /// The ticket that this very form was given for the code to `handle`, which it used up: it was sent twice. The ticket is used up once,
    /// however often it is given. `None`: another form used the code up, or it would be too old by now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn ticket_given(
        &self,
        app: &AppId,
        attempt: &Attempt,
        handle: &Handle,
        identity: &Identity,
    ) -> Result<Option<Ticket>, StoreError> {
        let digest = attempt.digest(identity.user, app, self.ring().await?);
        let is_theirs = self.store.is_code_spent_by(app, handle, &digest, self.now).await?;
        let method = if matches!(handle, Handle::Phone(_)) { Method::Sms } else { Method::Email };
        let (login, random) = (Login::Handle(handle.clone()), attempt.random(TICKET));
        let ticket = || Ticket::issue(identity.user, identity.epoch, login, method.into(), &random, self.now);
        Ok(is_theirs.then(ticket))
    }
}

const TICKET: &str = "second factor's ticket";
