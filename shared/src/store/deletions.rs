//! Deletions: `delete_user`, `delete_user_as_operator`.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::aws::SendBy as _;
use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, SessionId, UserId};
use crate::store::apps::build;
use crate::store::authors::AUTHOR;
use crate::store::client::{Cancelled, Store, update_item};
use crate::store::email_challenges::UNPROVEN;
use crate::store::error::StoreError;
use crate::store::item::{Reader, Writer, key as key_of, number, text, time};
use crate::store::keys::{Key, PASSKEY_PREFIX, Table};
use crate::store::users::{UNCHANGED, delete_item};
use crate::user::User;

/// How long it is kept who deleted a user: longer than a stream keeps what its readers have not read.
const LEFT: Seconds = Seconds::days(2);

/// How much of what a user owns is removed at once.
const AT_ONCE: i32 = 50;

/// How often a deletion looks again because the user was given something meanwhile.
const LOOKS: u32 = 4;

/// On whose behalf a user is removed.
#[derive(Clone, Copy)]
pub(super) enum OnBehalfOf<'a> {
    /// The user's own, by this session.
    Session(&'a SessionId),
    /// That of somebody who has the mailbox of an address which is not proven.
    MailboxOwner,
    /// An operator's.
    Operator,
}

impl Store {
    /// Removes a user with identities, sessions, grants, mementos, passkeys and live code, on behalf of `session`. `false`: the user is
    /// gone by now, or has moved on and the session has ended by that.
    ///
    /// The other sessions and what the user owns go first and the user goes with the asking session, in one transaction: a deletion that is
    /// interrupted leaves a user who can still ask for it again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn delete_user(
        &self,
        app: &AppId,
        user: &User,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.delete_on_behalf_of(OnBehalfOf::Session(session), app, user, now).await
    }

    /// The same on behalf of no session: all of them go. `false`: the user is gone by now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn delete_user_as_operator(&self, app: &AppId, user: &User, now: Timestamp) -> Result<bool, StoreError> {
        self.delete_on_behalf_of(OnBehalfOf::Operator, app, user, now).await
    }

    /// Deletes the user. One who moves on meanwhile may have other handles than were read, so the next look removes the handles of that
    /// moment: an identity that is left over would keep its address or number from everybody.
    pub(super) async fn delete_on_behalf_of(
        &self,
        on_behalf_of: OnBehalfOf<'_>,
        app: &AppId,
        user: &User,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let drawn = SessionId::draw(&self.random);
        let session = if let OnBehalfOf::Session(session) = on_behalf_of { session } else { &drawn };
        self.end_other_sessions(app, user.id, session).await?;
        let mut user = user.clone();
        for _ in 0..LOOKS {
            let Some(made) = self.remove_belongings(app, user.id).await? else { return Ok(false) };
            match self.transact(self.deletion(app, &user, (on_behalf_of, session), made, now).await?).await {
                Ok(()) => return Ok(true),
                Err(Cancelled::Conditions(_)) => {}
                // Nobody said what became of it. A user who is gone was deleted, as was asked, and could not ask again.
                Err(Cancelled::Store(error)) => {
                    let is_gone = self.user(app, user.id).await.is_ok_and(|found| found.is_none());
                    return if is_gone { Ok(true) } else { Err(error) };
                }
            }
            // The user is gone, has moved on, or got another grant, memento or passkey.
            let Some(found) = self.user(app, user.id).await? else { return Ok(false) };
            if !self.still_asks(on_behalf_of, app, &found, now).await? {
                return Ok(false);
            }
            user = found;
        }
        let cause = "the user kept changing".to_owned();
        Err(StoreError::Unavailable { operation: "TransactWriteItems", cause })
    }

    /// Whether a deletion is still wanted of a user who was found changed.
    async fn still_asks(
        &self,
        on_behalf_of: OnBehalfOf<'_>,
        app: &AppId,
        user: &User,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        match on_behalf_of {
            OnBehalfOf::Operator => Ok(true),
            OnBehalfOf::MailboxOwner => Ok(!user.email_proof.is_proven()),
            OnBehalfOf::Session(session) => {
                let Some(found) = self.session_again(app, user.id, session).await? else { return Ok(false) };
                let found = self.reread_to_one_epoch(app, user.clone(), found).await?;
                Ok(found.is_ok_and(|(user, session)| session.is_live(&user, now)))
            }
        }
    }

    /// The parts of the transaction that removes a user as they were read.
    async fn deletion(
        &self,
        app: &AppId,
        user: &User,
        (on_behalf_of, session): (OnBehalfOf<'_>, &SessionId),
        made: u64,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let ring = self.ring(now).await?;
        let also =
            if matches!(on_behalf_of, OnBehalfOf::MailboxOwner) { format!(" AND {UNPROVEN}") } else { String::new() };
        let user_item = self
            .delete(&Key::user(app, user.id))
            .condition_expression(format!("epoch = :epoch AND {UNCHANGED}{also}"))
            .expression_attribute_values(":epoch", number(user.epoch.0))
            .expression_attribute_values(":made", number(made));
        let identities = user.handles().into_iter().map(|handle| {
            self.delete(&Key::identity(app, &handle, &ring))
                .condition_expression("attribute_not_exists(pk) OR #user = :user")
                .expression_attribute_names("#user", "user")
                .expression_attribute_values(":user", text(user.id.to_string()))
        });
        let texted = user.phone.iter().map(|phone| Key::sms(app, phone, &ring));
        // Who comes in by a code has proven the address by that. Before it, there are no places to forget.
        let proven = user.email.iter().filter(|_| user.email_proof.is_proven());
        let mailed = proven.map(|email| Key::mailed_code(app, email, &ring));
        let codes = texted.chain(mailed).map(|key| update_item(self.kill_code(&key, now)));
        std::iter::once(user_item)
            .chain(identities)
            .map(delete_item)
            .chain([self.leave_author_of_deletion(&Key::session(app, user.id, session), on_behalf_of, now)])
            .chain(codes)
            .collect()
    }

    /// Removes everything in a user's partition of core but the user. How many grants and mementos were made in all, as of before
    /// the removal; `None`: there is no such user.
    pub(super) async fn remove_belongings(&self, app: &AppId, user: UserId) -> Result<Option<u64>, StoreError> {
        let user = Key::user(app, user);
        let (mut after, mut made) = (None, None);
        loop {
            let page = self
                .db
                .query()
                .table_name(self.table(user.table))
                // The user itself comes first, for it sorts after grants and mementos: what is made later is told by it.
                .key_condition_expression("pk = :user AND sk <= :itself")
                .projection_expression("pk, sk, made")
                .expression_attribute_values(":user", text(&user.pk))
                .expression_attribute_values(":itself", text(&user.sk))
                .scan_index_forward(false)
                .limit(AT_ONCE)
                .consistent_read(true)
                .set_exclusive_start_key(after)
                .send_by(&self.db)
                .await
                .map_err(|error| StoreError::unavailable("Query", &error))?;
            let mut owned = Vec::new();
            for mut item in page.items.unwrap_or_default() {
                let reader = Reader::new("user", &item);
                let name = reader.text("sk")?;
                if name == user.sk {
                    made = Some(reader.maybe_number("made")?.unwrap_or_default());
                } else {
                    if let Some(passkey) = name.strip_prefix(PASSKEY_PREFIX).and_then(|id| id.parse().ok()) {
                        owned.push(self.remove_listed(user.table, key_of(&Key::credential(app, &passkey))));
                    }
                    item.remove("made");
                    owned.push(self.remove_listed(user.table, item));
                }
            }
            futures_util::future::try_join_all(owned).await?;
            after = page.last_evaluated_key;
            if after.is_none() || made.is_none() {
                return Ok(made);
            }
        }
    }

    /// Ends the asking session with its user. Its item stays for a while to say who deleted them, for nothing of the user does. A session
    /// that was ended meanwhile deletes nobody: to end one session does not move the user on.
    fn leave_author_of_deletion(
        &self,
        session: &Key,
        on_behalf_of: OnBehalfOf<'_>,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let left = Writer::at(session)
            .with("revoked", time(now))
            .with("deleted", time(now))
            .with(AUTHOR, self.mark())
            .with("ttl", time(now.plus(LEFT)))
            .done();
        let put = self.put(left, Table::Live);
        let put = match on_behalf_of {
            OnBehalfOf::Session(_) => {
                put.condition_expression("attribute_exists(pk) AND attribute_not_exists(revoked)")
            }
            OnBehalfOf::MailboxOwner | OnBehalfOf::Operator => put,
        };
        Ok(TransactWriteItem::builder().put(build(put)?).build())
    }
}
