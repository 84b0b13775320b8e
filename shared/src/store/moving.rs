//! Users, clients and endpoints of webhooks leave with all that they have, and come back: `departing_user`, `arrive`,
//! `departing_client`, `arrive_client`, `departing_webhooks`, `arrive_webhook`.
//!
//! Items leave as they are, so that an attribute which a later release adds is not forgotten. What depends on the key ring is
//! taken off it and put on the ring of the place where it arrives: handles, the second factor, the tags in the ids of mementos,
//! and the secrets of endpoints.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::{TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::{AppId, ClientId, UserId};
use crate::store::arriving::{ArrivingClient, ArrivingUser, ArrivingWebhook, Belonging, Name};
use crate::store::attribute_json::to_json;
use crate::store::authors::AUTHOR;
use crate::store::client::{Cancelled, Store};
use crate::store::email_challenges::ASKED;
use crate::store::error::StoreError;
use crate::store::imports::{Arrival, Imported, NotImported};
use crate::store::item::{Attributes, Reader, bytes, key as key_of, text, time};
use crate::store::keys::{Key, Table, USER, USERS_OF};
use crate::store::moving_factors::{Bound, DepartingFactor};
use crate::store::passkeys::write_credential;
use crate::store::user_item::read_user;
use crate::token::ring::KeyRing;
use crate::user::User;
use crate::webhook::endpoint::{EndpointId, MOST};
use crate::webhook::secret::SealedSecret;

/// A user with all that they have, off any key ring.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DepartingUser {
    /// The user's number.
    pub id: String,
    /// What is stored of the user.
    pub user: Value,
    /// The hash of the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The second factor: files of before have the secret of the authenticator app in the same place.
    #[serde(flatten)]
    pub factor: DepartingFactor,
    /// Grants, mementos and whatever else is the user's, by their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub belongings: Vec<(String, Value)>,
}

/// Hash and secret are not for logs.
impl std::fmt::Debug for DepartingUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DepartingUser").field("id", &self.id).finish_non_exhaustive()
    }
}

/// An OAuth client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepartingClient {
    /// Its id.
    pub id: String,
    /// What is stored of it.
    pub client: Value,
}

/// An endpoint of an app's webhooks, off any key ring.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DepartingWebhook {
    /// Its id.
    pub id: String,
    /// What is stored of it.
    pub webhook: Value,
    /// The secret that it knows our messages by, as its owner was shown it.
    pub secret: String,
    /// The one before a rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<String>,
}

/// Secrets are not for logs.
impl std::fmt::Debug for DepartingWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DepartingWebhook").field("id", &self.id).finish_non_exhaustive()
    }
}

/// How many belongings of a user are written at once: a user can have ten thousand, and an import writes many users at once.
const GIVEN_AT_ONCE: usize = 8;

/// A user who has it was not given yet all that they came with.
const ARRIVING: &str = "arriving";

impl Store {
    /// A user of an app with all that they have; `None`: they are gone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn departing_user(
        &self,
        app: &AppId,
        id: UserId,
        now: Timestamp,
    ) -> Result<Option<DepartingUser>, StoreError> {
        let ring = self.ring(now).await?;
        // A query gives them in the order of their sort keys.
        let partition = self.partition(&Key::partition(app, id)).await?;
        let is_user = |item: &Attributes| item.get("sk") == Some(&text(USER));
        let (mut itself, belongings): (Vec<_>, Vec<_>) = partition.into_iter().partition(is_user);
        let Some(mut item) = itself.pop() else { return Ok(None) };
        let user = read_user(id, &item)?;
        let handles = user.handles();
        let password = match handles.iter().find(|handle| handle.takes_password()) {
            Some(handle) => self.identity(app, handle, now).await?.and_then(|identity| identity.password),
            None => None,
        };
        let factor = DepartingFactor::take(&mut item, Bound { app, user: id, ring: &ring })?;
        leave_mails_behind(&mut item, &user);
        for of_here in [USERS_OF, ARRIVING] {
            item.remove(of_here);
        }
        // A user who came with an export has their own number there.
        if item.get("origin") == Some(&text(id.to_string())) {
            item.remove("origin");
        }
        Ok(Some(DepartingUser {
            id: id.to_string(),
            user: to_json(&without_keys(item)),
            password: password.map(|password| password.as_phc().to_owned()),
            factor,
            belongings: belongings.into_iter().map(without_places).map(named).collect::<Result<_, _>>()?,
        }))
    }

    /// Writes a user who left, here or elsewhere, with all that they have. A run that was stopped can be given again: a user who is
    /// here from the same place, and was not given all, is given the rest. One who was is left alone, for they may have taken back a
    /// grant since, or removed a passkey.
    ///
    /// # Errors
    /// [`NotImported`]
    pub async fn arrive(&self, app: &AppId, departed: &DepartingUser, now: Timestamp) -> Result<Imported, NotImported> {
        let ArrivingUser { user, mut item, origin, password, factor, belongings } = departed.checked()?;
        let (ring, id) = (self.ring(now).await?, user.id);
        item.extend(key_of(&Key::user(app, id)));
        item.insert(USERS_OF.to_owned(), text(app.as_str()));
        factor.put(&mut item, Bound { app, user: id, ring: &ring }, &self.random);
        if !belongings.is_empty() {
            item.insert(ARRIVING.to_owned(), AttributeValue::Bool(true));
        }
        let mark = self.mark();
        let arrival = Arrival { user: &user, item, password: password.as_ref(), origin: &origin, mark };
        let arrived = self.write_arrival(app, arrival, now).await?;
        let lacks_some = arrived == Imported::Now || self.is_arriving(app, id).await?;
        if lacks_some && !belongings.is_empty() {
            let owned = stream::iter(belongings.iter().map(Ok));
            let give = |belonging| self.give(app, id, belonging, &ring);
            owned.try_for_each_concurrent(GIVEN_AT_ONCE, give).await?;
            self.end_arrival(app, id).await?;
        }
        Ok(arrived)
    }

    async fn is_arriving(&self, app: &AppId, user: UserId) -> Result<bool, StoreError> {
        Ok(self.get(&Key::user(app, user)).await?.is_some_and(|item| item.contains_key(ARRIVING)))
    }

    /// Notes that a user has all that they came with.
    async fn end_arrival(&self, app: &AppId, user: UserId) -> Result<(), StoreError> {
        let note = self
            .update(&Key::user(app, user))
            .update_expression(format!("REMOVE {ARRIVING}"))
            .condition_expression("attribute_exists(pk)");
        if self.send_update(note).await?.is_err() {
            // The user was deleted in this moment, and what was given after that belongs to nobody.
            self.remove_belongings(app, user).await?;
        }
        Ok(())
    }

    /// Gives a user what they do not have yet.
    async fn give(&self, app: &AppId, user: UserId, belonging: &Belonging, ring: &KeyRing) -> Result<(), StoreError> {
        let (name, mut item) = belonging.tagged(user, app, ring);
        if let Name::Passkey(passkey) = &belonging.name {
            self.put_if_absent(write_credential(app, user, passkey)).await?;
        }
        item.extend(key_of(&Key { sk: name, ..Key::user(app, user) }));
        item.insert(AUTHOR.to_owned(), self.mark());
        self.put_if_absent(item).await.map(drop)
    }

    /// An app's OAuth client; `None`: it is another app's, or gone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn departing_client(&self, app: &AppId, id: &ClientId) -> Result<Option<DepartingClient>, StoreError> {
        let item = self.client_item(id).await?.filter(|item| item.get("app") == Some(&text(app.as_str())));
        Ok(item.map(|item| DepartingClient { id: id.as_str().to_owned(), client: to_json(&without_keys(item)) }))
    }

    /// Writes a client that left, unless the app has it.
    ///
    /// # Errors
    /// [`NotImported::ClientTaken`]: in the deployment that it left it is still the client of the other app, or it was deleted here.
    pub async fn arrive_client(&self, app: &AppId, departed: &DepartingClient) -> Result<Imported, NotImported> {
        let ArrivingClient { id, mut item } = departed.checked()?;
        let mut entry = key_of(&Key::client_entry(&id));
        entry.extend(item.get("name").map(|name| ("name".to_owned(), name.clone())));
        item.insert("app".to_owned(), text(app.as_str()));
        item.extend(key_of(&Key::client(&id)));
        item.insert(AUTHOR.to_owned(), self.mark());
        let arrived = self.put_if_absent(item).await?;
        if self.departing_client(app, &id).await?.is_none() {
            return Err(NotImported::ClientTaken(id));
        }
        self.put_if_absent(entry).await?;
        // Without it, the app's own issuer has no metadata.
        let Some(note) = self.note_of_clients(app).await? else { return Ok(arrived) };
        match self.transact(vec![note]).await {
            Err(Cancelled::Store(error)) => Err(error.into()),
            Ok(()) | Err(Cancelled::Conditions(_)) => Ok(arrived),
        }
    }

    /// All endpoints of an app's webhooks, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn departing_webhooks(&self, app: &AppId, now: Timestamp) -> Result<Vec<DepartingWebhook>, StoreError> {
        let ring = self.ring(now).await?;
        let items = self.partition(&Key::webhooks(app)).await?;
        items.into_iter().map(|item| departing_webhook(app, item, &ring)).collect()
    }

    /// Writes an endpoint that left, unless there is one of its id. It is told of nothing that was before `now`.
    ///
    /// # Errors
    /// [`NotImported`]
    pub async fn arrive_webhook(
        &self,
        app: &AppId,
        departed: &DepartingWebhook,
        now: Timestamp,
    ) -> Result<Imported, NotImported> {
        let ArrivingWebhook { id, mut item, secret, former } = departed.checked()?;
        let ring = self.ring(now).await?;
        for (name, secret) in [("secret", Some(secret)), ("former", former)] {
            let Some(secret) = secret else { continue };
            let sealed = SealedSecret::seal(&secret, app, &id, &ring, &self.random);
            item.insert(name.to_owned(), bytes(sealed.as_bytes()));
        }
        item.insert("arrived".to_owned(), time(now));
        item.insert(AUTHOR.to_owned(), self.mark());
        item.extend(key_of(&Key::webhook(app, &id)));
        let others = self.partition(&Key::webhooks(app)).await?;
        if others.len() >= MOST && !others.iter().any(|other| other.get("sk") == item.get("sk")) {
            return Err(NotImported::TooManyEndpoints);
        }
        Ok(self.put_if_absent(item).await?)
    }

    /// Writes an item unless there is one: whether it did. Where the answer got lost and the write was repeated, it was here before.
    async fn put_if_absent(&self, item: Attributes) -> Result<Imported, StoreError> {
        let put = self.db.put_item().table_name(self.table(Table::Core)).set_item(Some(item));
        match put.condition_expression("attribute_not_exists(pk)").send_by(&self.db).await {
            Ok(_) => Ok(Imported::Now),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(Imported::Before)
            }
            Err(error) => Err(StoreError::unavailable("PutItem", &error)),
        }
    }
}

/// What was mailed from here leads nowhere elsewhere, and would keep the user from being mailed to there. What it has proven stays.
fn leave_mails_behind(item: &mut Attributes, user: &User) {
    for name in ASKED.split(", ").chain(["undoable"]) {
        item.remove(name);
    }
    if user.email_proof.is_proven() {
        item.entry("email_proven".to_owned()).or_insert_with(|| time(user.created));
    }
}

/// That it fails is of this place, and since when it is there.
const OF_HERE: [&str; 2] = ["arrived", "failing_since"];

fn departing_webhook(app: &AppId, mut item: Attributes, ring: &KeyRing) -> Result<DepartingWebhook, StoreError> {
    let id: EndpointId = Reader::new("webhook", &item).parsed("sk")?;
    let mut open = |attribute: &'static str| {
        let corrupt = StoreError::Corrupt { entity: "webhook", attribute };
        match item.remove(attribute) {
            None => Ok(None),
            Some(AttributeValue::B(sealed)) => {
                let opened = SealedSecret::from_bytes(sealed.into_inner()).open(app, &id, ring);
                opened.map(|secret| Some(secret.reveal())).map_err(|_| corrupt)
            }
            Some(_) => Err(corrupt),
        }
    };
    let (secret, former) = (open("secret")?, open("former")?);
    for name in OF_HERE {
        item.remove(name);
    }
    Ok(DepartingWebhook {
        id: id.as_str().to_owned(),
        webhook: to_json(&without_keys(item)),
        secret: secret.ok_or(StoreError::Corrupt { entity: "webhook", attribute: "secret" })?,
        former,
    })
}

/// Without what is of this place: where the item is, and who wrote it last.
fn without_keys(mut item: Attributes) -> Attributes {
    for key in ["pk", "sk", AUTHOR] {
        item.remove(key);
    }
    item
}

/// A passkey's places are hashes under this key ring, and of no use under another.
fn without_places(mut item: Attributes) -> Attributes {
    item.remove("places");
    item
}

fn named(item: Attributes) -> Result<(String, Value), StoreError> {
    let name = Reader::new("belonging", &item).text("sk")?.to_owned();
    Ok((name, to_json(&without_keys(item))))
}
