//! What the framework answers by itself, in the words of a dialect made for these tests.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why and stops")]

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use runtime::{
    Admitted, Answer, Anyone, Caller, Context, Cors, Counter, Dialect, Endpoint, Fields, Gate, Input, Malformed,
    NoInput, Output, Preferences, Reason, Request, Route, RuntimeError, Security, Storeless, WireError, read_event,
    respond,
};
use serde_json::{Value, json};
use shared::clock::{Seconds, Timestamp};
use shared::config::{Config, ConfigError, Origins};
use shared::limit::{Quota, Standing, Subject};
use shared::store::StoreError;

struct Plain;

#[derive(Debug)]
struct Error(&'static str);

impl Dialect for Plain {
    const NAME: &'static str = "plain";
    type Error = Error;
    const CORS_HEADERS: &'static str = "content-type";

    fn quota(config: &Config) -> Quota {
        *config.rate_limit_default
    }

    fn cors(_: &Origins) -> Cors<'_> {
        Cors::Callers
    }
}

impl WireError for Error {
    fn answer(&self, _: Preferences) -> Answer {
        Answer::json(if self.0 == "slow" { 503 } else { 400 }, &json!(self.0))
    }

    fn cause(&self) -> Option<String> {
        None
    }

    fn reason(&self) -> Reason {
        Reason::InvalidRequest
    }

    const EACH: &'static [Self] = &[Self("malformed")];
}

impl From<RuntimeError> for Error {
    fn from(refusal: RuntimeError) -> Self {
        Self(match refusal {
            RuntimeError::TooManyRequests { .. } => "many",
            RuntimeError::NotFound => "not found",
            RuntimeError::NotCounted(_) => "store",
            RuntimeError::BodyTooLarge => "large",
            RuntimeError::TooSlow => "slow",
            RuntimeError::Panicked => "panic",
        })
    }
}

impl From<StoreError> for Error {
    fn from(_: StoreError) -> Self {
        Self("store")
    }
}

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        Self("malformed")
    }
}

struct Said(&'static str);

impl Output for Said {
    fn answer(self) -> Answer {
        Answer::json(200, &json!(self.0))
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

/// An app that only its own pages may read.
struct Shop([String; 1]);

impl<E: Endpoint<Ctx = Storeless, Dialect = Plain>> Caller<E> for Shop {
    const SECURITY: &'static [Security] = &[];

    async fn identify(_: &Storeless, request: &Request) -> Result<Self, Error> {
        request.header("x-app-id").map(|_| Self(["https://shop.example".to_owned()])).ok_or(Error("nobody"))
    }

    fn app(&self) -> Option<&str> {
        Some("shop")
    }

    fn origins(&self) -> &[String] {
        &self.0
    }
}

struct Body;

impl<E: Endpoint<Dialect = Plain>> Input<E> for Body {
    fn parse(request: &Request) -> Result<Self, Error> {
        Ok(Fields::parse(request.body(), &["email"]).map(|_| Self)?)
    }

    fn schema() -> Option<Value> {
        None
    }
}

/// An endpoint of the test dialect, by what its `call` does.
macro_rules! endpoint {
    ($name:ident, $caller:ty, $input:ty, $call:expr) => {
        struct $name;

        impl Endpoint for $name {
            const ROUTE: Route = Route::post("test", "/test");
            const SUMMARY: &'static str = "";
            const ERRORS: &'static [Error] = &[];
            type Dialect = Plain;
            type Ctx = Storeless;
            type Caller = $caller;
            type Input = $input;
            type Output = Said;

            async fn call(_: &Storeless, _: $caller, _: $input, gate: Gate<'_>) -> Result<Admitted<Said>, Error> {
                let pass = gate.pass().await?;
                let said = $call;
                Ok(pass.give(said))
            }
        }
    };
}

fn panics() -> Said {
    panic!("a secret: hunter2")
}

endpoint!(Panics, Anyone, NoInput, panics());
endpoint!(Hangs, Anyone, NoInput, pending().await);
endpoint!(Reads, Shop, Body, Said("read"));

async fn answer<E: Endpoint<Ctx = Storeless>>(event: Value) -> Answer {
    respond::<E>(&Storeless, read_event(&event.to_string()).expect("an event")).await
}

fn post(headers: &Value, body: &str) -> Value {
    json!({"headers": headers, "body": body, "requestContext": {"http": {"method": "POST"}}})
}

#[tokio::test]
async fn a_panic_is_answered_and_does_not_show_its_message() {
    let answer = answer::<Panics>(post(&json!({}), "")).await;
    assert_eq!((answer.status, answer.body.as_str()), (400, r#""panic""#));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_is_answered_before_the_caller_gives_up() {
    let started = tokio::time::Instant::now();
    let answer = answer::<Hangs>(post(&json!({}), "")).await;
    assert_eq!((answer.status, answer.body.as_str()), (503, r#""slow""#));
    // The clock of a paused runtime moves only to the deadline: this is the deadline, not a measurement.
    assert!(started.elapsed().as_secs() < 5);
}

#[tokio::test]
async fn credentials_come_before_size_and_size_before_the_parse() {
    let long = "x".repeat(64 * 1024 + 1);
    let known = json!({"x-app-id": "shop"});
    for (headers, body, expected) in [
        (&json!({}), long.as_str(), r#""nobody""#),
        (&known, long.as_str(), r#""large""#),
        (&known, &long[1..], r#""malformed""#),
        (&known, "{}", r#""read""#),
    ] {
        assert_eq!(answer::<Reads>(post(headers, body)).await.body, expected);
    }
}

#[tokio::test]
async fn an_allow_list_is_applied_to_refusals_too_once_the_caller_is_known() {
    let allowed = |headers: Value, body: &'static str| async move {
        let answer = answer::<Reads>(post(&headers, body)).await;
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    let from = |origin: &str| json!({"x-app-id": "shop", "origin": origin});
    for body in ["{}", "no json"] {
        let own = allowed(from("https://shop.example"), body).await;
        assert_eq!(own.as_deref(), Some("https://shop.example"));
        assert_eq!(allowed(from("https://evil.example"), body).await, None);
        assert_eq!(allowed(json!({"x-app-id": "shop"}), body).await, None);
    }
    assert_eq!(allowed(json!({"origin": "https://evil.example"}), "{}").await.as_deref(), Some("*"));
}

#[tokio::test]
async fn a_path_that_goes_on_is_not_found_and_runs_nothing() {
    let behind =
        |rest: &str| json!({"pathParameters": {"proxy": rest}, "requestContext": {"http": {"method": "POST"}}});
    assert_eq!(answer::<Panics>(behind("more")).await.body, r#""not found""#);
    assert_eq!(answer::<Panics>(behind("")).await.body, r#""panic""#);
}

/// Surroundings that count requests, refuse them if told so, and note what is taken back.
#[derive(Clone, Default)]
struct Till(Arc<Noted>);

#[derive(Default)]
struct Noted {
    refuses: bool,
    cannot_count: bool,
    written: AtomicBool,
    taken_back: AtomicBool,
    answered: AtomicBool,
    undo_takes: Duration,
}

impl Context for Till {
    type Moment = Self;
    type Counter = Self;

    fn start() -> Result<Self, ConfigError> {
        Ok(Self::default())
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(1_800_000_000)
    }

    fn at(&self, _: Timestamp) -> Self {
        self.clone()
    }

    async fn take_back(at: &Self, _: bool) -> Result<(), StoreError> {
        tokio::time::sleep(at.0.undo_takes).await;
        at.0.taken_back.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn is_answered(at: &Self) {
        at.0.answered.store(true, Ordering::SeqCst);
    }

    fn counter(&self) -> Option<&Self> {
        Some(self)
    }

    fn calls(&self) -> u32 {
        0
    }
}

impl Counter for Till {
    fn config(&self) -> &Config {
        static CONFIG: OnceLock<Config> = OnceLock::new();
        CONFIG.get_or_init(|| {
            let variable = |name: &str| {
                Some(match name {
                    "PUBLIC_URL" => "https://auth.example".to_owned(),
                    "CORE_TABLE" | "LIVE_TABLE" | "RATE_TABLE" => name.to_owned(),
                    "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test".to_owned(),
                    "KEY_RING_KEK" => "the test deployment's secret, long enough".to_owned(),
                    "MAIL_FROM" => "auth@example.com".to_owned(),
                    _ => return None,
                })
            };
            Config::read(&variable).expect("complete")
        })
    }

    fn refused(&self, _: &Subject, _: Timestamp) -> Option<Standing> {
        None
    }

    async fn admit(&self, _: Subject, quota: Quota, now: Timestamp) -> Result<Standing, StoreError> {
        if self.0.cannot_count {
            return Err(StoreError::Unavailable { operation: "UpdateItem", cause: "a test".to_owned() });
        }
        let retry_after = self.0.refuses.then_some(Seconds(7));
        Ok(Standing { limit: quota.limit, remaining: 0, reset: quota.window_end(now), retry_after })
    }
}

/// Writes before the gate, and then does as the test's `x-then` header says.
struct Writes;

struct Then(String);

impl Input<Writes> for Then {
    fn parse(request: &Request) -> Result<Self, Error> {
        Ok(Self(request.header("x-then").unwrap_or_default().to_owned()))
    }

    fn schema() -> Option<Value> {
        None
    }
}

impl Endpoint for Writes {
    const ROUTE: Route = Route::post("test", "/test");
    const SUMMARY: &'static str = "";
    const ERRORS: &'static [Error] = &[];
    type Dialect = Plain;
    type Ctx = Till;
    type Caller = Anyone;
    type Input = Then;
    type Output = Said;

    async fn call(at: &Till, _: Anyone, Then(then): Then, gate: Gate<'_>) -> Result<Admitted<Said>, Error> {
        at.0.written.store(true, Ordering::SeqCst);
        match then.as_str() {
            "fail" => return Err(Error("failed")),
            "hang" => pending().await,
            "panic" => drop(panics()),
            _ => {}
        }
        Ok(gate.pass().await?.give(Said("done")))
    }
}

async fn written(till: &Till, then: &str) -> Answer {
    let event = post(&json!({"x-then": then}), "");
    respond::<Writes>(till, read_event(&event.to_string()).expect("an event")).await
}

#[tokio::test(start_paused = true)]
async fn what_was_written_is_taken_back_unless_the_answer_is_a_success() {
    for (then, said, taken_back) in
        [("", "done", false), ("fail", "failed", true), ("hang", "slow", true), ("panic", "panic", true)]
    {
        let till = Till::default();
        let started = tokio::time::Instant::now();
        assert_eq!(written(&till, then).await.body, format!("\"{said}\""), "{then}");
        assert_eq!(till.0.taken_back.load(Ordering::SeqCst), taken_back, "{then}");
        assert_eq!(till.0.answered.load(Ordering::SeqCst), !taken_back, "{then}");
        assert!(started.elapsed().as_millis() <= 4500, "{then}");
    }
}

/// Time passes by itself in a paused runtime.
#[tokio::test(start_paused = true)]
async fn a_request_that_fails_early_has_all_the_time_that_is_left_to_undo_what_it_wrote() {
    for (then, said, taken_back) in [("fail", "failed", true), ("hang", "slow", false)] {
        let till = Till(Arc::new(Noted { undo_takes: Duration::from_secs(4), ..Noted::default() }));
        let started = tokio::time::Instant::now();
        assert_eq!(written(&till, then).await.body, format!("\"{said}\""), "{then}");
        assert_eq!(till.0.taken_back.load(Ordering::SeqCst), taken_back, "{then}");
        assert!(started.elapsed().as_millis() <= 4500, "{then}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_limiters_refusal_comes_first_whatever_the_operation_says() {
    for then in ["", "fail"] {
        for (noted, said) in [
            (Noted { refuses: true, ..Noted::default() }, "many"),
            (Noted { cannot_count: true, ..Noted::default() }, "store"),
        ] {
            let till = Till(Arc::new(noted));
            assert_eq!(written(&till, then).await.body, format!("\"{said}\""), "{then}");
            assert!(till.0.written.load(Ordering::SeqCst), "the operation runs beside the limiter");
            assert!(till.0.taken_back.load(Ordering::SeqCst), "{then}");
        }
    }
}
