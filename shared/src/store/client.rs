//! The store itself, and the few shapes that all its verbs share.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemInputBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};

use crate::audit::Author;
use crate::aws::{Aws, Dynamo, SendBy as _};
use crate::config::Tables;
use crate::hex::hex;
use crate::random::Random;
use crate::session::attempt::FormDigest;
use crate::store::error::StoreError;
use crate::store::item::{self, Attributes};
use crate::store::keys::{Key, Table};
use crate::store::refills::Refills;
use crate::store::ring_cache::RingCache;
use crate::store::trouble::Trouble;
use crate::token::seal::Kek;

/// A request's own mark on what it consumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// Draws a new one.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(hex(&random.bytes::<12>()))
    }

    /// One that was written down.
    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }

    /// Draws one for a form, which can be told by it when it is sent again.
    #[must_use]
    pub fn of_form(form: &FormDigest, random: &Random) -> Self {
        let Self(drawn) = Self::draw(random);
        Self(format!("{drawn}.{}", form.as_str()))
    }

    /// Whether what was consumed by this mark was consumed for that form.
    pub(super) fn is_of_form(text: &str, form: &FormDigest) -> bool {
        text.split_once('.').is_some_and(|(_, part)| part == form.as_str())
    }

    /// Whether `attribute` of an item that was found in the way holds this mark. What stands there is then the request's own
    /// work: its answer got lost, and the write was repeated.
    pub(super) fn marks(&self, item: &Attributes, attribute: &str) -> bool {
        item.get(attribute).and_then(|value| value.as_s().ok()).is_some_and(|mark| *mark == self.0)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The three tables, and the key ring that their keys need, on somebody's behalf.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) db: Dynamo,
    pub(super) kek: Arc<Kek>,
    pub(super) ring: Arc<RingCache>,
    pub(super) refills: Arc<Refills>,
    pub(super) random: Random,
    pub(super) author: Author,
    pub(super) trouble: Arc<Trouble>,
    tables: Arc<Tables>,
}

/// How often a transaction that met another one is tried again. Fifty requests for one item are served well within.
const CONFLICT_TRIES: u32 = 6;
/// The pause before the first of them; it doubles, and a random half of it spreads the others.
const CONFLICT_PAUSE: Duration = Duration::from_millis(10);

/// Why a transaction had no effect.
#[derive(Debug)]
pub(super) enum Cancelled {
    /// Conditions failed: by position in the transaction, the item as it was found, if there was one.
    Conditions(Vec<Option<FailedCondition>>),
    /// Not for a reason of the caller's.
    Store(StoreError),
}

/// Why one try of a transaction had no effect.
enum Failed {
    /// It met another transaction: a later try may go through.
    Conflict,
    /// Trying again changes nothing.
    Cancelled(Cancelled),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Cancelled(Cancelled::Store(error))
    }
}

/// A write's condition failed: the item as it was, if there was one.
#[derive(Debug)]
pub(super) struct FailedCondition(pub(super) Option<Attributes>);

impl Store {
    /// The store at `tables`, whose key ring is sealed under `kek`.
    #[must_use]
    pub fn new(aws: &Aws, tables: Tables, kek: Arc<Kek>, random: Random) -> Self {
        let (tables, ring, refills, trouble) = (Arc::new(tables), Arc::default(), Arc::default(), Arc::default());
        Self { db: aws.dynamodb(), tables, kek, ring, refills, random, author: Author::default(), trouble }
    }

    /// The same store on behalf of `author`, whom its writes name.
    #[must_use]
    pub fn on_behalf_of(&self, author: Author) -> Self {
        Self { author, ..self.clone() }
    }

    pub(super) fn table(&self, table: Table) -> &str {
        match table {
            Table::Core => &self.tables.core,
            Table::Live => &self.tables.live,
            Table::Rate => &self.tables.rate,
        }
    }

    /// Reads the latest version of an item.
    pub(super) async fn get(&self, key: &Key) -> Result<Option<Attributes>, StoreError> {
        let get = self.db.get_item().table_name(self.table(key.table)).set_key(Some(item::key(key)));
        // Boxed: verbs that wait for a few calls at once would be futures of tens of kilobytes.
        let answer = Box::pin(get.consistent_read(true).send_by(&self.db)).await;
        Ok(answer.map_err(|error| StoreError::unavailable("GetItem", &error))?.item)
    }

    /// Removes an item, if there is one.
    pub(super) async fn remove(&self, key: &Key) -> Result<(), StoreError> {
        self.remove_listed(key.table, item::key(key)).await
    }

    /// The same for an item whose key a query gave.
    pub(super) async fn remove_listed(&self, table: Table, key: Attributes) -> Result<(), StoreError> {
        self.db
            .delete_item()
            .table_name(self.table(table))
            .set_key(Some(key))
            .send_by(&self.db)
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("DeleteItem", &error))
    }

    /// Begins a removal that says what it removed.
    pub(super) fn removal(&self, key: &Key) -> DeleteItemInputBuilder {
        self.db
            .delete_item()
            .table_name(self.table(key.table))
            .set_key(Some(item::key(key)))
            .return_values(ReturnValue::AllOld)
    }

    /// Sends a removal: whether there was an item that its condition held for. A repetition finds none.
    pub(super) async fn send_removal(&self, removal: DeleteItemInputBuilder) -> Result<bool, StoreError> {
        match removal.send_by(&self.db).await {
            Ok(answer) => Ok(answer.attributes.is_some_and(|item| !item.is_empty())),
            Err(error)
                if error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(StoreError::unavailable("DeleteItem", &error)),
        }
    }

    /// Removes an item: whether there was one. Where each answer got lost it is looked, and what is gone was removed: a retry would be told
    /// that there is none.
    pub(super) async fn remove_if_there(&self, key: &Key) -> Result<bool, StoreError> {
        match self.send_removal(self.removal(key)).await {
            Ok(removed) => Ok(removed),
            Err(error) => match self.get(key).await {
                Ok(None) => Ok(true),
                _ => Err(error),
            },
        }
    }

    /// Begins an update that, when its condition fails, says what it found.
    pub(super) fn update(&self, key: &Key) -> UpdateItemInputBuilder {
        self.db
            .update_item()
            .table_name(self.table(key.table))
            .set_key(Some(item::key(key)))
            .return_values_on_condition_check_failure(
                aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
            )
    }

    /// Begins an update in a transaction that, when its condition fails, says what it found.
    pub(super) fn transact_update(&self, key: &Key) -> UpdateBuilder {
        Update::builder()
            .table_name(self.table(key.table))
            .set_key(Some(item::key(key)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Sends an update: its returned attributes, or what its failed condition found.
    pub(super) async fn send_update(
        &self,
        update: UpdateItemInputBuilder,
    ) -> Result<Result<Attributes, FailedCondition>, StoreError> {
        match Box::pin(update.send_by(&self.db)).await {
            Ok(answer) => Ok(Ok(answer.attributes.unwrap_or_default())),
            Err(SdkError::ServiceError(refused)) => match refused.into_err() {
                UpdateItemError::ConditionalCheckFailedException(failed) => Ok(Err(FailedCondition(failed.item))),
                other => Err(service_error("UpdateItem", &other)),
            },
            Err(error) => Err(StoreError::unavailable("UpdateItem", &error)),
        }
    }

    /// Writes all of `items` or none of them. Meeting another transaction is tried again; each try has a token of
    /// its own, under which DynamoDB recognises the SDK's repetitions of that try.
    pub(super) async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<(), Cancelled> {
        let mut pause = CONFLICT_PAUSE;
        for tries_left in (0..CONFLICT_TRIES).rev() {
            match self.try_transact(items.clone()).await {
                Ok(()) => return Ok(()),
                Err(Failed::Cancelled(cancelled)) => return Err(cancelled),
                Err(Failed::Conflict) if tries_left == 0 => break,
                Err(Failed::Conflict) => {}
            }
            let [jitter] = self.random.bytes();
            tokio::time::sleep(pause / 2 + pause * u32::from(jitter) / 512).await;
            pause *= 2;
        }
        let cause = CONFLICT.to_owned();
        Err(Cancelled::Store(StoreError::Unavailable { operation: TRANSACT, cause }))
    }

    async fn try_transact(&self, items: Vec<TransactWriteItem>) -> Result<(), Failed> {
        let sent = self
            .db
            .transact_write_items()
            .set_transact_items(Some(items))
            .client_request_token(Nonce::draw(&self.random).0)
            .send_by(&self.db)
            .await;
        let refused = match sent {
            Ok(_) => return Ok(()),
            Err(SdkError::ServiceError(refused)) => refused.into_err(),
            Err(error) => return Err(StoreError::unavailable(TRANSACT, &error).into()),
        };
        let TransactWriteItemsError::TransactionCanceledException(cancelled) = refused else {
            return Err(service_error(TRANSACT, &refused).into());
        };
        let reasons = cancelled.cancellation_reasons.unwrap_or_default();
        let is = |code: &'static str| move |reason: &Option<String>| reason.as_deref() == Some(code);
        if reasons.iter().any(|reason| is("ConditionalCheckFailed")(&reason.code)) {
            let found = reasons
                .into_iter()
                .map(|reason| is("ConditionalCheckFailed")(&reason.code).then_some(FailedCondition(reason.item)));
            return Err(Failed::Cancelled(Cancelled::Conditions(found.collect())));
        }
        let cause = reasons
            .into_iter()
            .filter_map(|reason| reason.code)
            .find(|code| code != "None")
            .unwrap_or_else(|| "cancelled without a reason".to_owned());
        if cause == CONFLICT {
            return Err(Failed::Conflict);
        }
        Err(StoreError::Unavailable { operation: TRANSACT, cause }.into())
    }
}

/// The SDK's builders fail when a required member is missing: ours name them all, so this is a mistake of the store's.
pub(super) fn update_item(update: UpdateBuilder) -> Result<TransactWriteItem, StoreError> {
    let update = update.build().map_err(|_| StoreError::Corrupt { entity: "transaction", attribute: "update" })?;
    Ok(TransactWriteItem::builder().update(update).build())
}

const TRANSACT: &str = "TransactWriteItems";
const CONFLICT: &str = "TransactionConflict";

pub(super) fn service_error(
    operation: &'static str,
    error: &impl aws_sdk_dynamodb::error::ProvideErrorMetadata,
) -> StoreError {
    StoreError::Unavailable { operation, cause: error.code().unwrap_or("unknown error").to_owned() }
}
