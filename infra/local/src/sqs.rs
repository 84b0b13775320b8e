//! SQS in this process: messages that are put in, hidden, and handed to the functions of their queue, as Lambda's event source mappings
//! do. It is in memory. What a run lost is put in again from the tables' streams, which the next one reads from their beginning.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::queue::Queue;
use crate::random;
use crate::server::Server;

/// How often a queue is looked at that had nothing to hand over.
const PAUSE: Duration = Duration::from_millis(200);

/// How many messages are handed over at once.
const BATCH: usize = 10;

/// How long a message is hidden that was handed over, where nobody says otherwise. On AWS this is minutes, for the sake of functions
/// that crash.
const HIDDEN: Duration = Duration::from_secs(30);

/// The running queues; they end when dropped.
#[derive(Debug)]
pub struct Sqs {
    server: Server,
    messages: Messages,
}

/// What hands messages over. It ends when dropped.
#[derive(Debug)]
pub struct Mappings {
    _readers: JoinSet<()>,
}

/// A message in a queue.
#[derive(Clone, Debug)]
struct Message {
    queue: String,
    /// Also its receipt, which SQS makes again each time.
    id: String,
    body: String,
    visible: Instant,
}

/// All messages of all queues, in the order in which they came.
#[derive(Clone, Debug, Default)]
struct Messages(Arc<Mutex<Vec<Message>>>);

impl Sqs {
    /// Empty queues, on any port: a queue is there once it is named.
    ///
    /// # Errors
    /// When the operating system has no port left.
    pub fn start() -> Result<Self> {
        let messages = Messages::default();
        let router = Router::new().route("/", post(answer)).with_state(messages.clone());
        Ok(Self { server: Server::router(0, "queues", router)?, messages })
    }

    /// The URL to give to the SQS client.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.server.url()
    }

    /// The texts of the messages in a queue, also of hidden ones.
    #[must_use]
    pub fn bodies(&self, queue: &str) -> Vec<String> {
        let messages = self.messages.lock();
        messages.iter().filter(|message| message.queue == queue).map(|message| message.body.clone()).collect()
    }

    /// For how long each message of a queue is still hidden, to the second.
    #[must_use]
    pub fn hidden(&self, queue: &str) -> Vec<Duration> {
        let now = Instant::now();
        let messages = self.messages.lock();
        let of_queue = messages.iter().filter(|message| message.queue == queue);
        of_queue.map(|message| message.visible.saturating_duration_since(now)).collect()
    }

    /// The event that a function of the queue would be handed now; the messages in it are hidden from then on.
    #[must_use]
    pub fn event(&self, queue: &str) -> Option<Value> {
        event(&self.messages.take(queue))
    }

    /// Removes the messages of an event that its function took: those that it does not name in its answer.
    pub fn finish(&self, event: &Value, answer: &Value) {
        self.messages.finish(event, answer);
    }

    /// Makes all messages visible, as if time had passed.
    pub fn reveal(&self) {
        let now = Instant::now();
        self.messages.lock().iter_mut().for_each(|message| message.visible = now);
    }

    /// Hands the messages of the queues over to the functions whose events they are. Needs a Tokio runtime.
    #[must_use]
    pub fn feed(&self, functions: &[Arc<Queue>]) -> Mappings {
        let mut readers = JoinSet::new();
        for function in functions {
            for queue in &function.function().queues {
                readers.spawn(hand_over(self.messages.clone(), queue.clone(), Arc::clone(function)));
            }
        }
        Mappings { _readers: readers }
    }
}

impl Messages {
    fn lock(&self) -> MutexGuard<'_, Vec<Message>> {
        // A panic elsewhere leaves a list that is still a list.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out what is visible, and hides it.
    fn take(&self, queue: &str) -> Vec<Message> {
        let now = Instant::now();
        let mut messages = self.lock();
        let visible = messages.iter_mut().filter(|message| message.queue == queue && message.visible <= now);
        visible
            .take(BATCH)
            .map(|message| {
                message.visible = now + HIDDEN;
                message.clone()
            })
            .collect()
    }

    fn finish(&self, event: &Value, answer: &Value) {
        let of = |list: &Value, name: &str| -> Vec<Value> {
            list.as_array().into_iter().flatten().map(|one| one[name].clone()).collect()
        };
        let taken = of(&event["Records"], "messageId");
        let refused = of(&answer["batchItemFailures"], "itemIdentifier");
        let is_done = |id: &str| taken.iter().any(|taken| taken == id) && !refused.iter().any(|refused| refused == id);
        self.lock().retain(|message| !is_done(&message.id));
    }
}

fn event(taken: &[Message]) -> Option<Value> {
    let record = |message: &Message| {
        json!({
            "messageId": message.id,
            "receiptHandle": message.id,
            "body": message.body,
            "attributes": {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:123456789012:{}", message.queue),
            "awsRegion": "us-east-1",
        })
    };
    (!taken.is_empty()).then(|| json!({"Records": taken.iter().map(record).collect::<Vec<_>>()}))
}

async fn hand_over(messages: Messages, queue: String, function: Arc<Queue>) {
    loop {
        let Some(event) = event(&messages.take(&queue)) else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Of one that failed, the messages come again once they are visible.
        if let Ok(answer) = function.invoke(event.to_string().into()).await {
            messages.finish(&event, &serde_json::from_slice(&answer).unwrap_or_default());
        }
    }
}

/// The two calls that the functions make, in the JSON protocol of SQS.
async fn answer(State(messages): State<Messages>, headers: HeaderMap, body: String) -> Response {
    let operation = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let answered = match operation {
        "AmazonSQS.SendMessage" => send(&messages, &body),
        "AmazonSQS.ChangeMessageVisibility" => hide(&messages, &body),
        _ => Err(anyhow::anyhow!("{operation} is not a call that is known here")),
    };
    match answered {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => {
            let refused = json!({"__type": "com.amazonaws.sqs#InvalidRequest", "message": format!("{error:#}")});
            (StatusCode::BAD_REQUEST, Json(refused)).into_response()
        }
    }
}

fn send(messages: &Messages, request: &str) -> Result<Value> {
    let request: Value = serde_json::from_str(request)?;
    let text = |name: &str| request[name].as_str().map(str::to_owned).with_context(|| format!("{name} is missing"));
    let message =
        Message { queue: text("QueueUrl")?, id: random::hex(16)?, body: text("MessageBody")?, visible: Instant::now() };
    let answer = json!({"MessageId": message.id, "MD5OfMessageBody": "d41d8cd98f00b204e9800998ecf8427e"});
    messages.lock().push(message);
    Ok(answer)
}

fn hide(messages: &Messages, request: &str) -> Result<Value> {
    let request: Value = serde_json::from_str(request)?;
    let seconds = request["VisibilityTimeout"].as_u64().filter(|seconds| *seconds <= 43_200);
    let hidden = Duration::from_secs(seconds.context("VisibilityTimeout is not 0 to 43200")?);
    let mut messages = messages.lock();
    let held = messages.iter_mut().find(|message| request["ReceiptHandle"] == message.id.as_str());
    held.context("ReceiptHandle is of no message")?.visible = Instant::now() + hidden;
    Ok(json!({}))
}
