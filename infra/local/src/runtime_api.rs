//! The Lambda Runtime API (2018-06-01), one per process: the process asks for its next event and posts the answer.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use anyhow::Result;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};

use crate::{
    queue::{Invocation, InvokeError, Queue},
    server::Server,
};

/// The largest answer that Lambda takes: 6 MB and some room.
const MAX_RESPONSE: usize = 6_291_556;

/// One process's Runtime API. Dropping it fails the invocation that the process was given and has not answered.
#[derive(Debug)]
pub struct RuntimeApi {
    server: Server,
    state: Arc<Process>,
}

#[derive(Debug)]
struct Process {
    queue: Arc<Queue>,
    current: Mutex<Option<InFlight>>,
    has_asked: AtomicBool,
    expired: Notify,
    init_error: Mutex<Option<String>>,
}

#[derive(Debug)]
struct InFlight {
    id: String,
    answer: oneshot::Sender<Result<Bytes, InvokeError>>,
}

impl RuntimeApi {
    /// Listens on any port for one process that takes its work from `queue`.
    ///
    /// # Errors
    /// When the operating system has no port or thread left.
    pub fn start(queue: Arc<Queue>) -> Result<Self> {
        let state = Arc::new(Process {
            queue,
            current: Mutex::new(None),
            has_asked: AtomicBool::new(false),
            expired: Notify::new(),
            init_error: Mutex::new(None),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&state));
        Ok(Self { server: Server::router(0, "runtime-api", router)?, state })
    }

    /// The value for `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// True once the process has asked for work: its initialisation is over.
    #[must_use]
    pub fn has_asked(&self) -> bool {
        self.state.has_asked.load(Ordering::Acquire)
    }

    /// Why the process says that it could not start.
    #[must_use]
    pub fn init_error(&self) -> Option<String> {
        lock(&self.state.init_error).clone()
    }

    /// Waits until an invocation has taken longer than the function may. It has then failed; the process is to be killed.
    pub async fn expired(&self) {
        self.state.expired.notified().await;
    }
}

impl Process {
    /// The invocation named `id`, if that is what the process is at.
    fn finish(&self, id: &str) -> Option<InFlight> {
        let mut current = lock(&self.current);
        current.take_if(|in_flight| in_flight.id == id)
    }

    /// Notes what the process is at from now on, and ends it when its time is over.
    fn begin(self: &Arc<Self>, id: &str, answer: oneshot::Sender<Result<Bytes, InvokeError>>) {
        *lock(&self.current) = Some(InFlight { id: id.to_owned(), answer });
        let (process, id, timeout) = (Arc::clone(self), id.to_owned(), self.timeout());
        tokio::spawn(async move {
            tokio::time::sleep(timeout).await;
            if let Some(in_flight) = process.finish(&id) {
                let _ = in_flight.answer.send(Err(InvokeError::TimedOut(timeout)));
                process.expired.notify_one();
            }
        });
    }

    fn timeout(&self) -> Duration {
        self.queue.function().timeout
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is held stays whole when a panic interrupts its holder.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn next(State(process): State<Arc<Process>>) -> Response {
    process.has_asked.store(true, Ordering::Release);
    let Some(invocation) = process.queue.take().await else {
        return refusal(StatusCode::GONE, "QueueClosed", "There is no more work.");
    };
    let headers = match headers_of(&invocation, &process) {
        Ok(headers) => headers,
        Err(error) => return refusal(StatusCode::INTERNAL_SERVER_ERROR, "InvalidHeader", &error.to_string()),
    };
    process.begin(&invocation.id, invocation.answer);
    (headers, Body::from(invocation.event)).into_response()
}

fn headers_of(invocation: &Invocation, process: &Process) -> Result<HeaderMap> {
    let deadline = SystemTime::now() + process.timeout();
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{}", process.queue.function().name);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", &invocation.id),
        ("lambda-runtime-deadline-ms", &deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", &arn),
        ("lambda-runtime-trace-id", &invocation.trace_id),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
    }
    Ok(headers)
}

async fn response(State(process): State<Arc<Process>>, Path(id): Path<String>, body: Bytes) -> Response {
    let Some(in_flight) = process.finish(&id) else { return unknown(&id) };
    if body.len() > MAX_RESPONSE {
        let message = format!("Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE} bytes).");
        let error =
            InvokeError::Function { error_type: "Function.ResponseSizeTooLarge".to_owned(), message: message.clone() };
        let _ = in_flight.answer.send(Err(error));
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message);
    }
    // The caller may have gone away; Lambda does not tell the function either.
    let _ = in_flight.answer.send(Ok(body));
    accepted()
}

async fn error(
    State(process): State<Arc<Process>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(in_flight) = process.finish(&id) else { return unknown(&id) };
    let (error_type, message) = describe(&headers, &body);
    let _ = in_flight.answer.send(Err(InvokeError::Function { error_type, message }));
    accepted()
}

async fn init_error(State(process): State<Arc<Process>>, headers: HeaderMap, body: Bytes) -> Response {
    let (error_type, message) = describe(&headers, &body);
    *lock(&process.init_error) = Some(format!("{error_type}: {message}"));
    accepted()
}

/// The type and message of an error that a function reports.
fn describe(headers: &HeaderMap, body: &[u8]) -> (String, String) {
    let report: Value = serde_json::from_slice(body).unwrap_or_default();
    let header = headers.get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
    let error_type = report["errorType"].as_str().or(header).unwrap_or("Unhandled");
    (error_type.to_owned(), report["errorMessage"].as_str().unwrap_or_default().to_owned())
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, axum::Json(json!({ "status": "OK" }))).into_response()
}

fn unknown(id: &str) -> Response {
    refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", &format!("Invalid request ID: {id}"))
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response {
    (status, axum::Json(json!({ "errorType": error_type, "errorMessage": message }))).into_response()
}
