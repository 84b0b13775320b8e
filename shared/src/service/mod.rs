//! What can be done with Latchet: the use cases, each a verb of a [`Moment`].
//!
//! * [`Service`]: what a process has, made once; [`Moment`]: one request's view of it, with one time and one key ring
//! * [`apps`], [`clients`], [`listing`]: who may call, from memory
//! * [`sign_in`], [`second_factor`], [`phone`], [`mailed_code`], [`passkeys`], [`refresh`], [`exchange`]: ways to a session, and `move_in`: users of an old
//!   Cognito pool; [`opening`]: a session and its tokens
//! * [`registration`], [`recovery`], [`verify_email`], [`vetting`]: accounts and proofs
//! * [`confirmation`], [`account`], [`password_change`], [`new_address`]: users change their own account, and confirm who they are before;
//!   [`personal_data`]: they take along what is stored of them
//! * [`factor_setup`]: a second factor comes and goes
//! * [`quotas`]: what one address may do only so often; [`payment`]: what a message is charged
//! * [`tell`]: what users are told of, and [`new_place`]: a sign-in from where they never were; [`in_time`]: what becomes of a step that
//!   takes too long; [`take_back`] and `unanswered`: what becomes of a write whose answer nobody got
//!
//! Handlers call these and know nothing below but the store's simple reads and writes.

pub mod account;
pub mod apps;
pub mod clients;
mod code_ticket;
pub mod confirmation;
mod connection;
mod documents;
pub mod exchange;
pub mod factor_setup;
pub mod in_time;
pub mod listing;
pub mod mailed_code;
mod move_in;
pub mod new_address;
pub mod new_place;
pub mod notice;
pub mod opening;
pub mod passkeys;
pub mod password_change;
pub mod payment;
pub mod personal_data;
pub mod phone;
pub mod quotas;
pub mod recovery;
pub mod refresh;
pub mod registration;
pub mod second_factor;
mod secrets;
pub mod sign_in;
pub mod take_back;
pub mod tell;
mod unanswered;
pub mod verify_email;
pub mod vetting;

use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::OnceCell;

use crate::app::App;
use crate::audit::Author;
use crate::aws::Aws;
use crate::budget::Charge;
use crate::cache::Cache;
use crate::captcha::Captcha;
use crate::clock::{Clock, Precise, Stopwatch, Timestamp};
use crate::config::Config;
use crate::foreign::Foreign;
use crate::id::{AppId, ClientId};
use crate::notify::email::Mailer;
use crate::notify::sms::Texter;
use crate::oauth::client::Client;
use crate::random::Random;
use crate::service::documents::Documents;
use crate::service::notice::{Notice, Reporter};
use crate::service::take_back::{Spent, TakeBack};
use crate::service::unanswered::Unanswered;
use crate::store::{Store, StoreError, Trail};
use crate::token::client_keys::ClientKeys;
use crate::token::ring::KeyRing;
use crate::token::seal::Kek;
use crate::user::breached::Breached;
use crate::user::password::Hasher;
use crate::user_pool::UserPools;

/// What a process has: the store, what sends messages, what asks others, and the time.
///
/// The hasher, the mailer, the texter and the others are made when first asked for, so that a function which never asks does
/// not carry their code.
#[derive(Debug)]
pub struct Service {
    /// What the deployment decided.
    pub config: Config,
    /// The tables.
    pub store: Store,
    /// Randomness.
    pub random: Random,
    /// The apps that this process has read recently.
    apps: Cache<AppId, App>,
    clients: Cache<ClientId, Client>,
    described: Documents<ClientId, Client>,
    keys: Documents<String, ClientKeys>,
    foreign: OnceLock<Foreign>,
    aws: Aws,
    clock: Clock,
    report: Reporter,
    hasher: OnceLock<Hasher>,
    mailer: OnceLock<Mailer>,
    texter: OnceLock<Texter>,
    captcha: OnceLock<Captcha>,
    breached: OnceLock<Breached>,
    user_pools: OnceLock<UserPools>,
    trail: OnceLock<Trail>,
    kek: Arc<Kek>,
    /// Exchanges of refresh tokens that were answered to nobody and could not be undone yet.
    unanswered: Unanswered,
}

impl Service {
    /// The service of `config`, which tells `report` what an operator should know. Nothing is connected yet.
    #[must_use]
    pub fn new(config: Config, clock: Clock, random: Random, report: Reporter) -> Self {
        let aws = Aws::new(config.aws.clone());
        let kek = Arc::new(Kek::new(&config.key_ring_kek));
        let store = Store::new(&aws, config.tables.clone(), Arc::clone(&kek), random.clone());
        Self {
            config,
            store,
            random,
            apps: Cache::default(),
            clients: Cache::default(),
            described: Documents::default(),
            keys: Documents::default(),
            foreign: OnceLock::new(),
            aws,
            clock,
            report,
            hasher: OnceLock::new(),
            mailer: OnceLock::new(),
            texter: OnceLock::new(),
            captcha: OnceLock::new(),
            breached: OnceLock::new(),
            user_pools: OnceLock::new(),
            trail: OnceLock::new(),
            kek,
            unanswered: Unanswered::default(),
        }
    }

    /// The time now. A request asks for it once: [`Service::at`].
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The service at one moment: for one request.
    #[must_use]
    pub fn at(self: &Arc<Self>, now: Timestamp) -> Moment {
        self.at_by(now, Author::default())
    }

    /// The same for a request of `author`, whom its writes name.
    #[must_use]
    pub fn at_by(self: &Arc<Self>, now: Timestamp, author: Author) -> Moment {
        Moment {
            service: Arc::clone(self),
            store: self.store.on_behalf_of(author),
            now,
            precise: self.clock.within(now),
            began: Clock::stopwatch(),
            ring: OnceCell::new(),
            take_back: Mutex::new(None),
            spent: Mutex::new(None),
            advance: Mutex::default(),
        }
    }

    /// The requests to AWS so far, repeated ones too.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.aws.calls().count()
    }

    /// The password hasher.
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

    /// What asks the captchas' providers.
    pub fn captcha(&self) -> &Captcha {
        self.captcha.get_or_init(|| Captcha::new(Arc::clone(&self.kek)))
    }

    /// What knows breached passwords.
    pub fn breached(&self) -> &Breached {
        let range = &*self.config.breach_range;
        self.breached.get_or_init(|| Breached::new(range.clone()))
    }

    /// The audit trail, of which users are shown their own.
    pub fn trail(&self) -> &Trail {
        let (table, live) = (&*self.config.audit_table, &self.config.tables.live);
        self.trail.get_or_init(|| Trail::new(&self.aws, table.clone().unwrap_or_default(), live.clone()))
    }

    /// What asks old user pools.
    fn user_pools(&self) -> &UserPools {
        self.user_pools.get_or_init(UserPools::default)
    }

    /// What fetches the documents of clients.
    fn foreign(&self) -> &Foreign {
        self.foreign.get_or_init(|| Foreign::new(&self.config.public_url))
    }

    /// Tells the operator.
    fn report(&self, notice: &Notice<'_>) {
        (self.report)(notice);
    }
}

/// One request's view of the service: one time and one key ring, so that a decision and what it writes agree.
#[derive(Debug)]
pub struct Moment {
    service: Arc<Service>,
    /// The tables, on behalf of who sent the request.
    pub store: Store,
    /// When.
    pub now: Timestamp,
    /// The same to the millisecond, for what is sorted by it.
    pub precise: Precise,
    began: Stopwatch,
    ring: OnceCell<Arc<KeyRing>>,
    take_back: Mutex<Option<TakeBack>>,
    spent: Mutex<Option<Spent>>,
    advance: Mutex<Vec<Charge>>,
}

impl Moment {
    /// The key ring, read once per request.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn ring(&self) -> Result<&KeyRing, StoreError> {
        Ok(self.ring.get_or_try_init(|| self.store.ring(self.now)).await?)
    }
}

impl Drop for Moment {
    fn drop(&mut self) {
        self.leave_unanswered();
    }
}

impl Deref for Moment {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}
