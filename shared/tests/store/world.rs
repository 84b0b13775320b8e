//! A store on a fresh database, with a clock to turn and faults to inject.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use local::engine::Engine;
use local::faults::FaultProxy;
use serde_json::Value;
use shared::app::credential::{ApiKey, AppSecret, StoredSecret};
use shared::app::{App, Policy};
use shared::aws::Aws;
use shared::clock::{Seconds, Timestamp};
use shared::config::{AwsConfig, Tables};
use shared::id::AppId;
use shared::random::Random;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::session::{Bearer, Session, Transport};
use shared::store::{Nonce, NotRegistered, NotStanding, Registration, Store};
use shared::token::seal::Kek;
use shared::user::User;
use shared::user::email::Email;
use shared::user::identity::{Handle, Identity};
use shared::user::password::PasswordHash;

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Of reset links.
pub(crate) const LIFETIME: Seconds = Seconds::hours(1);

pub(crate) struct World {
    pub(crate) store: Arc<Store>,
    pub(crate) faults: FaultProxy,
    pub(crate) random: Random,
    engine: Engine,
}

impl World {
    pub(crate) fn new() -> Self {
        let engine = Engine::for_test().expect("an engine");
        let faults = FaultProxy::start(&engine.endpoint()).expect("a proxy");
        let random = Random::system();
        let store = Arc::new(store(&engine, &faults, "the test deployment's secret"));
        Self { store, faults, random, engine }
    }

    /// Another process's store on the same database.
    pub(crate) fn another_store(&self) -> Store {
        store(&self.engine, &self.faults, "the test deployment's secret")
    }

    pub(crate) fn store_with_kek(&self, kek: &str) -> Store {
        store(&self.engine, &self.faults, kek)
    }

    /// What the engine answers to an operation in DynamoDB's JSON, past the store.
    pub(crate) fn raw(&self, operation: &str, request: &Value) -> Value {
        let endpoint = self.engine.endpoint();
        let host = endpoint.trim_start_matches("http://");
        let (body, key) = (request.to_string(), self.engine.access_key());
        let mut connection = TcpStream::connect(host).expect("a connection");
        write!(
            connection,
            "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20270115T080000Z\r\n\
             X-Amz-Target: DynamoDB_20120810.{operation}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={key}/20270115/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len()
        )
        .expect("a request");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200"), "{operation}: {answer}");
        serde_json::from_str(body).expect("JSON")
    }

    /// The records of a table's stream that come after the one of that sequence number.
    pub(crate) fn changes(&self, table: &str, after: Option<&str>) -> Vec<Value> {
        self.engine.changes().expect("the embedded engine").after(table, after).expect("a stream")
    }

    /// How the engine is reached, past the store.
    pub(crate) fn aws(&self) -> Aws {
        aws(&self.engine, &self.faults)
    }

    pub(crate) fn app_record(&self, id: &str) -> App {
        let id = app(id);
        let secret = AppSecret::draw(&self.random);
        App {
            api_key: ApiKey::draw(&id, &self.random),
            name: id.to_string(),
            id,
            disabled: false,
            secrets: vec![StoredSecret::new(&secret, &self.random, NOW)],
            policy: Policy::default(),
            has_clients: false,
            created: NOW,
        }
    }

    pub(crate) fn registration(&self, address: &str) -> Registration {
        let user = User { email: Some(email(address)), ..User::new(&self.random, NOW) };
        let session = Session::open(user.id, user.epoch, Transport::App, Device::default(), &self.random, NOW);
        Registration {
            user,
            password: Some(PasswordHash::from_phc("first".to_owned())),
            challenge: None,
            opening: Some(session.into()),
            source: String::new(),
        }
    }

    pub(crate) fn nonce(&self) -> Nonce {
        Nonce::draw(&self.random)
    }

    /// Registers somebody in the app `demo`.
    pub(crate) async fn register(&self, address: &str) -> Result<Registration, NotRegistered> {
        let registration = self.registration(address);
        self.store.register(&app("demo"), &registration, &self.nonce(), NOW).await?;
        Ok(registration)
    }

    pub(crate) async fn identity(&self, address: &str) -> Option<Identity> {
        self.store.identity(&app("demo"), &Handle::Email(email(address)), NOW).await.expect("the store answers")
    }

    pub(crate) async fn is_signed_in(&self, session: &Session, at: Timestamp) -> bool {
        let bearer = Bearer { user: session.user, session: session.id.clone() };
        let standing = self.store.standing(&app("demo"), &bearer, Transport::App, at).await;
        assert!(!matches!(standing, Err(NotStanding::Store(_))), "the store does not answer: {standing:?}");
        standing.is_ok()
    }
}

fn store(engine: &Engine, faults: &FaultProxy, kek: &str) -> Store {
    let tables = Tables { core: "core".to_owned(), live: "live".to_owned(), rate: "rate".to_owned() };
    let kek = Arc::new(Kek::new(&Secret::new(kek.to_owned())));
    Store::new(&aws(engine, faults), tables, kek, Random::system())
}

fn aws(engine: &Engine, faults: &FaultProxy) -> Aws {
    Aws::new(AwsConfig {
        region: "us-east-1".to_owned(),
        access_key_id: engine.access_key().to_owned(),
        secret_access_key: Arc::new(Secret::new("test".to_owned())),
        session_token: None,
        dynamodb_endpoint: Some(faults.endpoint()),
        ses_endpoint: None,
        sns_endpoint: None,
        trusted: None,
    })
}

/// The session that somebody registered with.
pub(crate) fn session(registration: &Registration) -> &Session {
    &registration.opening.as_ref().expect("a session").session
}

pub(crate) fn app(id: &str) -> AppId {
    id.parse().expect("an app id")
}

pub(crate) fn email(address: &str) -> Email {
    address.parse().expect("an address")
}
