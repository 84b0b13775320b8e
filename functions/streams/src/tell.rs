//! `tell`: tells users by mail of clients that they let into their account (docs/decisions/0274-users-are-told-of-a-connection.md).

use std::collections::BTreeSet;

use runtime::{Consumer, Context as _, Ctx, Message};
use shared::config::ConfigError;
use shared::store::{StoreError, written};

use crate::batch::Batch;

/// What the function has around it.
#[derive(Debug)]
pub struct Tell(Ctx);

impl Tell {
    /// With these surroundings.
    #[must_use]
    pub const fn new(ctx: Ctx) -> Self {
        Self(ctx)
    }

    /// The variables of what was used so far: what the template has to give the function.
    #[must_use]
    pub fn variables_used(&self) -> BTreeSet<&'static str> {
        self.0.config.variables_used()
    }
}

impl Consumer for Tell {
    type Failed = StoreError;
    type Taken = ();

    async fn start() -> Result<Self, ConfigError> {
        let ctx = Ctx::start()?;
        ctx.mailer();
        ctx.complete()?;
        ctx.connect().await;
        Ok(Self::new(ctx))
    }

    /// A failure before a mail was sent has the batch delivered again: who was told is written down, so nobody is told twice. What
    /// cannot be read would fail each time, so it is told and passed over.
    async fn take(&self, event: &str) -> Result<(), StoreError> {
        let batch = match serde_json::from_str::<Batch>(event) {
            Ok(batch) => batch,
            Err(error) => {
                runtime::lost(Message::NotAStreamEvent, &error);
                return Ok(());
            }
        };
        for record in &batch.records {
            let told = match written(record) {
                // Each mail has its own time, as each request has.
                Ok(Some(entry)) => self.0.at(self.0.now()).tell_of_connection(&entry).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            match told {
                Err(error @ StoreError::Unavailable { .. }) => return Err(error),
                Err(error) => runtime::lost(Message::ConnectionUntold, &error),
                Ok(()) => {}
            }
        }
        Ok(())
    }
}
