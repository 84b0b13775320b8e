//! `audit`: writes down in the audit trail what was changed in the tables (docs/decisions/0241-the-trail-follows-the-tables.md).

use runtime::{Consumer, Message};
use shared::aws::Aws;
use shared::config::{ConfigError, TrailConfig};
use shared::store::{Change, StoreError, Trail};

use crate::batch::Batch;

/// What the function has around it.
#[derive(Debug)]
pub struct Audit {
    trail: Trail,
    config: TrailConfig,
}

impl Audit {
    /// The trail of `config`.
    #[must_use]
    pub fn new(config: TrailConfig) -> Self {
        let aws = Aws::new(config.aws.clone());
        Self { trail: Trail::new(&aws, config.table.clone(), config.live.clone()), config }
    }
}

impl Consumer for Audit {
    type Failed = StoreError;
    type Taken = ();

    async fn start() -> Result<Self, ConfigError> {
        Ok(Self::new(TrailConfig::from_env()?))
    }

    /// A failure has the batch delivered again, for as long as the stream keeps it. What cannot be read would fail each time and
    /// hold up all that comes after it, so it is told and passed over.
    async fn take(&self, event: &str) -> Result<(), StoreError> {
        let batch = match serde_json::from_str::<Batch>(event) {
            Ok(batch) => batch,
            Err(error) => {
                runtime::lost(Message::NotAStreamEvent, &error);
                return Ok(());
            }
        };
        let mut changes = Vec::with_capacity(batch.records.len());
        for record in &batch.records {
            match Change::read(record) {
                Ok(change) => changes.push(change),
                Err(error) => runtime::lost(Message::ChangeMissing, &error),
            }
        }
        self.trail.note(&changes, self.config.kept).await.map(drop)
    }
}
