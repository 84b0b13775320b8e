//! The first proof of an address, by a code that signs in: `reach_by_mail`, `take_over_by_mailed_code`.
//!
//! The person who signed up with an address may not be its owner. So the reader of the code takes the account without all that others could
//! come in by: docs/decisions/0279-a-mailed-code-proves-the-address-and-ends-what-was-before.md.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use crate::clock::Timestamp;
use crate::id::{AppId, UserId};
use crate::session::Opening;
use crate::store::authors::BY;
use crate::store::client::{Nonce, Store, update_item};
use crate::store::code_records::{Arrival, NotSpent};
use crate::store::email_challenges::UNPROVEN;
use crate::store::error::StoreError;
use crate::store::item::{Reader, number, text, time};
use crate::store::keys::Key;
use crate::store::mailed_codes::MailedCodeProof;
use crate::store::try_attributes::write_places;
use crate::store::user_item::read_user;
use crate::store::users::UNCHANGED;
use crate::token::ring::KeyRing;
use crate::user::User;
use crate::user::email::Email;
use crate::user::identity::Handle;
use crate::user::lockout::Place;

/// Whom a code to an address lets in.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Nobody: the address is no user's, its user was shut out, or it was never proven and its user has another way in.
    Nobody,
    /// Its user, who has proven it.
    Proven,
    /// The reader of the code, who proves it by that.
    First(Box<FirstProof>),
}

/// A user who has never proven the address, and has nothing to come in by but a password.
#[derive(Clone, Debug)]
pub struct FirstProof {
    /// The user, as they were read.
    pub user: User,
    /// How much was made for them by then.
    made: u64,
}

impl Store {
    /// Whether a code to `email` lets the user in, and whether it is the first proof of the address.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn reach_by_mail(&self, app: &AppId, user: UserId, email: &Email) -> Result<Reach, StoreError> {
        let Some(found) = self.get(&Key::user(app, user)).await? else { return Ok(Reach::Nobody) };
        let (user, item) = (read_user(user, &found)?, Reader::new("user", &found));
        if user.disabled || user.email.as_ref() != Some(email) {
            return Ok(Reach::Nobody);
        }
        if user.email_proof.is_proven() {
            return Ok(Reach::Proven);
        }
        let has_passkeys = item.maybe_number::<u32>("passkeys")?.is_some_and(|count| count > 0);
        if has_passkeys || user.phone.is_some() || user.second_factor {
            return Ok(Reach::Nobody);
        }
        let made = item.maybe_number("made")?.unwrap_or_default();
        Ok(Reach::First(Box::new(FirstProof { user, made })))
    }

    /// Spends a code that was right and is the first proof of its address: the password goes, and every session and link of before ends,
    /// for the user moves on an epoch. With it goes the session, which is of the next epoch, or none yet where a second factor comes next.
    ///
    /// What clients were let have goes first. If the code cannot be spent then, somebody is asked once more whether they agree.
    ///
    /// # Errors
    /// [`NotSpent::Gone`] for every caller but the first, and where the user was given another way in meanwhile.
    pub async fn take_over_by_mailed_code(
        &self,
        app: &AppId,
        (proof, first): (&MailedCodeProof, &FirstProof),
        opening: Option<&Opening>,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), NotSpent> {
        self.disconnect_all(app, first.user.id).await?;
        let ring = self.ring(now).await?;
        self.spend_code(app, &proof.code(app, &ring), Arrival::First(first, opening), nonce, now).await
    }

    /// The parts of a transaction that make the address proven, and end what was before. The places of before may be a stranger's, too:
    /// those where the code was read take their place.
    pub(super) fn first_proof(
        &self,
        app: &AppId,
        FirstProof { user, made }: &FirstProof,
        places: &[Place],
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        // Another phone moves the epoch on, and a passkey or a grant is counted among what was made.
        let proven = self
            .transact_signed(self.transact_update(&Key::user(app, user.id)))
            .update_expression(format!("SET epoch = :next, email_proven = :now, {BY}"))
            .condition_expression(format!(
                "epoch = :epoch AND {UNPROVEN} AND attribute_not_exists(totp) AND {UNCHANGED}"
            ))
            .expression_attribute_values(":made", number(*made))
            .expression_attribute_values(":now", time(now));
        let identities = user.handles().into_iter().map(|handle| self.end_password(app, user, &handle, places, ring));
        let to_next = |update: UpdateBuilder| {
            update
                .expression_attribute_values(":epoch", number(user.epoch.0))
                .expression_attribute_values(":next", number(user.epoch.next().0))
        };
        std::iter::once(proven).chain(identities).map(to_next).map(update_item).collect()
    }

    fn end_password(
        &self,
        app: &AppId,
        user: &User,
        handle: &Handle,
        places: &[Place],
        ring: &KeyRing,
    ) -> UpdateBuilder {
        self.transact_update(&Key::identity(app, handle, ring))
            .update_expression("SET epoch = :next, proven = :yes, places = :places REMOVE password")
            .expression_attribute_values(":places", write_places(places))
            .condition_expression("#user = :user AND epoch = :epoch")
            .expression_attribute_names("#user", "user")
            .expression_attribute_values(":user", text(user.id.to_string()))
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
    }
}
