//! `webhooks`: finds out which endpoints are told of what was written down in the audit trail, and puts each message into the queue
//! (docs/decisions/0269-webhooks-follow-the-trail.md).

use std::sync::Arc;

use futures_util::future::try_join_all;
use runtime::Consumer;
use shared::aws::Aws;
use shared::cache::Cache;
use shared::clock::Clock;
use shared::config::{ConfigError, WebhooksConfig};
use shared::id::AppId;
use shared::random::Random;
use shared::secret::Secret;
use shared::store::{Store, StoreError, announced, written};
use shared::token::seal::Kek;
use shared::webhook::delivery::{Delivery, Parcel};
use shared::webhook::endpoint::Endpoint;
use shared::webhook::event::Message;

use crate::batch::Batch;
use crate::queue::{Queue, QueueError};

/// How many messages are on their way into the queue at once.
const AT_ONCE: usize = 10;

/// What the function has around it.
#[derive(Debug)]
pub struct Webhooks {
    store: Store,
    queue: Queue,
    endpoints: Cache<AppId, Vec<Endpoint>>,
    clock: Clock,
}

/// Why a batch has to come again.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// Of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Of the queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl Webhooks {
    /// With the store and queue of `config`.
    #[must_use]
    pub fn new(config: WebhooksConfig, clock: Clock) -> Self {
        let WebhooksConfig { aws, tables, queue, sqs_endpoint } = config;
        let aws = Aws::new(aws);
        // No secret is opened here, and the function is given nothing that would open one.
        let kek = Arc::new(Kek::new(&Secret::new(String::new())));
        let store = Store::new(&aws, tables, kek, Random::system());
        Self { store, queue: Queue::new(&aws, sqs_endpoint, queue), endpoints: Cache::default(), clock }
    }

    /// Writes the message down once for each endpoint that wants it. The table's stream then says so, and it goes into the queue.
    async fn note(&self, message: &Message) -> Result<(), StoreError> {
        let now = self.clock.now();
        let look_up = async { self.store.webhooks(&message.app).await.map(Some) };
        let endpoints = self.endpoints.find(&message.app, now, look_up).await?.unwrap_or_default();
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.wants(message.event, message.at)) {
            self.store.add_delivery(&Delivery::new(message, &endpoint.id, now)).await?;
        }
        Ok(())
    }
}

impl Consumer for Webhooks {
    type Failed = NotTaken;
    type Taken = ();

    async fn start() -> Result<Self, ConfigError> {
        Ok(Self::new(WebhooksConfig::from_env()?, Clock::System))
    }

    /// A failure has the batch delivered again, for as long as the stream keeps it; what is written down already stays as it is.
    /// What cannot be read would fail each time, so it is told and passed over.
    async fn take(&self, event: &str) -> Result<(), NotTaken> {
        let batch = match serde_json::from_str::<Batch>(event) {
            Ok(batch) => batch,
            Err(error) => {
                runtime::lost(runtime::Message::NotAStreamEvent, &error);
                return Ok(());
            }
        };
        let mut parcels: Vec<Parcel> = Vec::new();
        for record in &batch.records {
            if let Some(parcel) = announced(record) {
                parcels.push(parcel);
                continue;
            }
            let noted = match written(record) {
                Ok(entry) => match entry.as_ref().and_then(Message::of) {
                    Some(message) => self.note(&message).await,
                    None => Ok(()),
                },
                Err(error) => Err(error),
            };
            match noted {
                Err(error @ StoreError::Unavailable { .. }) => return Err(error.into()),
                Err(error) => runtime::lost(runtime::Message::WebhookMissing, &error),
                Ok(()) => {}
            }
        }
        for some in parcels.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|parcel| self.queue.send(parcel))).await?;
        }
        Ok(())
    }
}
