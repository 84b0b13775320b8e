//! Charges the budgets for a message, and refunds it when it was not sent.
//!
//! Those who are behind a message pay first, and what others pay from is asked only then: a source without any quota left touches
//! nothing that others need. So that nothing waits for either, the first pay while the limiter is asked and the request reads, and
//! the others beside what the message is about: a code, a link, an account (docs/decisions/0281-budgets-beside-each-other.md).
//!
//! Whether somebody asks from a place that is known of the user, only the reads tell. For them the second payment is another one, of as many
//! writes, and what the first said does not hold them back (docs/decisions/0300-a-known-place-pays-for-itself.md).

use crate::budget::{Bill, Channel, Charge, to_nobody};
use crate::id::AppId;
use crate::refill::Reserve;
use crate::service::Moment;
use crate::service::notice::Notice;
use crate::store::{Charged, Refund, StoreError};

/// What those who are behind a message have paid for it while nobody knew yet whether the limiter lets the request through.
///
/// It is given back unless the request goes on to the verb that takes it over, or is answered with success.
#[derive(Debug)]
#[must_use = "what goes on with the message takes it over"]
pub struct Advance(Payment);

/// What was charged for a message so far.
#[derive(Debug)]
pub(super) struct Payment {
    /// What was taken of those who are behind it.
    own: Vec<Charge>,
    /// What was taken of that which others pay from, too.
    shared: Vec<Charge>,
    /// What others pay from, as long as it was not asked.
    not_asked: Vec<Charge>,
    /// What is asked in place of that at a known place.
    at_known_place: Vec<Charge>,
    /// The first that had no room.
    refused: Option<Charge>,
    /// Whether the others are asked even so.
    is_masked: bool,
}

impl Payment {
    /// Whether every scope that was asked so far had room.
    pub(super) const fn is_good(&self) -> bool {
        self.refused.is_none()
    }

    /// The first of those that others pay from, if all of them were asked and none had room.
    fn refused_by_all(&self) -> Option<&Charge> {
        self.refused.as_ref().filter(|_| self.not_asked.is_empty() && self.shared.is_empty())
    }

    /// Whether the very client that asks has used up its quota of mails. It is told so for every address, known or not, and at
    /// every place: it knows how often it asked.
    pub(super) fn is_stopped_by_client(&self) -> bool {
        self.refused.as_ref().is_some_and(Charge::is_of_one_client)
    }

    /// What of it those who are behind a message get back that something held back. In place of a mail to a user one goes to the
    /// simulator, and that one is paid for, as each to an address that nobody has. Otherwise a client could have as many sent as it
    /// wants, and the first one that is not sent would tell which address nobody has.
    fn own_to_give_back(&self) -> &[Charge] {
        let goes_to_nobody = self.own.iter().any(|charge| charge.channel == Channel::Mail);
        if goes_to_nobody && !self.is_stopped_by_client() { &[] } else { &self.own }
    }

    /// Whether those who are behind the message had no room, though the others may have been asked.
    pub(super) const fn is_masked(&self) -> bool {
        self.is_masked
    }

    /// The same for a mail that goes to nobody.
    pub(super) fn for_nobody(self) -> Self {
        Self { not_asked: to_nobody(self.not_asked), ..self }
    }

    /// The same for somebody who asks from a place that is known of the user: what strangers may have used up does not hold it back.
    pub(super) fn at_known_place(self, reserve: Reserve) -> Self {
        let charges = self.at_known_place.into_iter().map(|charge| charge.with_reserve(reserve));
        Self { not_asked: charges.collect(), at_known_place: Vec::new(), refused: None, ..self }
    }

    /// The same for a mail by which nobody is to notice that address or network had no room. It goes on as one to nobody does, for it
    /// would be sent if the place were a known one.
    pub(super) fn masked(self) -> Self {
        if self.is_good() { self } else { Self { is_masked: true, ..self.for_nobody() } }
    }
}

impl Moment {
    /// Charges those who are behind a message before the limiter has answered. Only what is known to be charged is on record: to
    /// give back more would let somebody past their quota.
    ///
    /// # Errors
    /// [`StoreError`]: nothing is charged.
    pub(super) async fn pay_ahead(&self, bill: Bill) -> Result<Advance, StoreError> {
        let payment = self.pay_own(bill).await?;
        self.give_back_unless_claimed(payment.own.clone());
        Ok(Advance(payment))
    }

    /// Takes over what was paid ahead: from here on it is given back by those who send the message, if they do not.
    pub(super) fn claim(&self, Advance(payment): Advance) -> Payment {
        self.give_back_unless_claimed(Vec::new());
        payment
    }

    /// Charges those who are behind a message.
    ///
    /// # Errors
    /// [`StoreError`]: nothing is charged.
    pub(super) async fn pay_own(&self, bill: Bill) -> Result<Payment, StoreError> {
        let Bill { own, shared, at_known_place } = bill;
        let Charged { taken, refused } = self.store.charge(&own, self.now).await?;
        let (shared, not_asked) = (Vec::new(), shared);
        Ok(Payment { own: taken, shared, not_asked, at_known_place, refused, is_masked: false })
    }

    /// Charges what others pay from, too, if the message may still be sent, or is to look as if it were.
    ///
    /// # Errors
    /// [`StoreError`]: nothing is charged any more.
    pub(super) async fn pay_shared(&self, payment: Payment) -> Result<Payment, StoreError> {
        if !payment.is_good() && !payment.is_masked {
            return Ok(payment);
        }
        match self.store.charge(&payment.not_asked, self.now).await {
            Ok(Charged { taken, refused }) => {
                let refused = payment.refused.or(refused);
                Ok(Payment { shared: taken, not_asked: Vec::new(), refused, ..payment })
            }
            Err(error) => {
                let _ = self.store.refund(&payment.own, Refund::Unsent, self.now).await;
                Err(error)
            }
        }
    }

    /// Pays beside `write`, which what is sent is about. If that is not written, nothing stays charged. Whether it was paid is told
    /// beside what was written, for without that it is to be taken back.
    ///
    /// # Errors
    /// Those of `write`.
    pub(super) async fn beside<T, E>(
        &self,
        pay: impl Future<Output = Result<Payment, StoreError>>,
        write: impl Future<Output = Result<T, E>>,
    ) -> Result<(T, Result<Payment, StoreError>), E> {
        let (written, paid) = tokio::join!(write, self.in_time(Box::pin(pay)));
        let late = || Err(StoreError::Unavailable { operation: "UpdateItem", cause: "no time was left".to_owned() });
        match (written, paid.unwrap_or_else(late)) {
            (Ok(written), paid) => Ok((written, paid)),
            (Err(error), paid) => {
                if let Ok(payment) = paid {
                    self.refund(&payment).await;
                }
                Err(error)
            }
        }
    }

    /// Gives everything back: the message was certainly not sent. What others pay from comes first. Where that cannot be given
    /// back, those who are behind the message stay charged, so nobody takes more from others than their own quota, however many
    /// refunds get lost.
    ///
    /// Where all of the others had no room, as they may for a user and never for nobody, it takes as long as where some had.
    ///
    /// A refund that fails leaves a budget that is used up early, and no answer waits for that.
    pub(super) async fn refund(&self, payment: &Payment) {
        let (shared, why) = match payment.refused_by_all() {
            Some(refused) => (std::slice::from_ref(refused), Refund::Nothing),
            None => (&*payment.shared, Refund::Unsent),
        };
        if self.store.refund(shared, why, self.now).await.is_ok() {
            let _ = self.store.refund(&payment.own, Refund::Unsent, self.now).await;
        }
    }

    /// Where a scope had no room: tells the operator, and gives the others theirs back, but for those who pay for a mail to nobody. All
    /// at once: beside that mail it must not be the longer.
    pub(super) async fn give_back_if_held(&self, app: &AppId, payment: &Payment) {
        if let Some(charge) = &payment.refused {
            self.report(&Notice::Suppressed { app, charge });
            let refund = |charges| self.store.refund(charges, Refund::Held, self.now);
            let _ = tokio::join!(refund(payment.own_to_give_back()), refund(&payment.shared));
        }
    }
}
