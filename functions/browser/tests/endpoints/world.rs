//! A deployment in this process, and a browser that keeps its cookies.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use browser::{Refresh, SignIn, SignUp};
use local::engine::Engine;
use local::faults::FaultProxy;
use local::outbox::{Message, Outbox};
use runtime::{Answer, Ctx, Endpoint, Event};
use serde_json::{Value, json};
use shared::clock::{Clock, Timestamp};
use shared::config::Config;
use shared::random::Random;

pub(crate) const START: Timestamp = Timestamp::from_unix(1_800_000_000);
pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "violet-tractor-17";
pub(crate) const OURS: &str = "https://auth.example";

pub(crate) struct World {
    pub(crate) ctx: Arc<Ctx>,
    pub(crate) clock: Clock,
    pub(crate) dynamodb: FaultProxy,
    pub(crate) ses: FaultProxy,
    pub(crate) outbox: Outbox,
    _engine: Engine,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::configured(&[]).await
    }

    pub(crate) async fn configured(variables: &[(&'static str, &str)]) -> Self {
        let engine = Engine::for_test().expect("an engine");
        let outbox = Outbox::start(0).expect("an outbox");
        let dynamodb = FaultProxy::start(&engine.endpoint()).expect("a proxy");
        let ses = FaultProxy::start(&outbox.endpoint()).expect("a proxy");
        let clock = Clock::manual(START);
        let config = Config::read(&|name| {
            let given = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            given.or_else(|| {
                Some(match name {
                    "PUBLIC_URL" => OURS.to_owned(),
                    "CORE_TABLE" => "core".to_owned(),
                    "LIVE_TABLE" => "live".to_owned(),
                    "RATE_TABLE" => "rate".to_owned(),
                    "AWS_REGION" => "us-east-1".to_owned(),
                    "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test".to_owned(),
                    "AWS_ENDPOINT_URL_DYNAMODB" => dynamodb.endpoint(),
                    "AWS_ENDPOINT_URL_SESV2" => ses.endpoint(),
                    "KEY_RING_KEK" => "the test deployment's secret, long enough".to_owned(),
                    "MAIL_FROM" => "auth@example.com".to_owned(),
                    _ => return None,
                })
            })
        });
        let ctx = Arc::new(Ctx::new(config.expect("complete"), clock.clone(), Random::system()));
        ctx.store.ring(START).await.expect("a ring");
        Self { ctx, clock, dynamodb, ses, outbox, _engine: engine }
    }

    /// Boxed: a whole request is too large a future to stand in every test's own.
    pub(crate) fn call<E: Endpoint<Ctx = Ctx>>(&self, call: Call) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(runtime::respond::<E>(&self.ctx, call.event(E::ROUTE.method)))
    }

    /// A browser in which somebody has just signed up.
    pub(crate) async fn sign_up(&self, email: &str) -> Browser {
        let browser = Browser::default();
        let answer = self.call::<SignUp>(account(email)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        browser.keep(&answer);
        browser
    }

    /// Another browser in which somebody signs in.
    pub(crate) async fn sign_in(&self, login: &str) -> Browser {
        let browser = Browser::default();
        let answer = self.call::<SignIn>(Call::body(json!({"login": login, "password": PASSWORD}))).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        browser.keep(&answer);
        browser
    }

    /// Refreshes, and lets the browser keep what it is given.
    pub(crate) async fn refresh(&self, browser: &Browser) -> Answer {
        let answer = self.call::<Refresh>(browser.call()).await;
        browser.keep(&answer);
        answer
    }

    pub(crate) fn mails(&self, to: &str) -> Vec<Message> {
        self.outbox.messages().into_iter().filter(|message| message.to == to).collect()
    }

    /// The code in the last mail.
    pub(crate) fn code(&self, to: &str) -> String {
        let text = self.mails(to).pop().expect("a mail").text.expect("a text");
        text.lines()
            .find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()))
            .expect("a code")
            .to_owned()
    }

    /// The token in the last mail's link.
    pub(crate) fn link(&self, to: &str) -> String {
        let text = self.mails(to).pop().expect("a mail").text.expect("a text");
        let line = text.lines().find(|line| line.starts_with(OURS)).expect("a link");
        line.strip_prefix("https://auth.example/verify-email?token=").expect("our page").to_owned()
    }
}

pub(crate) fn account(email: &str) -> Call {
    Call::body(json!({"email": email, "password": PASSWORD, "name": "Ada"}))
}

/// What a browser keeps.
#[derive(Debug, Default)]
pub(crate) struct Browser(Mutex<BTreeMap<String, String>>);

impl Browser {
    pub(crate) fn keep(&self, answer: &Answer) {
        let mut jar = self.0.lock().expect("no panic");
        for line in &answer.cookies {
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if line.ends_with("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.0.lock().expect("no panic").get(name).cloned()
    }

    /// A request with all cookies and nothing else.
    pub(crate) fn call(&self) -> Call {
        let jar = self.0.lock().expect("no panic");
        jar.iter().fold(Call::empty(), |call, (name, value)| call.cookie(name, value))
    }
}

/// A request that is being put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    headers: HashMap<String, String>,
    cookies: Vec<String>,
    query: HashMap<String, String>,
    path: HashMap<String, String>,
    body: Option<String>,
}

impl Call {
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    #[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
    pub(crate) fn body(body: Value) -> Self {
        Self::empty().text(&body.to_string())
    }

    pub(crate) fn text(self, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self }
    }

    pub(crate) fn cookie(mut self, name: &str, value: &str) -> Self {
        self.cookies.push(format!("{name}={value}"));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn path(mut self, name: &str, value: &str) -> Self {
        self.path.insert(name.to_owned(), value.to_owned());
        self
    }

    fn event(self, method: &str) -> Event {
        serde_json::from_value(json!({
            "headers": self.headers,
            "cookies": self.cookies,
            "queryStringParameters": self.query,
            "pathParameters": self.path,
            "body": self.body,
            "requestContext": {"requestId": "test", "http": {"method": method, "sourceIp": "192.0.2.1"}},
        }))
        .expect("an event")
    }
}

pub(crate) fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

/// Status and `code` of a refusal.
pub(crate) fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, body(answer)["code"].as_str().unwrap_or_default().to_owned())
}
