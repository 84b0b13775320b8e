//! Links that undo a change of the e-mail address: `undo_link`, `undo_email_change`.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use crate::clock::{Seconds, Timestamp};
use crate::code::undo::{LIFETIME, UndoLink};
use crate::id::AppId;
use crate::passkey::PasskeyId;
use crate::store::apps::build;
use crate::store::authors::BY;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store, update_item};
use crate::store::email_challenges::ASKED;
use crate::store::error::StoreError;
use crate::store::identities::{others, write_handles, write_identity};
use crate::store::item::{Attributes, Reader, Writer, number, text, time};
use crate::store::keys::{Key, Table};
use crate::store::user_item::read_user;
use crate::store::users::{UNCHANGED, delete_item};
use crate::token::opaque::{OpaqueToken, TokenDigest};
use crate::token::ring::KeyRing;
use crate::user::User;
use crate::user::email::Email;
use crate::user::email_proof::EmailProof;
use crate::user::identity::{Handle, Identity};
use crate::user::lockout::Tries;

/// How long a link is kept once it is dead, so that one that was used can be told from one that never was.
const KEPT: Seconds = Seconds::days(1);

/// How often a user is looked at again who moved on meanwhile.
const LOOKS: u32 = 4;

/// The state of a link.
#[derive(Debug)]
pub enum Undoing {
    /// The change can be undone.
    Open(UndoLink),
    /// It was undone by this link, in this app.
    Done(AppId),
}

/// Why a change was not undone.
#[derive(Debug, thiserror::Error)]
pub enum NotUndone {
    /// The link is too old, an earlier address was restored since, or the user is gone.
    #[error("the link is dead")]
    Dead,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A change of a user's address that can be undone, as the user's item has it. They stand there in the order of the changes.
#[derive(Clone, Debug)]
pub(super) struct Undoable {
    /// By which link.
    pub(super) link: TokenDigest,
    /// Until when.
    pub(super) until: Timestamp,
}

pub(super) fn read_undoable(item: &Reader<'_>) -> Result<Vec<Undoable>, StoreError> {
    let read = |change: &Reader<'_>| {
        Ok(Undoable { link: TokenDigest::stored(change.text("link")?.to_owned()), until: change.time("until")? })
    };
    item.maybe_list("undoable")?.iter().map(read).collect()
}

pub(super) fn write_undoable(undoable: &[Undoable]) -> AttributeValue {
    let write = |change: &Undoable| {
        Writer::default().with("link", text(change.link.as_str())).with("until", time(change.until)).into_map()
    };
    AttributeValue::L(undoable.iter().map(write).collect())
}

/// The parts of a user that depend on which change is undone, and when.
#[derive(Clone, Copy)]
struct Restored<'a> {
    keeps_phone: bool,
    /// The passkeys that go.
    passkeys: &'a [PasskeyId],
    /// How much had been made for the user when those were found.
    made: u64,
    undoable: &'a [Undoable],
}

/// A request that undoes a change.
#[derive(Clone, Copy)]
struct Undo<'a> {
    link: &'a UndoLink,
    nonce: &'a Nonce,
    now: Timestamp,
}

impl Store {
    /// The link that a token opens; `None`: it is too old, or there never was one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn undo_link(&self, token: &OpaqueToken, now: Timestamp) -> Result<Option<Undoing>, StoreError> {
        let digest = token.digest();
        let Some(found) = self.get(&Key::undo_link(&digest)).await? else { return Ok(None) };
        let item = Reader::new("undo link", &found);
        if item.has("spent_by") {
            return Ok(Some(Undoing::Done(item.parsed("app")?)));
        }
        let link = UndoLink {
            digest,
            app: item.parsed("app")?,
            user: item.parsed("user")?,
            email: item.parsed("email")?,
            changed: item.time("changed")?,
        };
        Ok((now < link.expires()).then_some(Undoing::Open(link)))
    }

    /// The link, as a part of the transaction that changes the address.
    pub(super) fn put_undo_link(&self, link: &UndoLink) -> Result<TransactWriteItem, StoreError> {
        let item = Writer::at(&Key::undo_link(&link.digest))
            .with("app", text(link.app.as_str()))
            .with("user", text(link.user.to_string()))
            .with("email", text(link.email.as_str()))
            .with("changed", time(link.changed))
            .with("expires", time(link.expires()))
            .with("ttl", time(link.expires().plus(KEPT)))
            .done();
        Ok(TransactWriteItem::builder().put(build(self.put(item, Table::Live))?).build())
    }

    /// Gives a user the former address back, moves them on, which ends every session, and leaves no password: a thief who could
    /// change the address most likely knew it. A phone and passkeys go too that came less than the link's life before the change, or after it, for each is a
    /// way in like the address.
    ///
    /// A link dies with the undoing of an earlier change: the address that a thief had put in between gets nothing back. It
    /// survives that of a later one, which is the thief's to do.
    ///
    /// Gives the address that the user had until then, where it was this request that took it away.
    ///
    /// # Errors
    /// [`NotUndone`]
    pub async fn undo_email_change(
        &self,
        link: &UndoLink,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<Option<Email>, NotUndone> {
        let ring = self.ring(now).await?;
        let undo = Undo { link, nonce, now };
        for _ in 0..LOOKS {
            let Some(found) = self.get(&Key::user(&link.app, link.user)).await? else { return Err(NotUndone::Dead) };
            let user = read_user(link.user, &found)?;
            let mut undoable = read_undoable(&Reader::new("user", &found))?;
            let Some(position) = undoable.iter().position(|change| change.link == link.digest) else {
                return if self.is_used(link).await? { Ok(None) } else { Err(NotUndone::Dead) };
            };
            undoable.truncate(position);
            let item = Reader::new("user", &found);
            let keeps_phone = item.maybe_time("phone_since")?.is_none_or(|since| since.plus(LIFETIME) <= link.changed);
            let made = item.maybe_number("made")?.unwrap_or_default();
            let passkeys = self.passkeys(&link.app, &user).await?;
            let recent = passkeys.iter().filter(|passkey| passkey.created.plus(LIFETIME) > link.changed);
            let recent: Vec<_> = recent.map(|passkey| passkey.credential.id()).collect();
            let restored = Restored { keeps_phone, passkeys: &recent, made, undoable: &undoable };
            let items = self.undoing(undo, &user, restored, &ring)?;
            let before_passkeys = items.len() - 2 * recent.len();
            let found = match self.transact(items).await {
                Ok(()) => return Ok(user.email),
                Err(Cancelled::Store(error)) => return Err(error.into()),
                Err(Cancelled::Conditions(found)) => found,
            };
            match found.as_slice() {
                // This click did it: its answer got lost, and this was a repetition.
                [Some(FailedCondition(Some(spent))), ..] if nonce.marks(spent, "spent_by") => return Ok(user.email),
                // Another click did it.
                [Some(FailedCondition(Some(spent))), ..] if Reader::new("undo link", spent).has("spent_by") => {
                    return Ok(None);
                }
                // The user has moved on, or got or lost a passkey or a second factor: the next look has them as they are now.
                [None, Some(FailedCondition(Some(found_now))), ..] if !has_address(found_now, &link.email)? => {}
                found if found.iter().take(before_passkeys).all(Option::is_none) => {}
                _ => return Err(NotUndone::Dead),
            }
        }
        let cause = "the user kept moving on".to_owned();
        Err(StoreError::Unavailable { operation: "TransactWriteItems", cause }.into())
    }

    /// Whether a click at the same time did it.
    async fn is_used(&self, link: &UndoLink) -> Result<bool, StoreError> {
        let found = self.get(&Key::undo_link(&link.digest)).await?;
        Ok(found.is_some_and(|item| item.contains_key("spent_by")))
    }

    fn undoing(
        &self,
        Undo { link, nonce, now }: Undo<'_>,
        user: &User,
        restored: Restored<'_>,
        ring: &KeyRing,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let (app, former) = (&link.app, Handle::Email(link.email.clone()));
        let next = User {
            epoch: user.epoch.next(),
            email: Some(link.email.clone()),
            email_proof: EmailProof::Proven,
            phone: user.phone.clone().filter(|_| restored.keeps_phone),
            ..user.clone()
        };
        let spend = self
            .transact_update(&Key::undo_link(&link.digest))
            .update_expression("SET spent_by = :nonce")
            .condition_expression("attribute_not_exists(spent_by) AND expires > :now")
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":now", time(now));
        let user_item = self.restored(link, user, restored, now);
        let mut items = vec![update_item(spend)?, update_item(user_item)?, self.take_back_address(app, &next, ring)?];
        let kept = next.handles();
        for handle in user.handles() {
            if handle == former {
                continue;
            }
            items.push(if kept.contains(&handle) {
                update_item(self.without_password(app, user, &next, &handle, ring))?
            } else {
                let gone = self
                    .delete(&Key::identity(app, &handle, ring))
                    .condition_expression("#user = :user")
                    .expression_attribute_names("#user", "user")
                    .expression_attribute_values(":user", text(user.id.to_string()));
                delete_item(gone)?
            });
        }
        for passkey in restored.passkeys {
            items.extend(self.forget_passkey(app, user.id, passkey)?);
        }
        Ok(items)
    }

    fn restored(&self, link: &UndoLink, user: &User, restored: Restored<'_>, now: Timestamp) -> UpdateBuilder {
        let phone = if restored.keeps_phone { "" } else { ", phone, phone_since" };
        // The former identity says whether there is a second factor, as the user was read.
        let factor = if user.second_factor { "attribute_exists(totp)" } else { "attribute_not_exists(totp)" };
        let less = if restored.passkeys.is_empty() { "" } else { " ADD passkeys :less" };
        let update = self
            .transact_signed(self.transact_update(&Key::user(&link.app, user.id)))
            .update_expression(format!(
                "SET epoch = :next, email = :email, email_proven = :now, undoable = :undoable, {BY} REMOVE {ASKED}{phone}{less}"
            ))
            .condition_expression(format!("epoch = :epoch AND email <> :email AND {factor} AND {UNCHANGED}"))
            .expression_attribute_values(":made", number(restored.made))
            .expression_attribute_values(":epoch", number(user.epoch.0))
            .expression_attribute_values(":next", number(user.epoch.next().0))
            .expression_attribute_values(":email", text(link.email.as_str()))
            .expression_attribute_values(":undoable", write_undoable(restored.undoable))
            .expression_attribute_values(":now", time(now));
        if less.is_empty() {
            return update;
        }
        update.expression_attribute_values(":less", AttributeValue::N(format!("-{}", restored.passkeys.len())))
    }

    /// The former address, which lay there for the user alone.
    fn take_back_address(&self, app: &AppId, next: &User, ring: &KeyRing) -> Result<TransactWriteItem, StoreError> {
        let handle = next
            .email
            .clone()
            .map(Handle::Email)
            .ok_or(StoreError::Corrupt { entity: "undo link", attribute: "email" })?;
        let identity = Identity {
            user: next.id,
            epoch: next.epoch,
            password: None,
            tries: Tries::default(),
            created: next.created,
            others: others(next, &handle),
            proven: true,
            disabled: next.disabled,
            second_factor: next.second_factor,
        };
        let put = self
            .put(write_identity(&Key::identity(app, &handle, ring), &identity).done(), Table::Core)
            .condition_expression("#user = :user")
            .expression_attribute_names("#user", "user")
            .expression_attribute_values(":user", text(next.id.to_string()));
        Ok(TransactWriteItem::builder().put(build(put)?).build())
    }

    fn without_password(
        &self,
        app: &AppId,
        user: &User,
        next: &User,
        handle: &Handle,
        ring: &KeyRing,
    ) -> UpdateBuilder {
        let update = self.neighbour(app, user, next, handle, ring);
        match write_handles(&others(next, handle)) {
            Some(_) => {
                update.update_expression("SET epoch = :next, proven = :proven, #others = :others REMOVE password")
            }
            None => update.update_expression("SET epoch = :next, proven = :proven REMOVE #others, password"),
        }
    }
}

/// Whether the user has this address by now, so that there is nothing to undo.
fn has_address(user: &Attributes, email: &Email) -> Result<bool, StoreError> {
    Ok(Reader::new("user", user).maybe_parsed::<Email>("email")?.as_ref() == Some(email))
}
