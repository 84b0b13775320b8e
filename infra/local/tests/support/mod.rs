//! What several of these tests need.

#![expect(dead_code, reason = "each test uses its part of it")]

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result};
use local::{
    gateway::{Gateway, Handled},
    queue::Queue,
    runtime_api::RuntimeApi,
    template::{Function, Route},
};
use serde_json::Value;

/// A client that keeps to the loopback interface whatever the developer's proxy settings are.
pub(crate) fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?)
}

/// An answer: its status and its body.
pub(crate) type Answer = (u16, Value);

/// Calls `DynamoDB` as its SDK does, as far as the engine looks.
pub(crate) async fn dynamodb(endpoint: &str, operation: &str, body: Value) -> Result<Answer> {
    let answer = client()?
        .post(endpoint)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("x-amz-date", "20260101T000000Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0",
        )
        .body(body.to_string())
        .send()
        .await?;
    let status = answer.status().as_u16();
    Ok((status, answer.json().await.context("the body is not JSON")?))
}

/// A function named `echo` with `routes`.
pub(crate) fn function(routes: &[(&str, &str)], timeout: Duration) -> Function {
    let route = |(method, path): &(&str, &str)| Route { method: (*method).to_owned(), path: (*path).to_owned() };
    Function {
        logical_id: "EchoFunction".to_owned(),
        name: "echo".to_owned(),
        program: "echo".to_owned(),
        memory_mb: 256,
        timeout,
        environment: BTreeMap::new(),
        routes: routes.iter().map(route).collect(),
        streams: Vec::new(),
        queues: Vec::new(),
    }
}

/// A gateway before one function that is a closure of the test, behind a real Runtime API.
pub(crate) struct Stage {
    pub(crate) gateway: Gateway,
    pub(crate) handled: Arc<Mutex<Vec<Handled>>>,
    _function: tokio::task::JoinHandle<()>,
}

impl Stage {
    /// `answer` is given each event and says what the function posts as its result.
    pub(crate) fn start(routes: &[(&str, &str)], answer: fn(&Value) -> String) -> Result<Self> {
        let queue = Queue::new(function(routes, Duration::from_secs(10)));
        let handled = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&handled);
        let observer = Arc::new(move |request: &Handled| {
            if let Ok(mut seen) = seen.lock() {
                seen.push(request.clone());
            }
        });
        let gateway = Gateway::start(0, &[Arc::clone(&queue)], observer)?;
        let api = RuntimeApi::start(queue)?;
        let function = tokio::spawn(async move {
            // It ends with the test.
            let _ = serve(&api, answer).await;
        });
        Ok(Self { gateway, handled, _function: function })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.gateway.url())
    }
}

async fn serve(api: &RuntimeApi, answer: fn(&Value) -> String) -> Result<()> {
    let client = client()?;
    let base = format!("http://{}/2018-06-01/runtime/invocation", api.address());
    loop {
        let next = client.get(format!("{base}/next")).send().await?;
        let id = next.headers()["lambda-runtime-aws-request-id"].to_str()?.to_owned();
        let result = answer(&next.json().await?);
        client.post(format!("{base}/{id}/response")).body(result).send().await?;
    }
}

/// The path of an example of this package, which `cargo test` builds beside the tests unless it is told which targets.
pub(crate) fn example(name: &str) -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let profile = test.ancestors().nth(2).context("no target directory")?;
    let path = profile.join("examples").join(name);
    anyhow::ensure!(path.exists(), "{} is not built: run cargo build --workspace --examples", path.display());
    Ok(path)
}
