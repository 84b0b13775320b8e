//! A function's context: configuration, service and rate limiter, made once in INIT.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use shared::audit::Author;
use shared::clock::{Clock, Timestamp};
use shared::config::{Config, ConfigError};
use shared::limit::{Quota, Standing, Subject};
use shared::random::Random;
use shared::service::{Moment, Service};
use shared::store::StoreError;

use crate::limiter::Limiter;
use crate::message::Message;
use crate::telemetry;

/// Where a function may write. Lambda leaves it as it is when a process crashes or takes too long and the next one is started in its place:
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>.
const SCRATCH: &str = "/tmp";

/// What [`crate::respond`] and [`crate::serve`] need of a function's surroundings.
pub trait Context: Send + Sync + Sized + 'static {
    /// One request's view of the surroundings: everything in it has the same time.
    type Moment: Send + Sync;

    /// What counts requests. A type and not only a value: a function that counts none then carries no store.
    type Counter: Counter;

    /// Makes the surroundings from the process's environment.
    ///
    /// # Errors
    /// What the deployment has to put right.
    fn start() -> Result<Self, ConfigError>;

    /// Connects what can be connected before the first request. What [`crate::Function::prepare`] began goes on meanwhile.
    fn connect(&self) -> impl Future<Output = ()> {
        std::future::ready(())
    }

    /// Whether everything is configured that [`crate::Function::prepare`] asked for.
    ///
    /// # Errors
    /// What the deployment has to put right.
    fn complete(&self) -> Result<(), ConfigError> {
        Ok(())
    }

    /// The time now: asked once per request.
    fn now(&self) -> Timestamp;

    /// The view of a request that came at `now`.
    fn at(&self, now: Timestamp) -> Self::Moment;

    /// The same for a request of `author`, whom its writes name.
    fn at_by(&self, now: Timestamp, _: Author) -> Self::Moment {
        self.at(now)
    }

    /// Undoes what a request wrote that is not answered with success, where that would do harm. `failed`: by a fault of ours, and
    /// not because it was refused.
    ///
    /// # Errors
    /// [`StoreError`]
    #[must_use]
    fn take_back(_: &Self::Moment, _failed: bool) -> impl Future<Output = Result<(), StoreError>> + Send {
        std::future::ready(Ok(()))
    }

    /// The request is answered with success: there is nothing to take back.
    fn is_answered(_: &Self::Moment) {}

    /// What counts requests; `None` in a function that counts none.
    fn counter(&self) -> Option<&Self::Counter>;

    /// What the deployment decided; `None` in a function that is told nothing of it.
    fn config(&self) -> Option<&Config> {
        self.counter().map(Counter::config)
    }

    /// The requests to AWS so far, repeated ones too.
    fn calls(&self) -> u32;
}

/// What the request limit needs of a function's surroundings.
pub trait Counter: Send + Sync {
    /// What the deployment decided.
    fn config(&self) -> &Config;

    /// The standing of a client that is known to be refused.
    fn refused(&self, subject: &Subject, now: Timestamp) -> Option<Standing>;

    /// Counts a request, and says how the client stands with it.
    fn admit(
        &self,
        subject: Subject,
        quota: Quota,
        now: Timestamp,
    ) -> impl Future<Output = Result<Standing, StoreError>> + Send;
}

/// The counter of a function that has none.
impl Counter for Infallible {
    fn config(&self) -> &Config {
        match *self {}
    }

    fn refused(&self, _: &Subject, _: Timestamp) -> Option<Standing> {
        match *self {}
    }

    async fn admit(&self, _: Subject, _: Quota, _: Timestamp) -> Result<Standing, StoreError> {
        match *self {}
    }
}

/// A function that has no store and needs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Storeless;

impl Context for Storeless {
    type Moment = Self;
    type Counter = Infallible;

    fn start() -> Result<Self, ConfigError> {
        Ok(Self)
    }

    fn now(&self) -> Timestamp {
        Clock::System.now()
    }

    fn at(&self, _: Timestamp) -> Self {
        Self
    }

    fn counter(&self) -> Option<&Infallible> {
        None
    }

    fn calls(&self) -> u32 {
        0
    }
}

/// A function with the whole service, and what limits its requests.
#[derive(Debug)]
pub struct Ctx {
    service: Arc<Service>,
    limiter: Limiter,
}

impl Ctx {
    /// The surroundings for `config`. Nothing is connected yet.
    #[must_use]
    pub fn new(config: Config, clock: Clock, random: Random) -> Self {
        let service = Arc::new(Service::new(config, clock, random, telemetry::report));
        Self { service, limiter: Limiter::default() }
    }
}

impl Deref for Ctx {
    type Target = Arc<Service>;

    fn deref(&self) -> &Arc<Service> {
        &self.service
    }
}

impl Context for Ctx {
    type Moment = Moment;
    type Counter = Self;

    fn start() -> Result<Self, ConfigError> {
        let ctx = Self::new(Config::from_env()?, Clock::System, Random::system());
        ctx.keep_journal(SCRATCH);
        Ok(ctx)
    }

    /// The first call to DynamoDB opens the connection that the first request will use. A store that is down now may be up by
    /// then: each request asks again.
    async fn connect(&self) {
        if let Err(error) = self.store.ring(self.service.now()).await {
            telemetry::warn(Message::KeyRingUnread, &error);
        }
    }

    fn complete(&self) -> Result<(), ConfigError> {
        self.service.config.complete()
    }

    fn now(&self) -> Timestamp {
        self.service.now()
    }

    fn at(&self, now: Timestamp) -> Moment {
        self.service.at(now)
    }

    fn at_by(&self, now: Timestamp, author: Author) -> Moment {
        self.service.at_by(now, author)
    }

    async fn take_back(at: &Moment, failed: bool) -> Result<(), StoreError> {
        at.take_back(failed).await
    }

    fn is_answered(at: &Moment) {
        at.is_answered();
    }

    fn counter(&self) -> Option<&Self> {
        Some(self)
    }

    fn calls(&self) -> u32 {
        self.service.calls()
    }
}

impl Counter for Ctx {
    fn config(&self) -> &Config {
        &self.service.config
    }

    fn refused(&self, subject: &Subject, now: Timestamp) -> Option<Standing> {
        self.limiter.refused(subject, now)
    }

    async fn admit(&self, subject: Subject, quota: Quota, now: Timestamp) -> Result<Standing, StoreError> {
        self.limiter.admit(&self.store, subject, quota, now).await
    }
}
