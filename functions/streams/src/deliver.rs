//! `deliver`: sends a message to an endpoint, and sees to it that one which was not taken is sent again
//! (docs/decisions/0270-webhooks-wait-in-sqs.md).

use std::convert::Infallible;
use std::sync::Arc;

use futures_util::future::join_all;
use runtime::{Consumer, Message};
use serde::{Deserialize, Serialize};
use shared::aws::Aws;
use shared::clock::{Clock, Seconds, Timestamp};
use shared::config::{ConfigError, DeliverConfig};
use shared::foreign::Foreign;
use shared::random::Random;
use shared::store::{Settled, Store, StoreError};
use shared::token::seal::Kek;
use shared::webhook::delivery::{Delivery, Parcel, Stage};
use shared::webhook::endpoint::{Endpoint, Off};
use shared::webhook::pace;

use crate::queue::{Queue, QueueError};

/// What the function has around it.
#[derive(Debug)]
pub struct Deliver {
    store: Store,
    queue: Queue,
    dead_letters: Queue,
    foreign: Foreign,
    clock: Clock,
    random: Random,
}

/// Messages of the queue, as Lambda hands them over.
#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Received>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    message_id: String,
    receipt_handle: String,
    body: String,
}

/// The messages that stay in the queue:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting>.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Refused {
    #[serde(rename = "batchItemFailures")]
    messages: Vec<RefusedMessage>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct RefusedMessage {
    #[serde(rename = "itemIdentifier")]
    id: String,
}

/// What becomes of the queue's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It has done its work.
    Done,
    /// It comes again after this time.
    Later(Seconds),
}

/// What an endpoint did with a message.
enum Answer {
    Took(u16),
    Gone,
    /// In words that name no address.
    Failed(String),
}

/// Why a message comes again without having been sent, or without a note that it was.
#[derive(Debug, thiserror::Error)]
pub enum NotDelivered {
    /// Of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Of the queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl Deliver {
    /// With the store and queues of `config`.
    #[must_use]
    pub fn new(config: DeliverConfig, clock: Clock, random: Random) -> Self {
        let DeliverConfig { common, dead_letters, public_url, kek } = config;
        let aws = Aws::new(common.aws);
        let queue = Queue::new(&aws, common.sqs_endpoint, common.queue);
        Self {
            store: Store::new(&aws, common.tables, Arc::new(Kek::new(&kek)), random.clone()),
            dead_letters: queue.beside(dead_letters),
            queue,
            foreign: Foreign::new(&public_url),
            clock,
            random,
        }
    }

    /// Sends the message of `parcel`, if it is still to be sent now.
    ///
    /// # Errors
    /// [`NotDelivered`]: it may have been sent.
    pub async fn deliver(&self, parcel: &Parcel) -> Result<Next, NotDelivered> {
        let now = self.clock.now();
        let Some(delivery) = self.store.delivery(parcel).await? else { return Ok(Next::Done) };
        if delivery.parcel.round != parcel.round || !delivery.stage.is_open() {
            return Ok(Next::Done);
        }
        // The queue brings a message too early when it was not told to wait, or did not hear it.
        if let Some(early) = delivery.due.map(|due| due.since(now)).filter(|early| early.0 > 0) {
            return Ok(Next::Later(early));
        }
        let endpoint = match self.store.webhook(&parcel.app, &parcel.endpoint).await? {
            None => return self.drop_untried(&delivery, "the endpoint was removed").await,
            Some(Endpoint { off: Some(_), .. }) => return self.drop_untried(&delivery, "the endpoint is off").await,
            Some(endpoint) => endpoint,
        };
        match self.post(&endpoint, &delivery, now).await? {
            Answer::Took(status) => self.took(&endpoint, &delivery, status).await,
            Answer::Gone => {
                self.note_failure(&endpoint, Some(Off::Gone)).await?;
                self.end(&delivery, Stage::Dead, "it answered with status 410, and was turned off").await
            }
            Answer::Failed(why) => self.failed(&endpoint, &delivery, why).await,
        }
    }

    async fn post(&self, endpoint: &Endpoint, delivery: &Delivery, now: Timestamp) -> Result<Answer, StoreError> {
        let ring = self.store.ring(now).await?;
        let mut signatures = Vec::new();
        for secret in endpoint.secrets(now) {
            match secret.open(&endpoint.app, &endpoint.id, &ring) {
                Ok(secret) => signatures.push(secret.sign(&delivery.message, now, &delivery.body)),
                Err(error) => return Ok(Answer::Failed(error.to_string())),
            }
        }
        let headers = [
            ("webhook-id", delivery.message.clone()),
            ("webhook-timestamp", now.unix().to_string()),
            ("webhook-signature", signatures.join(" ")),
        ];
        Ok(match self.foreign.post(&endpoint.url, headers, &delivery.body).await {
            Ok(status @ 200..300) => Answer::Took(status),
            Ok(410) => Answer::Gone,
            Ok(status) => Answer::Failed(format!("it answered with status {status}")),
            Err(outage) => Answer::Failed(outage.to_string()),
        })
    }

    async fn took(&self, endpoint: &Endpoint, delivery: &Delivery, status: u16) -> Result<Next, NotDelivered> {
        if endpoint.failing_since.is_some() {
            self.store.end_failing(&endpoint.app, &endpoint.id).await?;
        }
        self.end(delivery, Stage::Delivered, &format!("it answered with status {status}")).await
    }

    async fn failed(&self, endpoint: &Endpoint, delivery: &Delivery, why: String) -> Result<Next, NotDelivered> {
        let now = self.clock.now();
        let of = format!("{} of {}: {why}", endpoint.id, endpoint.app);
        runtime::again(Message::EndpointRefused, &of);
        if endpoint.has_failed_too_long(now) {
            self.note_failure(endpoint, Some(Off::Failing)).await?;
            return self.end(delivery, Stage::Dead, &format!("{why}, and was turned off")).await;
        }
        if endpoint.failing_since.is_none() {
            self.note_failure(endpoint, None).await?;
        }
        let tries = delivery.tries + 1;
        let Some(pause) = pace::pause(tries, delivery.began, now, &self.random) else {
            self.dead_letters.send(&delivery.parcel).await?;
            return self.end(delivery, Stage::Dead, &why).await;
        };
        let settled = Settled { stage: Stage::Waiting, tries, answer: why, due: Some(now.plus(pause)) };
        self.store.settle(&delivery.parcel, &settled).await?;
        Ok(Next::Later(pause))
    }

    async fn note_failure(&self, endpoint: &Endpoint, off: Option<Off>) -> Result<(), StoreError> {
        self.store.begin_failing(&endpoint.app, &endpoint.id, self.clock.now(), off).await
    }

    async fn end(&self, delivery: &Delivery, stage: Stage, answer: &str) -> Result<Next, NotDelivered> {
        self.settle(delivery, Settled { stage, tries: delivery.tries + 1, answer: answer.to_owned(), due: None }).await
    }

    async fn drop_untried(&self, delivery: &Delivery, why: &str) -> Result<Next, NotDelivered> {
        let settled = Settled { stage: Stage::Dead, tries: delivery.tries, answer: why.to_owned(), due: None };
        self.settle(delivery, settled).await
    }

    async fn settle(&self, delivery: &Delivery, settled: Settled) -> Result<Next, NotDelivered> {
        self.store.settle(&delivery.parcel, &settled).await?;
        Ok(Next::Done)
    }

    /// Whether the message has done its work.
    async fn take_one(&self, received: &Received) -> bool {
        let parcel = match serde_json::from_str::<Parcel>(&received.body) {
            Ok(parcel) => parcel,
            Err(error) => {
                runtime::lost(Message::UnreadableQueueMessage, &error);
                return true;
            }
        };
        match self.deliver(&parcel).await {
            Ok(Next::Done) => true,
            Ok(Next::Later(pause)) => {
                if let Err(error) = self.queue.postpone(&received.receipt_handle, pause).await {
                    runtime::again(Message::EarlyQueueMessage, &error);
                }
                false
            }
            Err(error) => {
                runtime::again(Message::QueueMessageComesAgain, &error);
                false
            }
        }
    }
}

impl Consumer for Deliver {
    type Failed = Infallible;
    type Taken = Refused;

    async fn start() -> Result<Self, ConfigError> {
        Ok(Self::new(DeliverConfig::from_env()?, Clock::System, Random::system()))
    }

    /// All at once: an endpoint that is slow holds nobody up but the next batch.
    async fn take(&self, event: &str) -> Result<Refused, Infallible> {
        let batch = match serde_json::from_str::<Batch>(event) {
            Ok(batch) => batch,
            Err(error) => {
                runtime::lost(Message::NotAQueueEvent, &error);
                return Ok(Refused::default());
            }
        };
        let taken = join_all(batch.records.iter().map(|received| self.take_one(received))).await;
        let refused = batch.records.into_iter().zip(taken).filter(|(_, taken)| !taken);
        Ok(Refused { messages: refused.map(|(received, _)| RefusedMessage { id: received.message_id }).collect() })
    }
}
