//! Charges the budgets for a message, and refunds it when it was not sent.
//!
//! Those who are behind a message pay first, and what others pay from is asked only then: a source without any quota left touches
//! nothing that others need.

use crate::budget::{Bill, Charge};
use crate::id::AppId;
use crate::service::Moment;
use crate::service::notice::Notice;
use crate::store::{Charged, Refund, StoreError};

/// What was charged of a bill so far.
#[derive(Debug)]
pub(super) struct Payment {
    bill: Bill,
    taken: Vec<Charge>,
    refused: Option<Charge>,
}

impl Payment {
    /// Whether every scope that was asked so far had room.
    pub(super) const fn is_good(&self) -> bool {
        self.refused.is_none()
    }

    fn note(&mut self, charged: Charged) {
        self.taken.extend(charged.taken);
        self.refused = self.refused.take().or(charged.refused);
    }
}

impl Moment {
    /// Charges those who are behind a message.
    ///
    /// # Errors
    /// [`StoreError`]: nothing is charged.
    pub(super) async fn pay_own(&self, bill: Bill) -> Result<Payment, StoreError> {
        let charged = self.store.charge(&bill.own, self.now).await?;
        Ok(Payment { bill, taken: charged.taken, refused: charged.refused })
    }

    /// Charges what others pay from, too, if the message may still be sent.
    ///
    /// # Errors
    /// [`StoreError`]: nothing is charged any more.
    pub(super) async fn pay_shared(&self, mut payment: Payment) -> Result<Payment, StoreError> {
        if !payment.is_good() {
            return Ok(payment);
        }
        match self.store.charge(&payment.bill.shared, self.now).await {
            Ok(charged) => payment.note(charged),
            Err(error) => {
                self.refund(&payment).await;
                return Err(error);
            }
        }
        Ok(payment)
    }

    /// Gives everything back: the message was certainly not sent.
    pub(super) async fn refund(&self, payment: &Payment) {
        self.settle(payment, Refund::Unsent).await;
    }

    /// Where a scope had no room: tells the operator, and gives the others theirs back.
    pub(super) async fn give_back_if_held(&self, app: &AppId, payment: &Payment) {
        if let Some(charge) = &payment.refused {
            self.report(&Notice::Suppressed { app, charge });
            self.settle(payment, Refund::Held).await;
        }
    }

    /// A refund that fails leaves a budget that is used up early, and no answer waits for that.
    async fn settle(&self, payment: &Payment, why: Refund) {
        let _ = self.store.refund(&payment.taken, why, self.now).await;
    }
}
