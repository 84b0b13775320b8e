//! A deployment with an app whose server is told of events.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use local::engine::Engine;
use local::faults::FaultProxy;
use local::sqs::Sqs;
use runtime::Consumer as _;
use serde_json::{Value, json};
use shared::audit::{Author, KEPT};
use shared::aws::Aws;
use shared::clock::{Clock, Seconds, Timestamp};
use shared::config::{AwsConfig, DeliverConfig, Tables, WebhooksConfig};
use shared::id::{AppId, UserId};
use shared::random::Random;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::session::{Session, Transport};
use shared::store::{Change, Nonce, Registration, Store, Trail};
use shared::token::seal::Kek;
use shared::user::User;
use shared::webhook::delivery::Delivery;
use shared::webhook::endpoint::{Endpoint, EndpointId};
use shared::webhook::event::Events;
use shared::webhook::secret::{SealedSecret, WebhookSecret};
use streams::{Deliver, Webhooks};

/// Before the engine's clock, which is the machine's: events are younger than their endpoints.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);
const KEK: &str = "0123456789abcdef0123456789abcdef";
const QUEUE: &str = "WebhookQueue";
pub(crate) const DEAD_LETTERS: &str = "WebhookDeadLetters";

/// What the receiver does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Status(u16),
    Redirect(&'static str),
    /// It closes the connection.
    Hangs,
}

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// An app's own server. It answers 200 where nothing else was said.
#[derive(Clone)]
pub(crate) struct Receiver {
    url: String,
    state: Arc<Mutex<(VecDeque<Reply>, Vec<Received>)>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hooks", listener.local_addr().expect("an address"));
        let receiver = Self { url, state: Arc::default() };
        let serving = receiver.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.expect("a connection");
                // A process that was killed had only connected.
                let Some(request) = read(&connection) else { continue };
                let reply = {
                    let mut state = serving.state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.1.push(request);
                    state.0.pop_front().unwrap_or(Reply::Status(200))
                };
                let head = match reply {
                    Reply::Status(status) => format!("HTTP/1.1 {status} So\r\n"),
                    Reply::Redirect(to) => format!("HTTP/1.1 307 Away\r\nLocation: {to}\r\n"),
                    Reply::Hangs => continue,
                };
                let _ = write!(connection, "{head}Content-Length: 0\r\nConnection: close\r\n\r\n");
            }
        });
        receiver
    }

    pub(crate) fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0.extend(replies);
    }

    /// What arrived since the last look.
    pub(crate) fn received(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).1)
    }
}

fn read(connection: &std::net::TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(connection);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let fields = lines.iter().filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<_, _> = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { headers, body: String::from_utf8(body).expect("UTF-8") })
}

pub(crate) struct Scene {
    pub(crate) store: Store,
    pub(crate) tables: FaultProxy,
    pub(crate) queues: FaultProxy,
    pub(crate) sqs: Sqs,
    pub(crate) receiver: Receiver,
    pub(crate) clock: Clock,
    pub(crate) webhooks: Webhooks,
    pub(crate) deliver: Deliver,
    pub(crate) random: Random,
    trail: Trail,
    engine: Engine,
    read: BTreeMap<&'static str, String>,
}

impl Scene {
    /// Without endpoints, and with the ring that the first request made.
    pub(crate) async fn new() -> Self {
        let (engine, sqs) = (Engine::for_test().expect("an engine"), Sqs::start().expect("queues"));
        let tables = FaultProxy::start(&engine.endpoint()).expect("a proxy");
        let queues = FaultProxy::start(&sqs.endpoint()).expect("a proxy");
        let (clock, random) = (Clock::manual(NOW), Random::system());
        let aws = |endpoint: String| AwsConfig {
            region: "us-east-1".to_owned(),
            access_key_id: engine.access_key().to_owned(),
            secret_access_key: Arc::new(Secret::new("test".to_owned())),
            session_token: None,
            dynamodb_endpoint: Some(endpoint),
            ses_endpoint: None,
            sns_endpoint: None,
            trusted: None,
        };
        let names = || Tables { core: "core".to_owned(), live: "live".to_owned(), rate: "rate".to_owned() };
        let config = || WebhooksConfig {
            aws: aws(tables.endpoint()),
            tables: names(),
            queue: QUEUE.to_owned(),
            sqs_endpoint: Some(queues.endpoint()),
        };
        let of_delivery = DeliverConfig {
            common: config(),
            dead_letters: DEAD_LETTERS.to_owned(),
            public_url: "http://127.0.0.1:3000".to_owned(),
            kek: Secret::new(KEK.to_owned()),
        };
        let past = Aws::new(aws(engine.endpoint()));
        let kek = Arc::new(Kek::new(&Secret::new(KEK.to_owned())));
        let store = Store::new(&past, names(), kek, random.clone()).on_behalf_of(Author::operator("ada"));
        store.ring(NOW).await.expect("a ring");
        let scene = Self {
            store,
            sqs,
            receiver: Receiver::start(),
            webhooks: Webhooks::new(config(), clock.clone()),
            deliver: Deliver::new(of_delivery, clock.clone(), random.clone()),
            trail: Trail::new(&past, "audit".to_owned(), "live".to_owned()),
            tables,
            queues,
            clock,
            random,
            engine,
            read: BTreeMap::new(),
        };
        // What is asked for is noted from now on.
        let _ = scene.tables.touched();
        scene
    }

    /// An endpoint of the app at the receiver.
    pub(crate) async fn endpoint(&self, of: &str) -> (Endpoint, WebhookSecret) {
        let (id, secret) = (EndpointId::draw(&self.random), WebhookSecret::draw(&self.random));
        let ring = self.store.ring(NOW).await.expect("a ring");
        let endpoint = Endpoint {
            secret: SealedSecret::seal(&secret, &app(of), &id, &ring, &self.random),
            app: app(of),
            id,
            url: self.receiver.url.parse().expect("a URL"),
            events: Events::usual(),
            former: None,
            off: None,
            failing_since: None,
            arrived: None,
            created: NOW,
        };
        self.store.add_webhook(&endpoint).await.expect("added");
        (endpoint, secret)
    }

    /// Somebody signs up, and is signed in.
    pub(crate) async fn sign_up(&self, of: &str, address: &str) -> UserId {
        let user = User { email: Some(address.parse().expect("an address")), ..User::new(&self.random, NOW) };
        let id = user.id;
        let session = Session::open(id, user.epoch, Transport::App, Device::default(), &self.random, NOW);
        let opening = Some(session.into());
        let registration = Registration { user, password: None, challenge: None, opening, source: String::new() };
        self.store.register(&app(of), &registration, &Nonce::draw(&self.random), NOW).await.expect("registers");
        id
    }

    /// The records of a table's stream since the last look.
    pub(crate) fn records(&mut self, table: &'static str) -> Vec<Value> {
        let after = self.read.get(table).map(String::as_str);
        let records = self.engine.changes().expect("the embedded engine").after(table, after).expect("a stream");
        if let Some(last) = records.last().and_then(|record| record["dynamodb"]["SequenceNumber"].as_str()) {
            self.read.insert(table, last.to_owned());
        }
        records
    }

    /// The trail is written, as its function does. The records of live are for both functions.
    pub(crate) async fn write_trail(&mut self) -> Vec<Value> {
        let (core, live) = (self.records("core"), self.records("live"));
        for records in [&core, &live] {
            let changes: Vec<_> = records.iter().map(|record| Change::read(record).expect("a change")).collect();
            self.trail.note(&changes, KEPT).await.expect("written");
        }
        live
    }

    /// Hands records to the function `webhooks`.
    pub(crate) async fn hand_over(&self, records: &[Value]) -> bool {
        self.webhooks.take(&json!({"Records": records}).to_string()).await.is_ok()
    }

    /// All that was changed so far gets into the queue.
    pub(crate) async fn follow(&mut self) {
        let mut records = self.write_trail().await;
        records.extend(self.records("audit"));
        assert!(self.hand_over(&records).await);
        let written = self.records("live");
        assert!(self.hand_over(&written).await);
    }

    /// Hands a batch of the queue to the function `deliver`: whether there was one.
    pub(crate) async fn deliver(&self) -> bool {
        let Some(event) = self.sqs.event(QUEUE) else { return false };
        let refused = self.deliver.take(&event.to_string()).await.expect("it always answers");
        self.sqs.finish(&event, &json!(refused));
        true
    }

    /// The same after so long, for which SQS hid the message.
    pub(crate) async fn deliver_after(&self, time: Seconds) -> Vec<Received> {
        self.clock.advance(time);
        self.sqs.reveal();
        self.deliver().await;
        self.receiver.received()
    }

    pub(crate) async fn deliveries(&self, of: &Endpoint) -> Vec<Delivery> {
        self.store.deliveries(&of.app, &of.id, Timestamp::from_unix(0)).await.expect("answers")
    }

    pub(crate) async fn only_delivery(&self, of: &Endpoint) -> Delivery {
        let mut all = self.deliveries(of).await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    pub(crate) async fn again(&self, of: &Endpoint) -> Endpoint {
        self.store.webhook(&of.app, &of.id).await.expect("answers").expect("an endpoint")
    }

    pub(crate) fn queued(&self) -> Vec<String> {
        self.sqs.bodies(QUEUE)
    }

    pub(crate) fn hidden(&self) -> Seconds {
        let longest = self.sqs.hidden(QUEUE).into_iter().max().expect("a message");
        let begun = u64::from(longest.subsec_nanos() > 0);
        Seconds(i64::try_from(longest.as_secs() + begun).expect("seconds"))
    }
}

pub(crate) fn app(id: &str) -> AppId {
    id.parse().expect("an app id")
}
