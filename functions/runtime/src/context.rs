//! What a function has around it, made once in INIT.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use shared::app::App;
use shared::app::cache::AppCache;
use shared::aws::Aws;
use shared::captcha::Captcha;
use shared::clock::{Clock, Timestamp};
use shared::config::{Config, ConfigError};
use shared::id::AppId;
use shared::limit::{Quota, Standing, Subject};
use shared::notify::email::Mailer;
use shared::notify::sms::Texter;
use shared::oauth::cache::ClientCache;
use shared::random::Random;
use shared::store::{AppConflict, Store, StoreError};
use shared::token::seal::Kek;
use shared::user::breached::Breached;
use shared::user::password::Hasher;

use crate::limiter::Limiter;
use crate::telemetry;

/// What [`crate::respond`] and [`crate::serve`] need of a function's surroundings.
pub trait Context: Send + Sync + Sized + 'static {
    /// Makes the surroundings from the process's environment, and connects what can be connected before the first
    /// request.
    ///
    /// # Errors
    /// What the deployment has to put right.
    fn start() -> impl Future<Output = Result<Self, ConfigError>>;

    /// Whether everything is configured that [`crate::Function::prepare`] asked for.
    ///
    /// # Errors
    /// What the deployment has to put right.
    fn complete(&self) -> Result<(), ConfigError> {
        Ok(())
    }

    /// What counts requests. A type and not only a value: a function that counts none then carries no store.
    type Counter: Counter;

    /// What counts requests; `None` in a function that counts none.
    fn counter(&self) -> Option<&Self::Counter>;

    /// The requests to AWS so far, repeated ones too.
    fn calls(&self) -> u32;
}

/// What the request limit needs of a function's surroundings.
pub trait Counter: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

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
    fn now(&self) -> Timestamp {
        match *self {}
    }

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
pub struct Bare;

impl Context for Bare {
    type Counter = Infallible;

    async fn start() -> Result<Self, ConfigError> {
        Ok(Self)
    }

    fn counter(&self) -> Option<&Infallible> {
        None
    }

    fn calls(&self) -> u32 {
        0
    }
}

/// A function with a store.
///
/// The hasher, the mailer and the texter are made when first asked for (in INIT, by `Endpoint::prepare`), so that a function
/// which never asks does not carry their code.
#[derive(Debug)]
pub struct Ctx {
    /// What the deployment decided.
    pub config: Config,
    /// The tables.
    pub store: Store,
    /// The apps met of late.
    pub apps: AppCache,
    /// The OAuth clients met of late.
    pub clients: ClientCache,
    /// Randomness.
    pub random: Random,
    limiter: Limiter,
    aws: Aws,
    clock: Clock,
    hasher: OnceLock<Hasher>,
    mailer: OnceLock<Mailer>,
    texter: OnceLock<Texter>,
    captcha: OnceLock<Captcha>,
    breached: OnceLock<Breached>,
    kek: Arc<Kek>,
}

impl Ctx {
    /// The surroundings for `config`. Nothing is connected yet.
    #[must_use]
    pub fn new(config: Config, clock: Clock, random: Random) -> Self {
        let aws = Aws::new(config.aws.clone());
        let kek = Arc::new(Kek::new(&config.key_ring_kek));
        let store = Store::new(&aws, config.tables.clone(), Arc::clone(&kek), random.clone());
        Self {
            config,
            store,
            apps: AppCache::default(),
            clients: ClientCache::default(),
            random,
            limiter: Limiter::default(),
            aws,
            clock,
            hasher: OnceLock::new(),
            mailer: OnceLock::new(),
            texter: OnceLock::new(),
            captcha: OnceLock::new(),
            breached: OnceLock::new(),
            kek,
        }
    }

    /// The app that a dialect is bound to by the deployment. The one of the default id is made when it is first asked
    /// for; `None` for another that nobody made, or that is disabled.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn bound_app(&self, id: &AppId) -> Result<Option<Arc<App>>, StoreError> {
        let now = self.now();
        let found = self.apps.find(&self.store, id, now).await?;
        if found.is_some() || id.as_str() != AppId::DEFAULT {
            return Ok(found.filter(|app| !app.disabled));
        }
        match self.store.create_app(&App::of_default_id(id.clone(), &self.random, now)).await {
            // Somebody else made it in this moment: theirs is the one.
            Ok(()) | Err(AppConflict::Exists | AppConflict::Changed) => self.apps.find(&self.store, id, now).await,
            Err(AppConflict::Store(error)) => Err(error),
        }
    }

    /// The time now. Ask once per request: a decision and what it writes must agree.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The password hasher with its arena.
    pub fn hasher(&self) -> &Hasher {
        self.hasher.get_or_init(Hasher::new)
    }

    /// The mailer.
    pub fn mailer(&self) -> &Mailer {
        let (from, set) = (&*self.config.mail_from, &*self.config.configuration_set);
        self.mailer.get_or_init(|| Mailer::new(&self.aws, from.clone().unwrap_or_default(), set.clone()))
    }

    /// The sender of text messages.
    pub fn texter(&self) -> &Texter {
        let sms = &*self.config.sms;
        self.texter.get_or_init(|| Texter::new(&self.aws, sms.clone()))
    }
}

impl Ctx {
    /// What asks the captchas' providers.
    pub fn captcha(&self) -> &Captcha {
        self.captcha.get_or_init(|| Captcha::new(Arc::clone(&self.kek)))
    }

    /// What knows breached passwords.
    pub fn breached(&self) -> &Breached {
        let range = &*self.config.breach_range;
        self.breached.get_or_init(|| Breached::new(range.clone()))
    }
}

impl Context for Ctx {
    type Counter = Self;

    async fn start() -> Result<Self, ConfigError> {
        let ctx = Self::new(Config::from_env()?, Clock::System, Random::system());
        // The first call to DynamoDB opens the connection that the first request will use. A store that is down now
        // may be up by then: each request asks again.
        if let Err(error) = ctx.store.ring(ctx.now()).await {
            telemetry::warn("the key ring could not be read in INIT", &error);
        }
        Ok(ctx)
    }

    fn complete(&self) -> Result<(), ConfigError> {
        self.config.complete()
    }

    fn counter(&self) -> Option<&Self> {
        Some(self)
    }

    fn calls(&self) -> u32 {
        self.aws.calls().count()
    }
}

impl Counter for Ctx {
    fn now(&self) -> Timestamp {
        self.now()
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn refused(&self, subject: &Subject, now: Timestamp) -> Option<Standing> {
        self.limiter.refused(subject, now)
    }

    async fn admit(&self, subject: Subject, quota: Quota, now: Timestamp) -> Result<Standing, StoreError> {
        self.limiter.admit(&self.store, subject, quota, now).await
    }
}
