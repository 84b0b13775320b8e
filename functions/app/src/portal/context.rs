//! The portal's context: the store and the list of apps, without a rate limiter.

use std::convert::Infallible;
use std::sync::Arc;

use runtime::{Context, Ctx};
use shared::clock::{Clock, Timestamp};
use shared::config::{Config, ConfigError};
use shared::random::Random;
use shared::service::listing::{Listed, Listing};

/// A store that is read for everybody and counts nobody. It opens no key ring.
#[derive(Clone, Debug)]
pub struct PortalContext(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ctx: Ctx,
    listing: Listing,
}

impl PortalContext {
    /// The portal's surroundings.
    #[must_use]
    pub fn new(ctx: Ctx) -> Self {
        Self(Arc::new(Inner { ctx, listing: Listing::default() }))
    }
}

/// One request's view of it.
#[derive(Clone, Debug)]
pub struct Visit {
    context: PortalContext,
    now: Timestamp,
}

impl Visit {
    /// What the deployment decided.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.context.0.ctx.config
    }

    /// The apps to show; `None` when the store does not say.
    pub async fn listed(&self) -> Option<Listed> {
        let Inner { ctx, listing } = &*self.context.0;
        listing.read(&ctx.store, self.now).await
    }
}

impl Context for PortalContext {
    type Moment = Visit;
    type Counter = Infallible;

    fn start() -> Result<Self, ConfigError> {
        Ok(Self::new(Ctx::new(Config::from_env()?, Clock::System, Random::system())))
    }

    /// Reads the list for the first page, which opens the connection. If that fails, the page comes without the list.
    async fn connect(&self) {
        self.at(self.now()).listed().await;
    }

    fn now(&self) -> Timestamp {
        self.0.ctx.now()
    }

    fn at(&self, now: Timestamp) -> Visit {
        Visit { context: self.clone(), now }
    }

    fn counter(&self) -> Option<&Infallible> {
        None
    }

    fn config(&self) -> Option<&Config> {
        Some(&self.0.ctx.config)
    }

    fn calls(&self) -> u32 {
        self.0.ctx.calls()
    }
}
