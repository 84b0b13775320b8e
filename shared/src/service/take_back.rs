//! What a request wrote that must be undone unless the request is answered with success.
//!
//! A refresh token gives its successor once, and a code its tokens. If the answer that holds them is never sent, because the
//! limiter refused the request, a later step failed or the deadline passed, the next try would look like a thief's. An account
//! whose owner was told of no success would be somebody's who signed up before. So the
//! undo is on record before the write, and whatever answers the request runs it: the write may have been carried out even
//! where its own answer was lost.

use std::sync::PoisonError;
use std::time::Duration;

use crate::budget::Charge;
use crate::id::{AppId, ClientId};
use crate::service::Moment;
use crate::session::Session;
use crate::store::{Ended, Exchanged, Nonce, Refund, Registered, StoreError};
use crate::token::assertion::Assertion;

/// How long it may take to give back what a message was charged. The answer is the same where there is no time for it: a quota is used
/// up early.
pub const REFUND: Duration = Duration::from_millis(200);

/// A write to undo. Each names this request alone, and does nothing where that wrote nothing.
#[derive(Debug)]
pub(super) enum TakeBack {
    /// The exchange of a refresh token for its successor.
    Rotation(Exchanged),
    /// A new account.
    Registration(Registered),
    /// The end of a session, which cannot be undone: the next try is told that it was done.
    End(Ended),
    /// The exchange of an authorization code for a session.
    Exchange {
        /// In which app.
        app: AppId,
        /// The session.
        session: Box<Session>,
        /// What the session knows this request by.
        nonce: Nonce,
    },
}

/// An assertion that the request spent. It is the client's proof, and was good for one request: if that fails on our side,
/// the client may send the very same request again.
#[derive(Debug)]
pub(super) struct Spent {
    /// Whose.
    pub(super) client: ClientId,
    /// Which.
    pub(super) assertion: Assertion,
    /// What the store knows this request by.
    pub(super) nonce: Nonce,
}

impl Moment {
    /// Has an assertion given back if the request fails on our side.
    pub(super) fn give_back_if_we_fail(&self, spent: Spent) {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) = Some(spent);
    }

    /// Has a write undone unless the request is answered with success.
    pub(super) fn undo_unless_answered(&self, take_back: TakeBack) {
        self.set_take_back(Some(take_back));
    }

    /// The write is known not to have given anything away.
    pub(super) fn nothing_to_undo(&self) {
        self.is_answered();
    }

    fn set_take_back(&self, take_back: Option<TakeBack>) {
        *self.take_back.lock().unwrap_or_else(PoisonError::into_inner) = take_back;
    }

    /// The request is answered with success: what it wrote stays.
    pub fn is_answered(&self) {
        if let Some(TakeBack::Rotation(exchanged)) = self.taken() {
            self.unanswered.close(&exchanged.holder);
        }
    }

    /// The request was dropped in the middle: there is nobody to answer, and time to undo it later.
    pub(super) fn leave_unanswered(&self) {
        if let Some(TakeBack::Rotation(exchanged)) = self.taken() {
            self.unanswered.leave(&exchanged);
        }
    }

    /// Has these charges, which are known to be taken, given back unless the request is answered with success, instead of those before.
    pub(super) fn give_back_unless_claimed(&self, charges: Vec<Charge>) {
        *self.advance.lock().unwrap_or_else(PoisonError::into_inner) = charges;
    }

    /// Undoes what the request wrote, if that was given to nobody: for a request that is not answered with success. `failed`: by a
    /// fault of ours, and not because it was refused.
    ///
    /// # Errors
    /// [`StoreError`]: an exchange of a refresh token is undone by a later request, and the next try has
    /// [`crate::session::refresh::GRACE`] until then.
    pub async fn take_back(&self, failed: bool) -> Result<(), StoreError> {
        if failed {
            self.store.note_trouble(self.now);
        }
        let taken = self.taken();
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner).take();
        let advance = std::mem::take(&mut *self.advance.lock().unwrap_or_else(PoisonError::into_inner));
        let refunded = tokio::time::timeout(REFUND, self.store.refund(&advance, Refund::Unsent, self.now));
        let (undone, given_back, _) =
            tokio::join!(self.undo(taken), self.give_back(spent.filter(|_| failed)), refunded);
        undone.and(given_back)
    }

    fn taken(&self) -> Option<TakeBack> {
        self.take_back.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn undo(&self, taken: Option<TakeBack>) -> Result<(), StoreError> {
        match taken {
            None => Ok(()),
            Some(TakeBack::Rotation(exchanged)) => {
                // Before it is tried: the time may be over in the middle of it.
                self.unanswered.leave(&exchanged);
                self.undo_rotation(&exchanged).await
            }
            Some(TakeBack::Registration(registered)) => self.store.withdraw_registration(&registered, self.now).await,
            Some(TakeBack::End(ended)) => self.store.note_unanswered(&ended).await,
            Some(TakeBack::Exchange { app, session, nonce }) => {
                self.store.withdraw_exchange(&app, &session, &nonce).await
            }
        }
    }

    async fn give_back(&self, spent: Option<Spent>) -> Result<(), StoreError> {
        let Some(Spent { client, assertion, nonce }) = spent else { return Ok(()) };
        self.store.give_assertion_back(&client, &assertion, &nonce).await
    }
}
