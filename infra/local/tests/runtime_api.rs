//! The Runtime API, as a process sees it.

mod support;

use std::{sync::Arc, time::Duration};

use local::{
    queue::{InvokeError, Queue},
    runtime_api::RuntimeApi,
};
use support::client;
use tokio::task::JoinHandle;

const HOUR: Duration = Duration::from_hours(1);

fn start(timeout: Duration) -> anyhow::Result<(Arc<Queue>, RuntimeApi)> {
    let queue = Queue::new(support::function(&[], timeout));
    let api = RuntimeApi::start(Arc::clone(&queue))?;
    Ok((queue, api))
}

fn url(api: &RuntimeApi, path: &str) -> String {
    format!("http://{}/2018-06-01/runtime/{path}", api.address())
}

fn invoke(queue: &Arc<Queue>, event: &'static str) -> JoinHandle<Result<String, InvokeError>> {
    let queue = Arc::clone(queue);
    tokio::spawn(async move { Ok(String::from_utf8_lossy(&queue.invoke(event.into()).await?).into_owned()) })
}

/// Takes the next event: its id and its body.
async fn next(api: &RuntimeApi) -> anyhow::Result<(String, String)> {
    let answer = client()?.get(url(api, "invocation/next")).send().await?;
    let id = answer.headers()["lambda-runtime-aws-request-id"].to_str()?.to_owned();
    Ok((id, answer.text().await?))
}

async fn post(api: &RuntimeApi, path: &str, body: &'static str) -> anyhow::Result<u16> {
    Ok(client()?.post(url(api, path)).body(body).send().await?.status().as_u16())
}

#[tokio::test]
async fn an_event_comes_with_all_headers() {
    let (queue, api) = start(HOUR).unwrap();
    let _invoked = invoke(&queue, "{}");
    let answer = client().unwrap().get(url(&api, "invocation/next")).send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("lambda-runtime-aws-request-id").len(), 36);
    assert!(header("lambda-runtime-deadline-ms").parse::<u64>().unwrap() > 1_700_000_000_000);
    assert_eq!(header("lambda-runtime-invoked-function-arn"), "arn:aws:lambda:us-east-1:123456789012:function:echo");
    assert!(header("lambda-runtime-trace-id").starts_with("Root=1-"));
    assert!(api.has_asked());
}

#[tokio::test]
async fn a_response_reaches_who_asked() {
    let (queue, api) = start(HOUR).unwrap();
    let invoked = invoke(&queue, "\"question\"");
    let (id, event) = next(&api).await.unwrap();
    assert_eq!(event, "\"question\"");
    assert_eq!(post(&api, &format!("invocation/{id}/response"), "\"answer\"").await.unwrap(), 202);
    assert_eq!(invoked.await.unwrap(), Ok("\"answer\"".to_owned()));
}

#[tokio::test]
async fn an_error_reaches_who_asked() {
    let (queue, api) = start(HOUR).unwrap();
    let invoked = invoke(&queue, "{}");
    let (id, _) = next(&api).await.unwrap();
    let report = r#"{"errorType":"Oops","errorMessage":"it broke"}"#;
    assert_eq!(post(&api, &format!("invocation/{id}/error"), report).await.unwrap(), 202);
    let error = InvokeError::Function { error_type: "Oops".to_owned(), message: "it broke".to_owned() };
    assert_eq!(invoked.await.unwrap(), Err(error));
}

#[tokio::test]
async fn an_answer_to_another_invocation_is_refused() {
    let (queue, api) = start(HOUR).unwrap();
    let _invoked = invoke(&queue, "{}");
    next(&api).await.unwrap();
    assert_eq!(post(&api, "invocation/other/response", "1").await.unwrap(), 400);
}

#[tokio::test]
async fn an_invocation_that_takes_too_long_fails_and_its_process_is_given_up() {
    let (queue, api) = start(Duration::from_millis(20)).unwrap();
    let invoked = invoke(&queue, "{}");
    let (id, _) = next(&api).await.unwrap();
    api.expired().await;
    assert_eq!(invoked.await.unwrap(), Err(InvokeError::TimedOut(Duration::from_millis(20))));
    assert_eq!(post(&api, &format!("invocation/{id}/response"), "1").await.unwrap(), 400, "too late");
}

#[tokio::test]
async fn a_dropped_runtime_api_fails_what_was_in_flight_and_leaves_the_rest() {
    let (queue, api) = start(HOUR).unwrap();
    let (first, second) = (invoke(&queue, "1"), invoke(&queue, "2"));
    let (_, event) = next(&api).await.unwrap();
    drop(api);
    let (lost, kept) = if event == "1" { (first, second) } else { (second, first) };
    assert_eq!(lost.await.unwrap(), Err(InvokeError::Died));

    let api = RuntimeApi::start(queue).unwrap();
    let (id, _) = next(&api).await.unwrap();
    post(&api, &format!("invocation/{id}/response"), "1").await.unwrap();
    assert_eq!(kept.await.unwrap(), Ok("1".to_owned()));
}

#[tokio::test]
async fn two_processes_share_a_queue() {
    let (queue, first) = start(HOUR).unwrap();
    let second = RuntimeApi::start(Arc::clone(&queue)).unwrap();
    let invoked = [invoke(&queue, "1"), invoke(&queue, "2")];
    // Both are at work at the same time.
    let (one, _) = next(&first).await.unwrap();
    let (two, _) = next(&second).await.unwrap();
    for (api, id) in [(&second, two), (&first, one)] {
        assert_eq!(post(api, &format!("invocation/{id}/response"), "1").await.unwrap(), 202);
    }
    for answer in invoked {
        assert_eq!(answer.await.unwrap(), Ok("1".to_owned()));
    }
}

#[tokio::test]
async fn an_init_error_is_kept_for_the_supervisor() {
    let (_queue, api) = start(HOUR).unwrap();
    let report = r#"{"errorType":"Config","errorMessage":"no table"}"#;
    assert_eq!(post(&api, "init/error", report).await.unwrap(), 202);
    assert_eq!(api.init_error().as_deref(), Some("Config: no table"));
}
