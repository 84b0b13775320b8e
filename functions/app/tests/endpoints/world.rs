//! A deployment in this process: a fresh database, an outbox, faults to inject and a clock to turn.

use std::pin::Pin;
use std::sync::Arc;

use app::portal::Lobby;
use local::engine::Engine;
use local::faults::FaultProxy;
use local::outbox::{Message, Outbox};
use runtime::{Answer, Ctx, Endpoint, Event};
use serde_json::{Value, json};
use shared::app::credential::{ApiKey, AppSecret, StoredSecret};
use shared::app::{App, Policy};
use shared::clock::{Clock, Timestamp};
use shared::config::Config;
use shared::id::AppId;
use shared::random::Random;

pub(crate) const START: Timestamp = Timestamp::from_unix(1_800_000_000);

pub(crate) struct World {
    pub(crate) ctx: Arc<Ctx>,
    pub(crate) clock: Clock,
    pub(crate) dynamodb: FaultProxy,
    pub(crate) ses: FaultProxy,
    pub(crate) sns: FaultProxy,
    pub(crate) outbox: Outbox,
    _engine: Engine,
}

/// An app as its developers know it.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::configured(&[]).await
    }

    /// A deployment with other variables than the ordinary one's.
    pub(crate) async fn configured(variables: &[(&'static str, &str)]) -> Self {
        let engine = Engine::for_test().expect("an engine");
        let outbox = Outbox::start(0).expect("an outbox");
        let dynamodb = FaultProxy::start(&engine.endpoint()).expect("a proxy");
        let ses = FaultProxy::start(&outbox.endpoint()).expect("a proxy");
        let sns = FaultProxy::start(&outbox.endpoint()).expect("a proxy");
        let endpoints = [dynamodb.endpoint(), ses.endpoint(), sns.endpoint()];
        let clock = Clock::manual(START);
        let ctx = Arc::new(context(&endpoints, variables, &clock));
        ctx.store.ring(START).await.expect("a ring");
        Self { ctx, clock, dynamodb, ses, sns, outbox, _engine: engine }
    }

    /// The portal's own surroundings in this deployment.
    pub(crate) fn lobby(&self) -> Lobby {
        let endpoints = [self.dynamodb.endpoint(), self.ses.endpoint(), self.sns.endpoint()];
        Lobby::new(context(&endpoints, &[], &self.clock))
    }

    /// Forgets what was touched and read so far.
    pub(crate) fn forget(&self) {
        let _ = self.dynamodb.touched();
        self.ctx.config.forget_uses();
    }

    pub(crate) async fn app(&self, id: &str) -> Credentials {
        self.app_with(id, Policy::default()).await
    }

    pub(crate) async fn app_with(&self, id: &str, policy: Policy) -> Credentials {
        let random = Random::system();
        let app: AppId = id.parse().expect("an app id");
        let secret = AppSecret::draw(&random);
        let record = App {
            api_key: ApiKey::draw(&app, &random),
            id: app,
            name: id.to_owned(),
            disabled: false,
            secrets: vec![StoredSecret::new(&secret, &random, self.clock.now())],
            policy,
            created: self.clock.now(),
        };
        self.ctx.store.create_app(&record).await.expect("creates");
        Credentials { id: id.to_owned(), secret: secret.reveal() }
    }

    /// Boxed: a whole request is too large a future to stand in every test's own.
    pub(crate) fn call<E: Endpoint<Ctx = Ctx>>(
        &self,
        request: Call,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(async move {
            let answer = runtime::respond::<E>(&self.ctx, request.event()).await;
            let (name, status) = (E::ROUTE.name, answer.status);
            assert!(E::describe().documents(status), "{name} answered {status}, which docs/openapi.json does not have");
            answer
        })
    }

    /// Registers somebody and gives the token.
    pub(crate) async fn register(&self, app: &Credentials, email: &str, password: &str) -> String {
        let answer = self.call::<app::Register>(app.body(json!({"email": email, "password": password}))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        body(&answer)["token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn login(&self, app: &Credentials, email: &str, password: &str) -> Answer {
        self.call::<app::Login>(app.body(json!({"email": email, "password": password}))).await
    }

    pub(crate) async fn send_code(&self, app: &Credentials, phone: &str) -> Answer {
        self.call::<app::SendCode>(app.body(json!({"phone": phone}))).await
    }

    pub(crate) async fn phone_login(&self, app: &Credentials, phone: &str, code: &str) -> Answer {
        self.call::<app::Login>(app.body(json!({"phone": phone, "code": code}))).await
    }

    /// The text messages to a mainland number, oldest first.
    pub(crate) fn texts(&self, phone: &str) -> Vec<Message> {
        self.mails(&format!("+86{phone}"))
    }

    /// The code in the last text message to a mainland number.
    pub(crate) fn code(&self, phone: &str) -> String {
        let text = self.texts(phone).pop().expect("a text message").text.expect("a text");
        let runs = text.split(|letter: char| !letter.is_ascii_digit());
        runs.into_iter().find(|run| run.len() == 6).expect("six digits").to_owned()
    }

    /// Asks for a code and comes in by it.
    pub(crate) async fn enter(&self, app: &Credentials, phone: &str) -> Value {
        let sent = self.send_code(app, phone).await;
        assert_eq!(sent.status, 200, "{}", sent.body);
        let entered = self.phone_login(app, phone, &self.code(phone)).await;
        assert_eq!(entered.status, 200, "{}", entered.body);
        body(&entered)
    }

    /// The mails to an address, oldest first.
    pub(crate) fn mails(&self, to: &str) -> Vec<Message> {
        self.outbox.messages().into_iter().filter(|message| message.to == to).collect()
    }

    /// Asks for a reset link and reads its token from the mail.
    pub(crate) async fn reset_token(&self, app: &Credentials, email: &str) -> String {
        let answer = self.call::<app::ForgotPassword>(app.body(json!({"email": email}))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mail = self.mails(email).pop().expect("a mail");
        let text = mail.text.expect("a text part");
        let (_, rest) = text.split_once("token=").expect("a link");
        rest.chars().take_while(char::is_ascii_hexdigit).collect()
    }
}

fn context(endpoints: &[String; 3], variables: &[(&'static str, &str)], clock: &Clock) -> Ctx {
    let config = Config::read(&|name| {
        if let Some((_, value)) = variables.iter().find(|(known, _)| *known == name) {
            return Some((*value).to_owned());
        }
        Some(match name {
            "PUBLIC_URL" => "https://auth.example".to_owned(),
            "CORE_TABLE" => "core".to_owned(),
            "LIVE_TABLE" => "live".to_owned(),
            "RATE_TABLE" => "rate".to_owned(),
            "AWS_REGION" => "us-east-1".to_owned(),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test".to_owned(),
            "AWS_ENDPOINT_URL_DYNAMODB" => endpoints[0].clone(),
            "AWS_ENDPOINT_URL_SESV2" => endpoints[1].clone(),
            "AWS_ENDPOINT_URL_SNS" => endpoints[2].clone(),
            "KEY_RING_KEK" => "the test deployment's secret, long enough".to_owned(),
            "MAIL_FROM" => "auth@example.com".to_owned(),
            "RATE_LIMIT_APP" => "100".to_owned(),
            _ => return None,
        })
    });
    Ctx::new(config.expect("complete"), clock.clone(), Random::system())
}

/// A request that is being put together.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: &'static str,
    source: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Credentials {
    #[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
    pub(crate) fn body(&self, body: Value) -> Call {
        Call { body: Some(body.to_string()), ..self.empty("POST") }
    }

    pub(crate) fn delete(&self, token: &str) -> Call {
        self.empty("DELETE").header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn get(&self, token: &str) -> Call {
        self.empty("GET").header("authorization", &format!("Bearer {token}"))
    }

    fn empty(&self, method: &'static str) -> Call {
        Call { method, source: "192.0.2.1".to_owned(), headers: Vec::new(), body: None }
            .header("x-app-id", &self.id)
            .header("x-app-secret", &self.secret)
    }
}

impl Call {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn from(self, source: &str) -> Self {
        Self { source: source.to_owned(), ..self }
    }

    fn event(self) -> Event {
        serde_json::from_value(json!({
            "headers": self.headers.into_iter().collect::<std::collections::HashMap<_, _>>(),
            "body": self.body,
            "requestContext": {"requestId": "test", "http": {"method": self.method, "sourceIp": self.source}},
        }))
        .expect("an event")
    }
}

pub(crate) fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

/// Status and `error` of a refusal.
pub(crate) fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, body(answer)["error"].as_str().unwrap_or_default().to_owned())
}
