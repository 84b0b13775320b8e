//! Second factors, in their users' items: `factor`, `set_up_factor`, `replace_recovery_codes`, `enter_by_factor`.
//!
//! The user's item has the secret, the last step that was used, and the digests of recovery codes. The identities have a copy
//! of whether there is one at all, so that a sign-in without a second factor reads nothing more.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use crate::clock::Timestamp;
use crate::factor::recovery::{RecoveryCodes, RecoveryDigest};
use crate::factor::sealed::SealedTotp;
use crate::factor::ticket::Ticket;
use crate::factor::totp::Step;
use crate::id::{AppId, UserId};
use crate::session::method::Method;
use crate::session::{Opening, Session};
use crate::store::apps::build;
use crate::store::authors::BY;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store, update_item};
use crate::store::error::StoreError;
use crate::store::factor_removals::Removal;
use crate::store::item::{Attributes, Reader, Writer, bytes, number, text, time};
use crate::store::keys::{Key, Table};
use crate::user::User;
use crate::user::identity::Handle;

/// A user's second factor, as it is stored.
#[derive(Clone, Debug)]
pub struct StoredFactor {
    /// The secret of the authenticator app.
    pub totp: SealedTotp,
    /// The last step of which a code was used.
    pub last: Option<Step>,
    /// Since when; none of one that came with its user from another product.
    pub since: Option<Timestamp>,
    /// The recovery codes that were not used.
    pub recovery: Vec<RecoveryDigest>,
}

/// A factor that is set up now.
#[derive(Debug)]
pub struct NewFactor<'a> {
    /// The secret.
    pub totp: &'a SealedTotp,
    /// The step of the code that confirmed it.
    pub step: Step,
    /// The first recovery codes.
    pub recovery: &'a RecoveryCodes,
    /// The session that the code counts for, too.
    pub session: Option<&'a Session>,
}

/// What a sign-in uses up of a factor.
#[derive(Clone, Debug)]
pub struct Spending {
    /// The factor that the code was compared with.
    pub factor: StoredFactor,
    /// What of it.
    pub spent: Spent,
    /// The ticket that brought the user from the first factor, where there was a page between the two.
    pub ticket: Option<Ticket>,
}

/// A code that was right.
#[derive(Clone, Debug)]
pub enum Spent {
    /// The step, and all before it.
    Step(Step),
    /// A recovery code.
    Recovery(RecoveryDigest),
}

/// Why a factor was not changed.
#[derive(Debug, thiserror::Error)]
pub enum FactorNotChanged {
    /// There is a factor already, or none to remove.
    #[error("there is a second factor already, or none")]
    Changed,
    /// The user is gone or moved on to another epoch in this moment, or the asking session ended. That says nothing of the factor. The request
    /// may be repeated, and finds whether its session still stands.
    #[error("the user moved on, or the session ended, in this moment")]
    MovedOn,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a right code let nobody in.
#[derive(Debug, thiserror::Error)]
pub enum FactorNotSpent {
    /// Another request used the code, or the factor was changed in this moment.
    #[error("the code was used in this moment")]
    Used,
    /// Another request used the ticket.
    #[error("the ticket was used")]
    TicketUsed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The user has not moved on. If they have, the session that asks may have ended, and what it changes would outlive it.
pub(super) const STAYED: &str = "epoch = :epoch";

/// What the identities' copy says.
#[derive(Clone, Copy)]
pub(super) enum Copied {
    Yes,
    No,
}

impl Store {
    /// The second factor of a user; `None`: there is none, or no user.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn factor(&self, app: &AppId, user: UserId) -> Result<Option<StoredFactor>, StoreError> {
        let item = self.get(&Key::user(app, user)).await?;
        item.as_ref().map(read_factor).transpose().map(Option::flatten)
    }

    /// Gives a user a second factor, and their identities the copy of it: all or nothing. What the user signs in by has to be as
    /// `user` has it, so that no identity is left without the copy.
    ///
    /// # Errors
    /// [`FactorNotChanged`]
    pub async fn set_up_factor(
        &self,
        app: &AppId,
        user: &User,
        new: &NewFactor<'_>,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), FactorNotChanged> {
        let set = self
            .transact_signed(self.transact_update(&Key::user(app, user.id)))
            .update_expression(format!(
                "SET totp = :totp, totp_step = :step, factor_since = :now, recovery = :recovery, \
                 recovery_seed = :seed, factor_by = :nonce, {BY}"
            ))
            .expression_attribute_values(":totp", bytes(new.totp.as_bytes()))
            .expression_attribute_values(":step", number(new.step.0))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":recovery", write_digests(&new.recovery.digests))
            .expression_attribute_values(":seed", bytes(new.recovery.seed.as_bytes()))
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        let set = if_handles_are(set, user, &format!("attribute_not_exists(totp) AND {STAYED}"))
            .expression_attribute_values(":epoch", number(user.epoch.0));
        let mut items = vec![update_item(set)?];
        items.extend(self.copies(app, user, Copied::Yes, now).await?);
        items.extend(new.session.map(|session| self.strengthen(app, session)).transpose()?);
        let changed = self.change_factor(items, user, nonce).await;
        if let Err(FactorNotChanged::Store(_)) = changed {
            // Nobody was shown the recovery codes, and the retry sets it up once more. If this fails, too, the user has a factor, and
            // asks for other codes.
            let _ = self.remove_factor_if(Removal::Undone, app, user, nonce, now).await;
        }
        changed
    }

    /// Gives a user other recovery codes in place of those that there are.
    ///
    /// # Errors
    /// [`FactorNotChanged`]: [`FactorNotChanged::Changed`] where the user has no second factor.
    pub async fn replace_recovery_codes(
        &self,
        app: &AppId,
        user: &User,
        codes: &RecoveryCodes,
    ) -> Result<(), FactorNotChanged> {
        let replace = self
            .update(&Key::user(app, user.id))
            .update_expression(format!("SET recovery = :recovery, recovery_seed = :seed, {BY}"))
            .condition_expression(format!("attribute_exists(totp) AND {STAYED}"))
            .expression_attribute_values(":epoch", number(user.epoch.0))
            .expression_attribute_values(":recovery", write_digests(&codes.digests))
            .expression_attribute_values(":seed", bytes(codes.seed.as_bytes()));
        match self.send_update(self.signed(replace)).await? {
            Ok(_) => Ok(()),
            Err(FailedCondition(Some(item))) if !has_moved_on(&item, user)? => Err(FactorNotChanged::Changed),
            Err(_) => Err(FactorNotChanged::MovedOn),
        }
    }

    /// The write that notes the code in the session which it was typed in.
    fn strengthen(&self, app: &AppId, session: &Session) -> Result<TransactWriteItem, StoreError> {
        let methods = session.methods.and(Method::Otp);
        let note = self
            .transact_update(&Key::session(app, session.user, &session.id))
            .update_expression("SET methods = :methods REMOVE #method")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(revoked)")
            .expression_attribute_names("#method", "method")
            .expression_attribute_values(":methods", text(methods.to_string()));
        update_item(note)
    }

    /// The writes that copy to the user's identities whether there is a factor.
    pub(super) async fn copies(
        &self,
        app: &AppId,
        user: &User,
        copied: Copied,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let ring = self.ring(now).await?;
        let copy = |handle: Handle| {
            let copy = self
                .transact_update(&Key::identity(app, &handle, &ring))
                .condition_expression("#user = :user")
                .expression_attribute_names("#user", "user")
                .expression_attribute_values(":user", text(user.id.to_string()));
            update_item(match copied {
                Copied::Yes => copy
                    .update_expression("SET second_factor = :yes")
                    .expression_attribute_values(":yes", AttributeValue::Bool(true)),
                Copied::No => copy.update_expression("REMOVE second_factor"),
            })
        };
        user.handles().into_iter().map(copy).collect()
    }

    /// Writes all of it or nothing. The user's item, which has the mark of the request, is the first.
    pub(super) async fn change_factor(
        &self,
        items: Vec<TransactWriteItem>,
        user: &User,
        nonce: &Nonce,
    ) -> Result<(), FactorNotChanged> {
        match self.transact(items).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Store(error)) => Err(error.into()),
            // Our own work: its answer got lost, and this was a repetition.
            Err(Cancelled::Conditions(found)) if is_ours(found.first().and_then(Option::as_ref), nonce) => Ok(()),
            Err(Cancelled::Conditions(found)) => match found.first() {
                Some(Some(FailedCondition(Some(item)))) if !has_moved_on(item, user)? => Err(FactorNotChanged::Changed),
                _ => Err(FactorNotChanged::MovedOn),
            },
        }
    }

    /// Uses up a code that was right, and opens the session: both or neither, so that of many who show the same code one is
    /// let in.
    ///
    /// # Errors
    /// [`FactorNotSpent`]
    pub async fn enter_by_factor(
        &self,
        app: &AppId,
        opening: &Opening,
        spending: &Spending,
        nonce: &Nonce,
    ) -> Result<(), FactorNotSpent> {
        let user = opening.session.user;
        let mut items = vec![self.spend(app, user, spending, nonce)?, self.put_session(app, opening)?];
        if let Some(ticket) = &spending.ticket {
            items.push(self.use_ticket(app, ticket)?);
        }
        let found = match self.transact(items).await {
            Ok(()) => return Ok(()),
            Err(Cancelled::Store(error)) => {
                self.give_factor_back(app, opening, spending, nonce).await;
                return Err(error.into());
            }
            Err(Cancelled::Conditions(found)) => found,
        };
        let mut found = found.into_iter();
        match (found.next().flatten(), found.nth(1).flatten()) {
            // Our own work: its answer got lost, and this was a repetition.
            (first @ Some(_), _) if is_ours(first.as_ref(), nonce) => Ok(()),
            (Some(_), _) => Err(FactorNotSpent::Used),
            (None, _) => Err(FactorNotSpent::TicketUsed),
        }
    }

    /// The write that uses up a code.
    pub(super) fn spend(
        &self,
        app: &AppId,
        user: UserId,
        spending: &Spending,
        nonce: &Nonce,
    ) -> Result<TransactWriteItem, StoreError> {
        let spend = self
            .transact_update(&Key::user(app, user))
            .expression_attribute_values(":totp", bytes(spending.factor.totp.as_bytes()))
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        update_item(match &spending.spent {
            Spent::Step(step) => spend
                .update_expression("SET totp_step = :step, factor_by = :nonce")
                .condition_expression("totp = :totp AND (attribute_not_exists(totp_step) OR totp_step < :step)")
                .expression_attribute_values(":step", number(step.0)),
            Spent::Recovery(digest) => spend
                .update_expression("SET factor_by = :nonce DELETE recovery :digests")
                .condition_expression("totp = :totp AND contains(recovery, :digest)")
                .expression_attribute_values(":digest", text(digest.as_str()))
                .expression_attribute_values(":digests", write_digests(std::slice::from_ref(digest))),
        })
    }

    /// The write that remembers that a ticket was used, for as long as it could be used again.
    fn use_ticket(&self, app: &AppId, ticket: &Ticket) -> Result<TransactWriteItem, StoreError> {
        let item = Writer::at(&Key::factor_ticket(app, ticket)).with("ttl", time(ticket.expires)).done();
        let put = Put::builder()
            .table_name(self.table(Table::Live))
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(build(put)?).build())
    }

    /// After a transaction of which nobody knows whether it was carried out. If it was, its request is not answered with success, so the
    /// code is not used, and the session that nobody was given is none.
    pub(super) async fn give_factor_back(&self, app: &AppId, opening: &Opening, spending: &Spending, nonce: &Nonce) {
        let session = &opening.session;
        let give = self
            .update(&Key::user(app, session.user))
            .condition_expression("factor_by = :nonce")
            .expression_attribute_values(":nonce", text(nonce.as_str()));
        let give = match (&spending.spent, spending.factor.last) {
            (Spent::Step(_), Some(last)) => give
                .update_expression("SET totp_step = :last REMOVE factor_by")
                .expression_attribute_values(":last", number(last.0)),
            (Spent::Step(_), None) => give.update_expression("REMOVE totp_step, factor_by"),
            (Spent::Recovery(digest), _) => give
                .update_expression("REMOVE factor_by ADD recovery :digests")
                .expression_attribute_values(":digests", write_digests(std::slice::from_ref(digest))),
        };
        let ticket = async {
            match &spending.ticket {
                Some(ticket) => self.remove(&Key::factor_ticket(app, ticket)).await,
                None => Ok(()),
            }
        };
        // If any of it fails, the next code is good half a minute later, and the list shows one session more.
        let opened = Key::session(app, session.user, &session.id);
        let _ = tokio::join!(self.send_update(give), self.remove(&opened), ticket);
    }
}

/// That the user signs in by what `user` says, and `condition`.
pub(super) fn if_handles_are(change: UpdateBuilder, user: &User, condition: &str) -> UpdateBuilder {
    let handles = [
        ("username", user.username.as_ref().map(|username| username.as_typed().to_owned())),
        ("email", user.email.as_ref().map(|email| email.as_str().to_owned())),
        ("phone", user.phone.as_ref().map(|phone| phone.as_e164().to_owned())),
    ];
    let mut conditions = vec!["attribute_exists(pk)".to_owned(), condition.to_owned()];
    let mut change = change;
    for (name, value) in handles {
        if let Some(value) = value {
            conditions.push(format!("{name} = :{name}"));
            change = change.expression_attribute_values(format!(":{name}"), text(value));
        } else {
            conditions.push(format!("attribute_not_exists({name})"));
        }
    }
    change.condition_expression(conditions.join(" AND "))
}

/// Whether the item that a condition failed at has the mark of this very request.
fn is_ours(found: Option<&FailedCondition>, nonce: &Nonce) -> bool {
    matches!(found, Some(FailedCondition(Some(item))) if nonce.marks(item, "factor_by"))
}

/// Whether a user who was read as `user` is in another epoch by now. A change of a handle moves them on, too.
fn has_moved_on(found: &Attributes, user: &User) -> Result<bool, StoreError> {
    Ok(Reader::new("user", found).number::<u64>("epoch")? != user.epoch.0)
}

pub(super) fn write_digests(digests: &[RecoveryDigest]) -> AttributeValue {
    AttributeValue::Ss(digests.iter().map(|digest| digest.as_str().to_owned()).collect())
}

fn read_factor(attributes: &Attributes) -> Result<Option<StoredFactor>, StoreError> {
    let item = Reader::new("user", attributes);
    let Some(totp) = item.maybe_bytes("totp")? else { return Ok(None) };
    Ok(Some(StoredFactor {
        totp: SealedTotp::from_bytes(totp.to_vec()),
        last: item.maybe_number("totp_step")?.map(Step),
        since: item.maybe_time("factor_since")?,
        recovery: item.string_set("recovery")?.into_iter().map(RecoveryDigest::stored).collect(),
    }))
}
