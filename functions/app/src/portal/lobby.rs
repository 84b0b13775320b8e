//! What the portal has around it.

use std::convert::Infallible;

use runtime::{Context, Ctx};
use shared::app::listing::{Listed, Listing};
use shared::clock::Clock;
use shared::config::{Config, ConfigError};
use shared::random::Random;

/// A store that is read for everybody and counts nobody. It opens no key ring.
#[derive(Debug)]
pub struct Lobby {
    ctx: Ctx,
    listing: Listing,
}

impl Lobby {
    /// The portal's surroundings.
    #[must_use]
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx, listing: Listing::default() }
    }

    /// What the deployment decided.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.ctx.config
    }

    /// The apps to show; `None` when the store does not say.
    pub async fn listed(&self) -> Option<Listed> {
        self.listing.read(&self.ctx.store, self.ctx.now()).await
    }
}

impl Context for Lobby {
    type Counter = Infallible;

    async fn start() -> Result<Self, ConfigError> {
        let lobby = Self::new(Ctx::new(Config::from_env()?, Clock::System, Random::system()));
        // It connects, and the first page has its list. Without it the page comes, too.
        lobby.listed().await;
        Ok(lobby)
    }

    fn counter(&self) -> Option<&Infallible> {
        None
    }

    fn calls(&self) -> u32 {
        self.ctx.calls()
    }
}
