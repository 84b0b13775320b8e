//! Each fault, as a client of the service behind the proxy sees it.

mod support;

use std::time::Duration;

use local::{
    engine::Engine,
    faults::{Fault, FaultProxy, On, Times},
};
use serde_json::{Value, json};
use support::dynamodb;
use tokio::time::Instant;

/// An engine with a proxy before it.
struct Faulty {
    proxy: FaultProxy,
    engine: Engine,
}

impl Faulty {
    fn start() -> anyhow::Result<Self> {
        let engine = Engine::for_test()?;
        Ok(Self { proxy: FaultProxy::start(&engine.endpoint())?, engine })
    }

    async fn put(&self) -> anyhow::Result<support::Answer> {
        dynamodb(&self.proxy.endpoint(), "PutItem", json!({ "TableName": "core", "Item": key() })).await
    }

    /// Whether the item is there, asked behind the proxy's back.
    async fn item_is_there(&self) -> anyhow::Result<bool> {
        let get = json!({ "TableName": "core", "Key": key() });
        Ok(dynamodb(&self.engine.endpoint(), "GetItem", get).await?.1.get("Item").is_some())
    }
}

fn key() -> Value {
    json!({ "pk": { "S": "a" }, "sk": { "S": "b" } })
}

#[tokio::test]
async fn without_a_fault_a_call_passes_and_is_counted() {
    let faulty = Faulty::start().unwrap();
    assert_eq!(faulty.put().await.unwrap().0, 200);
    assert_eq!(faulty.put().await.unwrap().0, 200);
    assert_eq!(faulty.proxy.calls()["PutItem"], 2);
    faulty.proxy.reset_calls();
    assert!(faulty.proxy.calls().is_empty());
}

#[tokio::test]
async fn a_throttled_call_is_not_carried_out() {
    let faulty = Faulty::start().unwrap();
    faulty.proxy.inject(Fault::Throttle, On::operation("PutItem"), Times::Once);
    let (status, error) = faulty.put().await.unwrap();
    assert_eq!(status, 400);
    assert_eq!(error["__type"], "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException");
    assert!(!faulty.item_is_there().await.unwrap());
    assert_eq!(faulty.put().await.unwrap().0, 200, "once is once");
}

#[tokio::test]
async fn an_internal_error_is_a_500_and_is_not_carried_out() {
    let faulty = Faulty::start().unwrap();
    faulty.proxy.inject(Fault::InternalError, On::any(), Times::Once);
    assert_eq!(faulty.put().await.unwrap().0, 500);
    assert!(!faulty.item_is_there().await.unwrap());
}

#[tokio::test]
async fn a_dropped_call_never_arrives() {
    let faulty = Faulty::start().unwrap();
    faulty.proxy.inject(Fault::Drop, On::path("/"), Times::Once);
    assert!(faulty.put().await.is_err());
    assert!(!faulty.item_is_there().await.unwrap());
    assert_eq!(faulty.proxy.calls()["PutItem"], 1);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_write() {
    let faulty = Faulty::start().unwrap();
    faulty.proxy.inject(Fault::AnswerLost, On::operation("PutItem"), Times::Once);
    assert!(faulty.put().await.is_err());
    assert!(faulty.item_is_there().await.unwrap());
}

#[tokio::test]
async fn garbage_is_a_200_that_is_no_json() {
    let faulty = Faulty::start().unwrap();
    faulty.proxy.inject(Fault::Garbage, On::operation("PutItem"), Times::Once);
    assert!(faulty.put().await.is_err());
    assert!(!faulty.item_is_there().await.unwrap());
}

#[tokio::test]
async fn a_conflict_is_worded_for_a_write_and_for_a_transaction() {
    let faulty = Faulty::start().unwrap();
    faulty.proxy.inject(Fault::Conflict, On::any(), Times::Exactly(2));
    let (status, error) = faulty.put().await.unwrap();
    assert_eq!(status, 400);
    assert_eq!(error["__type"], "com.amazonaws.dynamodb.v20120810#TransactionConflictException");

    let put = json!({ "Put": { "TableName": "core", "Item": key() } });
    let transaction = json!({ "TransactItems": [put, put] });
    let (status, error) = dynamodb(&faulty.proxy.endpoint(), "TransactWriteItems", transaction).await.unwrap();
    assert_eq!(status, 400);
    assert_eq!(error["__type"], "com.amazonaws.dynamodb.v20120810#TransactionCanceledException");
    let codes: Vec<_> = error["CancellationReasons"].as_array().unwrap().iter().map(|reason| &reason["Code"]).collect();
    assert_eq!(codes, ["TransactionConflict", "None"]);
    assert!(!faulty.item_is_there().await.unwrap());
    assert_eq!(faulty.proxy.pending(), 0);
}

#[tokio::test]
async fn a_slow_call_and_added_latency_answer_later() {
    let faulty = Faulty::start().unwrap();
    let delay = Duration::from_millis(30);
    faulty.proxy.inject(Fault::Slow(delay), On::any(), Times::Once);
    faulty.proxy.set_latency(delay);
    let before = Instant::now();
    assert_eq!(faulty.put().await.unwrap().0, 200);
    assert!(before.elapsed() >= 2 * delay);
}

#[tokio::test]
async fn forever_lasts_until_healed_and_spares_other_operations() {
    let faulty = Faulty::start().unwrap();
    faulty.proxy.inject(Fault::InternalError, On::operation("PutItem"), Times::Forever);
    for _ in 0..5 {
        assert_eq!(faulty.put().await.unwrap().0, 500);
    }
    assert_eq!(dynamodb(&faulty.proxy.endpoint(), "ListTables", json!({})).await.unwrap().0, 200);
    faulty.proxy.heal();
    assert_eq!(faulty.put().await.unwrap().0, 200);
}
