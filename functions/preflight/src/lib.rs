//! `OPTIONS` on every path: which pages of other origins may call, by the APIs' own tables of routes.
//!
//! One function for all of them. It has no store: an app's own origins are looked at when the request itself comes.

use std::convert::Infallible;

use runtime::{Answer, Context, Event, Function, Preflight};
use shared::clock::{Clock, Timestamp};
use shared::config::{ConfigError, Origins};

/// The preflights of every API.
#[must_use]
pub fn table() -> Vec<Preflight> {
    [app::PREFLIGHTS, browser::PREFLIGHTS, account::PREFLIGHTS, oauth::PREFLIGHTS, pages::PREFLIGHTS].concat()
}

/// What the function has around it.
#[derive(Debug)]
pub struct Lists {
    table: Vec<Preflight>,
    origins: Origins,
}

impl Lists {
    /// With the deployment's lists of origins.
    #[must_use]
    pub fn new(origins: Origins) -> Self {
        Self { table: table(), origins }
    }

    /// Whose pages may call.
    #[must_use]
    pub const fn origins(&self) -> &Origins {
        &self.origins
    }
}

impl Context for Lists {
    type Moment = ();
    type Counter = Infallible;

    fn start() -> Result<Self, ConfigError> {
        Ok(Self::new(Origins::from_env()?))
    }

    fn now(&self) -> Timestamp {
        Clock::System.now()
    }

    fn at(&self, _: Timestamp) {}

    fn counter(&self) -> Option<&Infallible> {
        None
    }

    fn calls(&self) -> u32 {
        0
    }
}

/// The function.
#[derive(Clone, Copy, Debug)]
pub struct Preflights;

impl Function for Preflights {
    type Ctx = Lists;

    fn prepare(_: &Lists) {}

    fn serves(_: &Event) -> bool {
        true
    }

    async fn respond(ctx: &Lists, event: Event) -> Answer {
        Preflight::respond(&ctx.table, &ctx.origins, event)
    }
}
