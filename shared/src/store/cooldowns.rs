//! The minute between two reset mails: `begin_reset_cooldown`, `note_reset_held`, `end_reset_cooldown`.

use crate::clock::{Seconds, Timestamp};
use crate::code::reset::COOLDOWN;
use crate::id::AppId;
use crate::store::client::{FailedCondition, Nonce, Store};
use crate::store::error::StoreError;
use crate::store::item::{text, time};
use crate::store::keys::Key;
use crate::user::email::Email;

/// The minute that begins with a mail.
#[derive(Clone, Copy, Debug)]
pub struct Minute<'a> {
    /// The request's own mark.
    pub nonce: &'a Nonce,
    /// Whether the address's owner came in before from where the mail is asked for.
    pub at_known_place: bool,
    /// Whether the quota of the address or of the network that asks has held the mail back already.
    pub is_held: bool,
}

/// What held a mail back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The quota of the address or of the network that asked.
    ByItsOwn,
    /// A budget that others pay from, too.
    ByOthers,
}

impl Held {
    const fn name(self) -> &'static str {
        match self {
            Self::ByItsOwn => "own",
            Self::ByOthers => "others",
        }
    }
}

impl Store {
    /// Has an address wait, whether or not an account exists for it, for [`COOLDOWN`]. Of many requests at once one may mail; `false`:
    /// it is another. A mail that was not sent has nobody wait at a known place, and strangers only where they would for an address
    /// that nobody has.
    ///
    /// # Errors
    /// [`StoreError`]: nothing may then be sent.
    pub async fn begin_reset_cooldown(
        &self,
        app: &AppId,
        email: &Email,
        Minute { nonce, at_known_place, is_held }: Minute<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let begin = self
            .update(&Key::reset_mail(app, email, &*self.ring(now).await?))
            .update_expression(if is_held {
                // Not by another write later: strangers who ask on and on would have the owner wait in between.
                "SET mailed = :now, mailed_by = :nonce, #ttl = :ttl, held = :own"
            } else {
                "SET mailed = :now, mailed_by = :nonce, #ttl = :ttl REMOVE held"
            })
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":cooled", time(now.minus(COOLDOWN)))
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":ttl", time(now.plus(Seconds::hours(1))));
        let free = "attribute_not_exists(mailed) OR mailed <= :cooled";
        let not_sent = if at_known_place { "attribute_exists(held)" } else { "held = :own" };
        let begin = begin.condition_expression(format!("{free} OR {not_sent}"));
        let begin = if is_held || !at_known_place {
            begin.expression_attribute_values(":own", text(Held::ByItsOwn.name()))
        } else {
            begin
        };
        match self.send_update(begin).await? {
            Ok(_) => Ok(true),
            // Our own work: its answer got lost, and this was a repetition.
            Err(FailedCondition(Some(item))) => Ok(nonce.marks(&item, "mailed_by")),
            Err(FailedCondition(None)) => Ok(false),
        }
    }

    /// The mail of this request was held back.
    ///
    /// # Errors
    /// [`StoreError`]: the address waits for the rest of the minute.
    pub async fn note_reset_held(
        &self,
        app: &AppId,
        email: &Email,
        nonce: &Nonce,
        held: Held,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let note = self
            .update(&Key::reset_mail(app, email, &*self.ring(now).await?))
            .update_expression("SET held = :held")
            .condition_expression("mailed_by = :nonce")
            .expression_attribute_values(":held", text(held.name()))
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        self.send_update(note).await.map(drop)
    }

    /// The mail of this request was not sent: the next one need not wait.
    ///
    /// # Errors
    /// [`StoreError`]: it waits for the rest of the minute.
    pub async fn end_reset_cooldown(
        &self,
        app: &AppId,
        email: &Email,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let end = self
            .update(&Key::reset_mail(app, email, &*self.ring(now).await?))
            .update_expression("REMOVE mailed")
            .condition_expression("mailed_by = :nonce")
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        self.send_update(end).await.map(drop)
    }
}
