//! What the portal has around it.

use std::convert::Infallible;
use std::sync::Arc;

use runtime::{Context, Ctx};
use shared::clock::{Clock, Timestamp};
use shared::config::{Config, ConfigError};
use shared::random::Random;
use shared::service::listing::{Listed, Listing};

/// A store that is read for everybody and counts nobody. It opens no key ring.
#[derive(Clone, Debug)]
pub struct Lobby(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    ctx: Ctx,
    listing: Listing,
}

impl Lobby {
    /// The portal's surroundings.
    #[must_use]
    pub fn new(ctx: Ctx) -> Self {
        Self(Arc::new(Inside { ctx, listing: Listing::default() }))
    }
}

/// One request's view of it.
#[derive(Clone, Debug)]
pub struct Visit {
    lobby: Lobby,
    now: Timestamp,
}

impl Visit {
    /// What the deployment decided.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.lobby.0.ctx.config
    }

    /// The apps to show; `None` when the store does not say.
    pub async fn listed(&self) -> Option<Listed> {
        let Inside { ctx, listing } = &*self.lobby.0;
        listing.read(&ctx.store, self.now).await
    }
}

impl Context for Lobby {
    type Moment = Visit;
    type Counter = Infallible;

    async fn start() -> Result<Self, ConfigError> {
        let lobby = Self::new(Ctx::new(Config::from_env()?, Clock::System, Random::system()));
        // It connects, and the first page has its list. Without it the page comes, too.
        lobby.at(lobby.now()).listed().await;
        Ok(lobby)
    }

    fn now(&self) -> Timestamp {
        self.0.ctx.now()
    }

    fn at(&self, now: Timestamp) -> Visit {
        Visit { lobby: self.clone(), now }
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
