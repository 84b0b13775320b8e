//! What an export has, parsed before anything of it is written: `DepartingUser::checked`, `DepartingClient::checked`,
//! `DepartingWebhook::checked`. What DynamoDB would refuse in the middle of a user is refused here.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::id::{AppId, ClientId, UserId};
use crate::oauth::memento::{MementoHead, MementoId};
use crate::passkey::PasskeyId;
use crate::store::attribute_json::from_json;
use crate::store::clients::read_client;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, bytes, text};
use crate::store::item_limits::{MOST_BYTES, MOST_BYTES_OF_SORT_KEY, weight};
use crate::store::keys::{GRANT_PREFIX, MEMENTO_PREFIX, PASSKEY_PREFIX, USER, USERS_OF};
use crate::store::moving::{DepartingClient, DepartingUser, DepartingWebhook};
use crate::store::moving_factors::ArrivingFactor;
use crate::store::user_item::read_user;
use crate::store::webhooks::read_endpoint;
use crate::token::ring::KeyRing;
use crate::user::User;
use crate::user::password::PasswordHash;
use crate::webhook::endpoint::EndpointId;
use crate::webhook::secret::WebhookSecret;

/// Why what an export has of a user, a client or an endpoint cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is not as an export writes it.
    #[error("`{0}` is not as an export writes it")]
    Unreadable(&'static str),
    /// DynamoDB would refuse the item.
    #[error("`{what}` would be an item of {bytes} bytes, and DynamoDB takes at most {MOST_BYTES}")]
    TooLarge {
        /// What of it.
        what: &'static str,
        /// How large the item would be, with all that an arrival can add to it.
        bytes: usize,
    },
}

/// The most that an arrival adds to an item, beside the factor: keys, the mark of who writes it, the app, the number of before, and in an
/// identity the other handles.
pub(super) const ADDED: usize = 2048;

/// A user whom nothing keeps from arriving.
#[derive(Debug)]
pub struct ArrivingUser {
    pub(super) user: User,
    pub(super) item: Attributes,
    pub(super) origin: String,
    pub(super) password: Option<PasswordHash>,
    pub(super) factor: ArrivingFactor,
    pub(super) belongings: Vec<Belonging>,
}

/// What is a user's, as an item of its own.
#[derive(Debug)]
pub(super) struct Belonging {
    pub(super) name: Name,
    pub(super) item: Attributes,
}

/// What it is, up to what hangs on the key ring.
#[derive(Debug)]
pub(super) enum Name {
    Memento(MementoHead),
    Passkey(PasskeyId),
    /// A grant, by its sort key, and the mementos that it is for.
    Grant(String, Vec<MementoHead>),
    Other(String),
}

impl DepartingUser {
    /// The user, parsed and weighed: their item, password, factor and each belonging.
    ///
    /// # Errors
    /// [`Unfit`]
    pub fn checked(&self) -> Result<ArrivingUser, Unfit> {
        let id: UserId = self.id.parse().map_err(|_| Unfit::Unreadable("id"))?;
        let mut item = from_json(&self.user).ok_or(Unfit::Unreadable("user"))?;
        let user = User {
            second_factor: self.factor.totp.is_some(),
            ..read_user(id, &item).map_err(|error| unreadable_item(&error))?
        };
        let origin = Reader::new("export", &item)
            .maybe_text("origin")
            .map_err(|error| unreadable_item(&error))?
            .unwrap_or(&self.id)
            .to_owned();
        item.insert("origin".to_owned(), text(&origin));
        let factor = self.factor.checked()?;
        ensure_fits("user", weighed("user", &item)? + factor.most_bytes())?;
        let password = self.password.clone().map(PasswordHash::from_phc);
        ensure_fits("password", self.password.as_ref().map_or(0, String::len))?;
        let belongings = self.belongings.iter().map(|(name, item)| {
            let item = from_json(item).ok_or(Unfit::Unreadable("belongings"))?;
            Belonging::checked(name, item)
        });
        let belongings = belongings.collect::<Result<_, _>>()?;
        Ok(ArrivingUser { user, item, origin, password, factor, belongings })
    }
}

impl Belonging {
    fn checked(name: &str, item: Attributes) -> Result<Self, Unfit> {
        const WHAT: &str = "belongings";
        // The first is the user's own, and the second would put it on the list of users.
        let is_of_the_user = name == USER || item.contains_key(USERS_OF);
        if is_of_the_user || name.is_empty() || name.len() > MOST_BYTES_OF_SORT_KEY {
            return Err(Unfit::Unreadable(WHAT));
        }
        ensure_fits(WHAT, weighed(WHAT, &item)? + name.len())?;
        let head = |id: &str| MementoHead::of(id).ok_or(Unfit::Unreadable("mementos"));
        let name = if let Some(id) = name.strip_prefix(MEMENTO_PREFIX) {
            Name::Memento(head(id)?)
        } else if let Some(id) = name.strip_prefix(PASSKEY_PREFIX) {
            Name::Passkey(id.parse().map_err(|_| Unfit::Unreadable("passkeys"))?)
        } else if name.starts_with(GRANT_PREFIX) {
            let mementos = match item.get("mementos") {
                Some(AttributeValue::Ss(ids)) => ids.iter().map(|id| head(id)).collect::<Result<Vec<_>, _>>()?,
                _ => Vec::new(),
            };
            // The tags of two can be of two rings. They get the same one here, and a set has nothing twice.
            if mementos.iter().collect::<BTreeSet<_>>().len() < mementos.len() {
                return Err(Unfit::Unreadable("mementos"));
            }
            Name::Grant(name.to_owned(), mementos)
        } else {
            Name::Other(name.to_owned())
        };
        Ok(Self { name, item })
    }

    /// The sort key and the item that it has where its user arrives.
    pub(super) fn tagged(&self, user: UserId, app: &AppId, ring: &KeyRing) -> (String, Attributes) {
        let mut item = self.item.clone();
        let name = match &self.name {
            Name::Memento(head) => format!("{MEMENTO_PREFIX}{}", head.tagged(user, app, ring)),
            Name::Passkey(id) => format!("{PASSKEY_PREFIX}{}", id.as_str()),
            Name::Grant(name, mementos) => {
                if let Some(AttributeValue::Ss(ids)) = item.get_mut("mementos") {
                    let tagged = mementos.iter().map(|head| head.tagged(user, app, ring));
                    *ids = tagged.map(|id: MementoId| id.as_str().to_owned()).collect();
                }
                name.clone()
            }
            Name::Other(name) => name.clone(),
        };
        (name, item)
    }
}

/// A client that nothing keeps from arriving.
#[derive(Debug)]
pub struct ArrivingClient {
    pub(super) id: ClientId,
    pub(super) item: Attributes,
}

impl DepartingClient {
    /// The client, parsed and weighed.
    ///
    /// # Errors
    /// [`Unfit`]
    pub fn checked(&self) -> Result<ArrivingClient, Unfit> {
        let id: ClientId = self.id.parse().map_err(|_| Unfit::Unreadable("id"))?;
        let mut item = from_json(&self.client).ok_or(Unfit::Unreadable("client"))?;
        ensure_fits("client", weighed("client", &item)?)?;
        // One that cannot be read would keep operators from listing all clients of the deployment. Its app is the one that it arrives in.
        item.insert("app".to_owned(), text("app"));
        read_client(&id, &item).map_err(|error| unreadable_item(&error))?;
        Ok(ArrivingClient { id, item })
    }
}

/// An endpoint that nothing keeps from arriving.
#[derive(Debug)]
pub struct ArrivingWebhook {
    pub(super) id: EndpointId,
    pub(super) item: Attributes,
    pub(super) secret: WebhookSecret,
    pub(super) former: Option<WebhookSecret>,
}

impl DepartingWebhook {
    /// The endpoint, parsed and weighed.
    ///
    /// # Errors
    /// [`Unfit`]
    pub fn checked(&self) -> Result<ArrivingWebhook, Unfit> {
        let id: EndpointId = self.id.parse().map_err(|_| Unfit::Unreadable("id"))?;
        let mut item = from_json(&self.webhook).ok_or(Unfit::Unreadable("webhook"))?;
        ensure_fits("webhook", weighed("webhook", &item)?)?;
        // One that cannot be read would keep all of the app's from being told. Its app and its sealed secret are those of where it arrives.
        let app: AppId = AppId::DEFAULT.parse().map_err(|_| Unfit::Unreadable("app"))?;
        item.insert("sk".to_owned(), text(id.as_str()));
        item.insert("secret".to_owned(), bytes(*b"sealed"));
        read_endpoint(&app, &item).map_err(|error| unreadable_item(&error))?;
        let read = |secret: &String| WebhookSecret::read(secret).ok_or(Unfit::Unreadable("secret"));
        Ok(ArrivingWebhook {
            id,
            item,
            secret: read(&self.secret)?,
            former: self.former.as_ref().map(read).transpose()?,
        })
    }
}

fn weighed(what: &'static str, item: &Attributes) -> Result<usize, Unfit> {
    weight(item).ok_or(Unfit::Unreadable(what))
}

/// Whether an item of so many bytes can be written, with all that an arrival adds.
const fn ensure_fits(what: &'static str, bytes: usize) -> Result<(), Unfit> {
    let bytes = bytes + ADDED;
    if bytes > MOST_BYTES { Err(Unfit::TooLarge { what, bytes }) } else { Ok(()) }
}

/// What a reader of items says of one that it cannot read. It asks no store.
fn unreadable_item(error: &StoreError) -> Unfit {
    match error {
        StoreError::Corrupt { attribute, .. } => Unfit::Unreadable(attribute),
        StoreError::Unavailable { .. } | StoreError::Keys(_) => Unfit::Unreadable("item"),
    }
}
