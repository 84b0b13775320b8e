//! What the framework answers by itself, in the words of a dialect made for these tests.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::future::pending;

use runtime::{
    Answer, Anyone, Bare, Caller, Cors, Dialect, Endpoint, Event, Fields, Input, Malformed, Manner, NoInput, Output,
    Refusal, Refused, Request, Route, Security, respond,
};
use serde_json::{Value, json};
use shared::config::{Config, Origins};
use shared::limit::Quota;
use shared::store::StoreError;

struct Plain;

#[derive(Debug)]
struct Error(&'static str);

impl Dialect for Plain {
    const NAME: &'static str = "plain";
    type Error = Error;
    const REFUSALS: &'static [Error] = &[];
    const CORS_HEADERS: &'static str = "content-type";

    fn quota(config: &Config) -> Quota {
        *config.rate_limit_default
    }

    fn cors(_: &Origins) -> Cors<'_> {
        Cors::Callers
    }
}

impl Refused for Error {
    fn answer(&self, _: Manner) -> Answer {
        Answer::json(if self.0 == "slow" { 503 } else { 400 }, &json!(self.0))
    }

    fn cause(&self) -> Option<String> {
        None
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self(match refusal {
            Refusal::TooManyRequests { .. } => "many",
            Refusal::NotFound => "not found",
            Refusal::BodyTooLarge => "large",
            Refusal::TooSlow => "slow",
            Refusal::Panicked => "panic",
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

impl<E: Endpoint<Ctx = Bare, Dialect = Plain>> Caller<E> for Shop {
    const SECURITY: &'static [Security] = &[];

    async fn identify(_: &Bare, request: &Request) -> Result<Self, Error> {
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
        Ok(Fields::parse(request.body()).map(|_| Self)?)
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
            const REFUSALS: &'static [Error] = &[];
            type Dialect = Plain;
            type Ctx = Bare;
            type Caller = $caller;
            type Input = $input;
            type Loaded = ();
            type Output = Said;

            async fn load(_: &Bare, _: &$caller, _: &$input) -> Result<(), Error> {
                Ok(())
            }

            async fn call(_: &Bare, _: $caller, _: $input, (): ()) -> Result<Said, Error> {
                $call
            }
        }
    };
}

endpoint!(Panics, Anyone, NoInput, panic!("a secret: hunter2"));
endpoint!(Hangs, Anyone, NoInput, pending().await);
endpoint!(Reads, Shop, Body, Ok(Said("read")));

async fn answer<E: Endpoint<Ctx = Bare>>(event: Value) -> Answer {
    respond::<E>(&Bare, serde_json::from_value::<Event>(event).expect("an event")).await
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
