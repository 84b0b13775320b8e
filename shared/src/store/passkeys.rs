//! Passkeys: `add_passkey`, `passkey`, `passkeys`, `open_session_by_passkey`, `rename_passkey`, `remove_passkey`.
//!
//! A passkey stands in its user's partition, and leaves with the user. Beside it stands an identity of the app, which keeps the
//! credential from becoming a second user's (WebAuthn level 3 §7.1 step 26).

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::{AppId, Epoch, UserId};
use crate::passkey::authentication::Authenticated;
use crate::passkey::challenge::Challenge;
use crate::passkey::cose::PublicKey;
use crate::passkey::{CredentialId, MOST_PASSKEYS, Passkey, PasskeyId, PasskeyName};
use crate::session::Opening;
use crate::store::authors::BY;
use crate::store::client::{Cancelled, FailedCondition, Nonce, Store, update_item};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, bytes, number, text, time};
use crate::store::keys::{Key, PASSKEY_PREFIX};
use crate::store::try_attributes::write_places;
use crate::store::users::delete_item;
use crate::user::User;
use crate::user::lockout::Place;

/// Why a passkey was not added.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyNotAdded {
    /// The challenge was answered before.
    #[error("the challenge was answered before")]
    Spent,
    /// The user has [`MOST_PASSKEYS`].
    #[error("the user has as many passkeys as anybody may")]
    TooMany,
    /// The credential is a passkey of this app already.
    #[error("the credential is registered")]
    Registered,
    /// The user is gone or has moved on to another epoch.
    #[error("the user is gone or has moved on")]
    Changed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a passkey opened no session.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyNotUsed {
    /// The challenge was answered before.
    #[error("the challenge was answered before")]
    Spent,
    /// The passkey is gone.
    #[error("the passkey is gone")]
    Unknown,
    /// The authenticator has signed as often before.
    #[error("the sign count did not go up")]
    CountedBack,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A passkey that somebody signs in by.
#[derive(Clone, Copy, Debug)]
pub struct UsedPasskey<'a> {
    /// Which.
    pub id: &'a PasskeyId,
    /// What its authenticator said.
    pub said: &'a Authenticated,
    /// How often it had signed before.
    pub counted: u32,
    /// Where it was used, if that has to be written.
    pub places: Option<&'a [Place]>,
}

/// What became of the conditions of a transaction whose first part spends a challenge.
enum Undone {
    /// Nothing: an earlier try of this very request did it all, and its answer was lost.
    Done,
    /// Another request was first.
    Spent,
    /// The other parts, as they were found.
    Others(Vec<Option<FailedCondition>>),
}

impl Store {
    /// Adds a passkey, spends the challenge and counts the passkey in its user's item, or nothing of that.
    ///
    /// # Errors
    /// [`PasskeyNotAdded`]
    pub async fn add_passkey(
        &self,
        app: &AppId,
        user: UserId,
        passkey: &Passkey,
        challenge: &Challenge,
        now: Timestamp,
    ) -> Result<(), PasskeyNotAdded> {
        let (nonce, id) = (Nonce::draw(&self.random), passkey.credential.id());
        let count = self
            .transact_signed(self.transact_update(&Key::user(app, user)))
            .update_expression(format!("SET {BY} ADD passkeys :one, made :one"))
            // Of a user who has moved on, the session that asks may have ended, and what it adds would outlive it.
            .condition_expression("epoch = :epoch AND (attribute_not_exists(passkeys) OR passkeys < :most)")
            .expression_attribute_values(":epoch", number(passkey.epoch.0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MOST_PASSKEYS));
        let items = vec![
            self.spend_challenge(challenge, &nonce, now)?,
            update_item(count)?,
            self.put_unless_taken(write_credential(app, user, &id))?,
            self.put_unless_taken(write_passkey(&Key::passkey(app, user, &id), passkey))?,
        ];
        let cancelled = match self.transact(items).await {
            Ok(()) => return Ok(()),
            Err(Cancelled::Store(error)) => {
                if let Ok(removal) = self.passkey_removal(app, user, &id) {
                    self.give_challenge_back(challenge, &nonce, removal, now).await;
                }
                return Err(error.into());
            }
            Err(Cancelled::Conditions(found)) => found,
        };
        match undone(cancelled, &nonce) {
            Undone::Done => Ok(()),
            Undone::Spent => Err(PasskeyNotAdded::Spent),
            Undone::Others(found) => Err(match found.into_iter().next().flatten() {
                Some(FailedCondition(Some(user)))
                    if Reader::new("user", &user).number::<u64>("epoch")? == passkey.epoch.0 =>
                {
                    PasskeyNotAdded::TooMany
                }
                Some(_) => PasskeyNotAdded::Changed,
                None => PasskeyNotAdded::Registered,
            }),
        }
    }

    /// A passkey of a user's, whether or not they have kept it: [`Passkey::is_kept_by`] says.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn passkey(&self, app: &AppId, user: UserId, id: &PasskeyId) -> Result<Option<Passkey>, StoreError> {
        let item = self.get(&Key::passkey(app, user, id)).await?;
        item.map(|attributes| read_passkey(&attributes)).transpose()
    }

    /// All passkeys that a user has kept, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn passkeys(&self, app: &AppId, user: &User) -> Result<Vec<Passkey>, StoreError> {
        let first = Key::user(app, user.id);
        let page = self
            .db
            .query()
            .table_name(self.table(first.table))
            .key_condition_expression("pk = :user AND begins_with(sk, :passkeys)")
            .expression_attribute_values(":user", text(first.pk))
            .expression_attribute_values(":passkeys", text(PASSKEY_PREFIX))
            .consistent_read(true)
            .send_by(&self.db)
            .await
            .map_err(|error| StoreError::unavailable("Query", &error))?;
        // Twenty of them, at two kilobytes at most, are one page.
        let items = page.items.unwrap_or_default();
        let mut passkeys = items.iter().map(read_passkey).collect::<Result<Vec<_>, _>>()?;
        passkeys.retain(|passkey| passkey.is_kept_by(user));
        passkeys.sort_by_key(|passkey| passkey.created);
        Ok(passkeys)
    }

    /// Opens a session, spends the challenge and notes the use of the passkey, or nothing of that. Of two answers with one sign count
    /// one is good.
    ///
    /// # Errors
    /// [`PasskeyNotUsed`]
    pub async fn open_session_by_passkey(
        &self,
        app: &AppId,
        opening: &Opening,
        used: UsedPasskey<'_>,
        challenge: &Challenge,
        now: Timestamp,
    ) -> Result<(), PasskeyNotUsed> {
        let UsedPasskey { id, said, counted, places } = used;
        let nonce = Nonce::draw(&self.random);
        // An authenticator that does not count says 0 each time.
        let goes_up = if said.sign_count == 0 { "sign_count = :count" } else { "sign_count < :count" };
        let set = "SET sign_count = :count, backed_up = :backed_up, used = :now";
        let note = self.transact_update(&Key::passkey(app, opening.session.user, id));
        let note = match places {
            None => note.update_expression(set),
            Some(places) => note
                .update_expression(format!("{set}, places = :places"))
                .expression_attribute_values(":places", write_places(places)),
        };
        let note = note
            .condition_expression(format!("attribute_exists(pk) AND {goes_up}"))
            .expression_attribute_values(":count", number(said.sign_count))
            .expression_attribute_values(":backed_up", AttributeValue::Bool(said.backed_up))
            .expression_attribute_values(":now", time(now));
        let items =
            vec![self.spend_challenge(challenge, &nonce, now)?, update_item(note)?, self.put_session(app, opening)?];
        let cancelled = match self.transact(items).await {
            Ok(()) => return Ok(()),
            Err(Cancelled::Store(error)) => {
                let Opening { session, .. } = opening;
                let uncounted = self
                    .transact_update(&Key::passkey(app, session.user, id))
                    .update_expression("SET sign_count = :before")
                    .condition_expression("sign_count = :count")
                    .expression_attribute_values(":before", number(counted))
                    .expression_attribute_values(":count", number(said.sign_count));
                let revoked = self.revoke_session(app, session.user, &session.id, now);
                let uncounted = vec![update_item(uncounted)?];
                // If either fails, too, its user has to ask for another challenge, or sees one session more in the list.
                let (_, ()) = tokio::join!(revoked, self.give_challenge_back(challenge, &nonce, uncounted, now));
                return Err(error.into());
            }
            Err(Cancelled::Conditions(found)) => found,
        };
        match undone(cancelled, &nonce) {
            Undone::Done => Ok(()),
            Undone::Spent => Err(PasskeyNotUsed::Spent),
            Undone::Others(found) => Err(match found.into_iter().next().flatten() {
                Some(FailedCondition(Some(_))) => PasskeyNotUsed::CountedBack,
                _ => PasskeyNotUsed::Unknown,
            }),
        }
    }

    /// Whether a challenge was answered with success.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn is_challenge_spent(&self, challenge: &Challenge, now: Timestamp) -> Result<bool, StoreError> {
        let Some(found) = self.get(&Key::challenge(challenge)).await? else { return Ok(false) };
        Ok(now < Reader::new("challenge", &found).time("expires")?)
    }

    /// Gives a passkey another name. `false`: the user has no such passkey.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn rename_passkey(
        &self,
        app: &AppId,
        user: UserId,
        id: &PasskeyId,
        name: &PasskeyName,
    ) -> Result<bool, StoreError> {
        let rename = self
            .update(&Key::passkey(app, user, id))
            .update_expression("SET #name = :name")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", text(name.as_str()));
        Ok(self.send_update(rename).await?.is_ok())
    }

    /// Removes a passkey. `false`: the user has no such passkey.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn remove_passkey(&self, app: &AppId, user: UserId, id: &PasskeyId) -> Result<bool, StoreError> {
        match self.transact(self.passkey_removal(app, user, id)?).await {
            Ok(()) => Ok(true),
            Err(Cancelled::Conditions(_)) => Ok(false),
            // Nobody knows whether it was done: where it was, the retry would be told that there is none.
            Err(Cancelled::Store(error)) => match self.passkey(app, user, id).await {
                Ok(None) => Ok(true),
                _ => Err(error),
            },
        }
    }

    /// The parts of a transaction that remove a passkey.
    fn passkey_removal(&self, app: &AppId, user: UserId, id: &PasskeyId) -> Result<Vec<TransactWriteItem>, StoreError> {
        let [passkey, credential] = self.forget_passkey(app, user, id)?;
        let count = self
            .transact_signed(self.transact_update(&Key::user(app, user)))
            .update_expression(format!("SET {BY} ADD passkeys :less"))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":less", number(-1));
        Ok(vec![passkey, credential, update_item(count)?])
    }

    /// Those that remove it, if it is there. Its user's item counts it still.
    pub(super) fn forget_passkey(
        &self,
        app: &AppId,
        user: UserId,
        id: &PasskeyId,
    ) -> Result<[TransactWriteItem; 2], StoreError> {
        let passkey = self.delete(&Key::passkey(app, user, id)).condition_expression("attribute_exists(pk)");
        Ok([delete_item(passkey)?, delete_item(self.delete(&Key::credential(app, id)))?])
    }

    /// After a transaction of which nobody knows whether it was carried out. If it was, its request is not answered with success, so
    /// the challenge may be answered once more, and what it gave is taken back by `parts`.
    async fn give_challenge_back(
        &self,
        challenge: &Challenge,
        nonce: &Nonce,
        parts: Vec<TransactWriteItem>,
        now: Timestamp,
    ) {
        let unspent = self
            .transact_update(&Key::challenge(challenge))
            .update_expression("SET expires = :now")
            .condition_expression("nonce = :nonce")
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":now", time(now));
        if let Ok(unspent) = update_item(unspent) {
            let _ = self.transact(std::iter::once(unspent).chain(parts).collect()).await;
        }
    }

    /// Remembers an answered challenge for as long as it could be answered again. The time is compared, for an item that is past its
    /// `ttl` may stand there for days.
    fn spend_challenge(
        &self,
        challenge: &Challenge,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let spend = self
            .transact_update(&Key::challenge(challenge))
            .update_expression("SET expires = :expires, nonce = :nonce, #ttl = :expires")
            .condition_expression("attribute_not_exists(pk) OR expires <= :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":expires", time(challenge.expires))
            .expression_attribute_values(":nonce", text(nonce.as_str()))
            .expression_attribute_values(":now", time(now));
        update_item(spend)
    }
}

fn undone(found: Vec<Option<FailedCondition>>, nonce: &Nonce) -> Undone {
    let mut found = found.into_iter();
    match found.next().flatten() {
        Some(FailedCondition(Some(item))) if nonce.marks(&item, "nonce") => Undone::Done,
        Some(_) => Undone::Spent,
        None => Undone::Others(found.collect()),
    }
}

/// The identity that keeps a credential from becoming a second user's.
pub(super) fn write_credential(app: &AppId, user: UserId, id: &PasskeyId) -> Attributes {
    Writer::at(&Key::credential(app, id)).with("user", text(user.to_string())).done()
}

fn write_passkey(key: &Key, passkey: &Passkey) -> Attributes {
    let transports = passkey.transports.iter().map(|transport| text(transport.as_str())).collect();
    Writer::at(key)
        .with("credential", bytes(passkey.credential.as_bytes()))
        .with("name", text(passkey.name.as_str()))
        .with("key", bytes(passkey.key.as_cose()))
        .with("sign_count", number(passkey.sign_count))
        .with("backup_eligible", AttributeValue::Bool(passkey.backup_eligible))
        .with("backed_up", AttributeValue::Bool(passkey.backed_up))
        .with("transports", AttributeValue::L(transports))
        .with("created", time(passkey.created))
        .with("epoch", number(passkey.epoch.0))
        .maybe("used", passkey.used.map(time))
        .maybe("places", Some(&*passkey.places).filter(|places| !places.is_empty()).map(write_places))
        .done()
}

fn read_passkey(attributes: &Attributes) -> Result<Passkey, StoreError> {
    let item = Reader::new("passkey", attributes);
    Ok(Passkey {
        credential: CredentialId::new(item.bytes("credential")?.to_vec()).ok_or(item.corrupt("credential"))?,
        name: item.parsed("name")?,
        key: PublicKey::read(item.bytes("key")?).map_err(|_| item.corrupt("key"))?,
        sign_count: item.number("sign_count")?,
        backup_eligible: item.flag("backup_eligible")?,
        backed_up: item.flag("backed_up")?,
        transports: item.strings("transports")?.iter().filter_map(|name| name.parse().ok()).collect(),
        created: item.time("created")?,
        // A release that had no epochs here wrote it before any user lost passkeys.
        epoch: Epoch(item.maybe_number("epoch")?.unwrap_or_default()),
        used: item.maybe_time("used")?,
        places: item.strings("places")?.into_iter().map(Place::from_hash).collect(),
    })
}
