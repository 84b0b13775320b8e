//! A deployment in one process, for the tests of the endpoints of every API: a fresh database, an outbox, faults to inject and
//! a clock to turn. What it answers comes through the same `respond` that Lambda runs.

#![recursion_limit = "256"]
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a harness that cannot do its work fails the test, loudly and on the spot"
)]

mod authenticator;
mod browser;
mod call;
mod captcha;
mod consent;

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use local::engine::Engine;
use local::faults::FaultProxy;
use local::outbox::{Message, Outbox};
use runtime::{Answer, Ctx, Endpoint};
use serde_json::{Value, json};
use shared::app::credential::{ApiKey, AppSecret, StoredSecret};
use shared::app::{App, Policy};
use shared::audit::KEPT;
use shared::clock::{Clock, Timestamp};
use shared::config::Config;
use shared::id::AppId;
use shared::random::Random;
use shared::store::keys::{Key, Table};
use shared::store::{Change, Import, Imported, Nonce};
use shared::user::User;
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;
use tempfile::TempDir;

pub use authenticator::Authenticator;
pub use browser::Browser;
pub use call::{Call, body, refusal};
pub use captcha::unanswered_captcha;

/// When every test begins.
pub const START: Timestamp = Timestamp::from_unix(1_800_000_000);
/// Where the deployment says that it is reached.
pub const OURS: &str = "https://auth.example";

/// Whatever a test asks, `docs/openapi.json` has the status of the answer: it is made from what the operation describes.
#[track_caller]
pub fn assert_documented<E: Endpoint>(answer: &Answer) {
    let (name, status) = (E::ROUTE.name, answer.status);
    assert!(E::describe().documents(status), "{name} answered {status}, which its description does not have");
}

/// The deployment.
pub struct World {
    /// What a function of it has around itself.
    pub ctx: Arc<Ctx>,
    /// The time, which stands still until it is moved.
    pub clock: Clock,
    /// What stands before the database.
    pub dynamodb: FaultProxy,
    /// What stands before the mail.
    pub ses: FaultProxy,
    /// What stands before the text messages.
    pub sns: FaultProxy,
    /// What was mailed and texted.
    pub outbox: Outbox,
    /// Where a process leaves what the next one has to know.
    journal: TempDir,
    variables: Vec<(String, String)>,
    engine: Engine,
}

/// An app, with what its developers are given.
#[derive(Clone, Debug)]
pub struct MadeApp {
    /// Its id.
    pub id: AppId,
    /// Its secret.
    pub secret: String,
    /// Its API key.
    pub key: ApiKey,
}

/// The configuration of a deployment whose AWS is behind these proxies.
fn config([dynamodb, ses, sns]: [&FaultProxy; 3], variables: &[(&str, &str)]) -> Config {
    let config = Config::read(&|name| {
        let given = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        given.or_else(|| {
            Some(match name {
                "PUBLIC_URL" => OURS.to_owned(),
                "CORE_TABLE" => "core".to_owned(),
                "LIVE_TABLE" => "live".to_owned(),
                "RATE_TABLE" => "rate".to_owned(),
                "AUDIT_TABLE" => "audit".to_owned(),
                "AWS_REGION" => "us-east-1".to_owned(),
                "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test".to_owned(),
                "AWS_ENDPOINT_URL_DYNAMODB" => dynamodb.endpoint(),
                "AWS_ENDPOINT_URL_SESV2" => ses.endpoint(),
                "AWS_ENDPOINT_URL_SNS" => sns.endpoint(),
                "KEY_RING_KEK" => "the test deployment's secret, long enough".to_owned(),
                "MAIL_FROM" => "auth@example.com".to_owned(),
                _ => return None,
            })
        })
    });
    config.expect("complete")
}

/// The name of the table that an item is in.
const fn table(key: &Key) -> &'static str {
    match key.table {
        Table::Core => "core",
        Table::Live => "live",
        Table::Rate => "rate",
    }
}

/// The key ring that every deployment of a test process has. An RSA key is drawn for a ring, which takes as long as all the rest of
/// an ordinary test.
static RING: OnceLock<Option<Value>> = OnceLock::new();

impl World {
    /// The ordinary deployment.
    pub async fn new() -> Self {
        Self::configured(&[]).await
    }

    /// Another deployment than those of [`World::new`]: its keys are its own.
    pub async fn elsewhere() -> Self {
        Self::deployed(&[], None).await.0
    }

    /// One with other variables.
    pub async fn configured(variables: &[(&str, &str)]) -> Self {
        let lent = RING.get().and_then(Option::as_ref);
        let (world, ring) = Self::deployed(variables, lent).await;
        RING.get_or_init(|| ring);
        world
    }

    async fn deployed(variables: &[(&str, &str)], lent: Option<&Value>) -> (Self, Option<Value>) {
        let engine = Engine::for_test().expect("an engine");
        let outbox = Outbox::start(0).expect("an outbox");
        let dynamodb = FaultProxy::start(&engine.endpoint()).expect("a proxy");
        let ses = FaultProxy::start(&outbox.endpoint()).expect("a proxy");
        let sns = FaultProxy::start(&outbox.endpoint()).expect("a proxy");
        let clock = Clock::manual(START);
        let config = config([&dynamodb, &ses, &sns], variables);
        let ctx = Arc::new(Ctx::new(config, clock.clone(), Random::system()));
        if let Some(ring) = lent {
            engine.put("core", ring).expect("a key ring");
        }
        let journal = tempfile::tempdir().expect("a directory");
        ctx.keep_journal(journal.path());
        ctx.store.ring(START).await.expect("a ring");
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let ring = engine.item("core", &json!({"pk": {"S": "KEYS"}, "sk": {"S": "RING"}})).expect("an item");
        (Self { ctx, clock, dynamodb, ses, sns, outbox, journal, variables, engine }, ring)
    }

    /// Another process takes the place of this one, which is dead, and knows nothing of it but what it wrote down.
    pub fn restart(&mut self) {
        let variables: Vec<_> = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let config = config([&self.dynamodb, &self.ses, &self.sns], &variables);
        self.ctx = Arc::new(Ctx::new(config, self.clock.clone(), Random::system()));
        self.ctx.keep_journal(self.journal.path());
    }

    /// The surroundings of another function of the same deployment.
    #[must_use]
    pub fn another_ctx(&self) -> Ctx {
        let config = config([&self.dynamodb, &self.ses, &self.sns], &[]);
        Ctx::new(config, self.clock.clone(), Random::system())
    }

    /// Forgets what was touched and read so far.
    pub fn forget(&self) {
        let _ = self.dynamodb.touched();
        self.ctx.config.forget_uses();
    }

    /// An item as it is stored, read past the store.
    #[must_use]
    pub fn stored(&self, key: &Key) -> Value {
        let found = self.engine.item(table(key), &json!({"pk": {"S": key.pk}, "sk": {"S": key.sk}}));
        found.expect("a table").expect("an item")
    }

    /// Puts an item back as it was: a request that read it before goes on with that.
    pub fn put_back(&self, key: &Key, item: &Value) {
        self.engine.put(table(key), item).expect("an item");
    }

    /// Has the audit trail written of all that was changed so far, as its function does.
    pub async fn write_trail(&self) {
        let streams = self.engine.changes().expect("the embedded engine");
        for table in ["core", "live"] {
            let records = streams.after(table, None).expect("a stream");
            let changes: Vec<_> = records.iter().map(|record| Change::read(record).expect("a change")).collect();
            self.ctx.trail().note(&changes, KEPT).await.expect("writes");
        }
    }

    /// Another app of the deployment.
    pub async fn make_app(&self, id: &str) -> MadeApp {
        self.make_app_with(id, Policy::default()).await
    }

    /// Another app with its policy.
    pub async fn make_app_with(&self, id: &str, policy: Policy) -> MadeApp {
        let random = Random::system();
        let id: AppId = id.parse().expect("an app id");
        let (secret, key) = (AppSecret::draw(&random), ApiKey::draw(&id, &random));
        let record = App {
            api_key: key.clone(),
            name: id.to_string(),
            id: id.clone(),
            disabled: false,
            secrets: vec![StoredSecret::new(&secret, &random, self.clock.now())],
            policy,
            has_clients: false,
            created: self.clock.now(),
        };
        self.ctx.store.create_app(&record).await.expect("creates");
        MadeApp { id, secret: secret.reveal(), key }
    }

    /// Shuts a user of an app out, as `cargo ops user disable` does.
    pub async fn shut_out(&self, app: &str, email: &str) {
        let (app, now, store) = (app.parse().expect("an app id"), self.clock.now(), &self.ctx.store);
        let handle = Handle::Email(email.parse().expect("an address"));
        let identity = store.identity(&app, &handle, now).await.expect("answers").expect("somebody");
        let user = store.user(&app, identity.user).await.expect("answers").expect("a user");
        assert!(store.set_disabled(&app, &user, true, now).await.expect("disables"));
    }

    /// Moves a user of another product into an app, as `cargo ops user import` does, with the hash that it made.
    pub async fn move_in(&self, app: &str, user: User, hash: &str) {
        let (app, now, store) = (app.parse().expect("an app id"), self.clock.now(), &self.ctx.store);
        let origin = user.email.as_ref().map_or_else(String::new, |email| email.as_str().to_owned());
        let id = store.number_of(&app, &origin, now).await.expect("answers");
        let password = Some(PasswordHash::foreign(&hash.parse().expect("a hash")));
        let nonce = Nonce::draw(&Random::system());
        let import = Import { user: User { id, ..user }, origin, password, totp: None, nonce };
        assert_eq!(store.import(&app, &import, now).await.expect("imports"), Imported::Now);
    }

    /// The answer to a request. Boxed: a whole request is too large a future to stand in every test's own.
    #[must_use]
    pub fn call<E: Endpoint<Ctx = Ctx>>(&self, call: Call) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(Self::answer_of::<E>(&self.ctx, call))
    }

    /// The same of another function of the deployment.
    pub async fn answer_of<E: Endpoint<Ctx = Ctx>>(function: &Ctx, call: Call) -> Answer {
        let answer = runtime::respond::<E>(function, call.event(E::ROUTE.method)).await;
        assert_documented::<E>(&answer);
        answer
    }

    /// The mails to an address or the texts to a number, oldest first.
    #[must_use]
    pub fn mails(&self, to: &str) -> Vec<Message> {
        self.outbox.messages().into_iter().filter(|message| message.to == to).collect()
    }

    /// The calls to AWS that a request makes, by operation, with its answer.
    pub async fn calls_of<E: Endpoint<Ctx = Ctx>>(&self, call: Call) -> (Answer, Vec<(String, usize)>) {
        self.dynamodb.reset_calls();
        self.ses.reset_calls();
        let answer = self.call::<E>(call).await;
        let calls = self.dynamodb.calls().into_iter().chain(self.ses.calls());
        (answer, calls.filter(|(_, count)| *count > 0).collect())
    }

    /// How many calls to the database wait for another, with the answer: what an injected latency adds, in units of
    /// that latency. Rounded, and with a latency far above the work, it counts round trips; it asserts no speed.
    pub async fn depth_of<E: Endpoint<Ctx = Ctx>>(&self, call: Call) -> (Answer, u128) {
        const LATENCY: Duration = Duration::from_millis(400);
        self.dynamodb.set_latency(LATENCY);
        let started = tokio::time::Instant::now();
        let answer = self.call::<E>(call).await;
        let elapsed = started.elapsed();
        self.dynamodb.set_latency(Duration::ZERO);
        (answer, elapsed.as_millis() / LATENCY.as_millis())
    }
}
