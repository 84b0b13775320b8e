//! Real processes: the `echo` example behind queues, as the functions are run.

mod support;

use std::{collections::BTreeMap, io::Read, net::TcpListener, process::Command, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use local::{
    process::{Event, Launch, Observer, Processes},
    queue::{InvokeError, Queue},
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// `echo` running behind a queue.
struct Echo {
    queue: Arc<Queue>,
    events: mpsc::UnboundedReceiver<Event>,
    _processes: Processes,
}

impl Echo {
    fn start(count: usize, timeout: Duration, environment: &[(&str, &str)]) -> Result<Self> {
        let queue = Queue::new(support::function(&[], timeout));
        let (tell, events) = mpsc::unbounded_channel();
        let observer: Observer = Arc::new(move |_, event| {
            // A test that has seen enough no longer listens.
            let _ = tell.send(event);
        });
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>();
        let launch = Launch { program: support::example("echo")?, environment };
        let processes = Processes::start(&launch, &queue, count, &observer);
        Ok(Self { queue, events, _processes: processes })
    }

    async fn ask(&self, path: &str) -> Result<Value, InvokeError> {
        let result = self.queue.invoke(json!({ "rawPath": path }).to_string().into()).await?;
        Ok(serde_json::from_slice(&result).unwrap_or_default())
    }

    async fn wait_for(&mut self, wanted: impl Fn(&Event) -> bool) -> Result<Event> {
        loop {
            let event = self.events.recv().await.context("the processes are gone")?;
            if wanted(&event) {
                return Ok(event);
            }
        }
    }
}

const LONG: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_process_answers_and_its_lines_are_handed_on() {
    let mut echo = Echo::start(1, LONG, &[]).unwrap();
    echo.queue.ready().await;
    assert_eq!(echo.ask("/x").await.unwrap()["event"], json!({ "rawPath": "/x" }));
    echo.wait_for(|event| *event == Event::Line("echo starts".to_owned())).await.unwrap();
}

#[tokio::test]
async fn a_dead_process_fails_its_invocation_at_once_and_is_replaced() {
    let mut echo = Echo::start(1, LONG, &[]).unwrap();
    assert_eq!(echo.ask("/crash").await, Err(InvokeError::Died));
    let ended = echo.wait_for(|event| matches!(event, Event::Ended { .. })).await.unwrap();
    assert!(matches!(&ended, Event::Ended { how, .. } if how.contains('3')), "{ended:?}");
    assert!(echo.ask("/x").await.is_ok());
}

#[tokio::test]
async fn a_process_that_takes_too_long_is_killed_and_replaced() {
    let timeout = Duration::from_millis(200);
    let mut echo = Echo::start(1, timeout, &[]).unwrap();
    assert_eq!(echo.ask("/hang").await, Err(InvokeError::TimedOut(timeout)));
    echo.wait_for(|event| *event == Event::Killed).await.unwrap();
    assert!(echo.ask("/x").await.is_ok());
}

#[tokio::test]
async fn an_error_of_the_handler_leaves_the_process_alive() {
    let echo = Echo::start(1, LONG, &[]).unwrap();
    let before = echo.ask("/x").await.unwrap()["pid"].clone();
    assert!(matches!(echo.ask("/fail").await, Err(InvokeError::Function { .. })));
    assert_eq!(echo.ask("/x").await.unwrap()["pid"], before);
}

#[tokio::test]
async fn a_process_that_cannot_start_fails_who_waits_for_it() {
    let echo = Echo::start(1, LONG, &[("ECHO_FAILS", "1")]).unwrap();
    assert!(matches!(echo.ask("/x").await, Err(InvokeError::Init(_))));
}

#[tokio::test]
async fn while_one_process_hangs_the_other_works_through_the_queue() {
    let echo = Echo::start(2, LONG, &[]).unwrap();
    let (queue, hanging) = (Arc::clone(&echo.queue), json!({ "rawPath": "/hang" }).to_string());
    let hung = tokio::spawn(async move { queue.invoke(hanging.into()).await });
    for _ in 0..5 {
        assert!(echo.ask("/x").await.is_ok());
    }
    assert!(!hung.is_finished());
}

#[tokio::test]
async fn a_process_has_lambdas_environment_and_not_the_developers() {
    let echo = Echo::start(1, LONG, &[("CORE_TABLE", "latchet-core"), ("AWS_REGION", "eu-west-1")]).unwrap();
    let answer = echo.ask("/environment").await.unwrap();
    let environment: BTreeMap<String, String> = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "echo"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("CORE_TABLE", "latchet-core"),
        ("AWS_REGION", "eu-west-1"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert!(!environment.contains_key("HOME") && !environment.contains_key("CARGO_MANIFEST_DIR"));
}

#[tokio::test]
async fn dropping_the_processes_ends_them() {
    let (listener, address) = listen().unwrap();
    let echo = Echo::start(1, LONG, &[("ECHO_ALIVE", &address)]).unwrap();
    echo.queue.ready().await;
    drop(echo);
    let ended = tokio::task::spawn_blocking(move || ends(&listener));
    assert!(ended.await.unwrap().unwrap());
}

#[test]
fn a_process_ends_by_itself_when_its_parent_is_killed() {
    let (listener, address) = listen().unwrap();
    let mut host = Command::new(support::example("host").unwrap())
        .arg(support::example("echo").unwrap())
        .arg(address)
        .spawn()
        .unwrap();
    let (mut connection, _) = listener.accept().unwrap();
    host.kill().unwrap();
    host.wait().unwrap();
    // Nothing is ever sent: this returns when echo is gone.
    assert_eq!(connection.read(&mut [0]).unwrap_or(0), 0);
}

fn listen() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    Ok((listener, address))
}

/// Waits until the process that connected is gone.
fn ends(listener: &TcpListener) -> Result<bool> {
    let (mut connection, _) = listener.accept()?;
    Ok(connection.read(&mut [0]).unwrap_or(0) == 0)
}
