//! The invocations that wait for a function, and how each ends.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Result;
use axum::body::Bytes;
use tokio::sync::{Mutex, mpsc, oneshot, watch};

use crate::{random, template::Function};

/// Why an invocation gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The function itself reported an error.
    #[error("{error_type}: {message}")]
    Function {
        /// The kind of the error, as the function names it.
        error_type: String,
        /// What it says.
        message: String,
    },
    /// The function did not answer in its time, and its process was killed.
    #[error("Task timed out after {:.2} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The process ended before it answered.
    #[error("Runtime exited without providing a reason")]
    Died,
    /// The process ended before it asked for work.
    #[error("The process could not start: {0}")]
    Init(String),
}

/// One function's queue, shared by its processes: each takes one invocation at a time.
#[derive(Debug)]
pub struct Queue {
    function: Function,
    waiting: mpsc::UnboundedSender<Invocation>,
    next: Mutex<mpsc::UnboundedReceiver<Invocation>>,
    ready: watch::Sender<bool>,
}

/// An event on its way to a process.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) id: String,
    pub(crate) trace_id: String,
    pub(crate) event: Bytes,
    pub(crate) answer: oneshot::Sender<Result<Bytes, InvokeError>>,
}

impl Queue {
    /// An empty queue for `function`.
    #[must_use]
    pub fn new(function: Function) -> Arc<Self> {
        let (waiting, next) = mpsc::unbounded_channel();
        Arc::new(Self { function, waiting, next: Mutex::new(next), ready: watch::Sender::new(false) })
    }

    /// Whose queue this is.
    #[must_use]
    pub const fn function(&self) -> &Function {
        &self.function
    }

    /// Has `event` handled by the next process that is free.
    ///
    /// # Errors
    /// When no process could answer: see [`InvokeError`].
    pub async fn invoke(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        let (answer, answered) = oneshot::channel();
        let ids = new_id().and_then(|id| Ok((id, new_trace_id()?)));
        let (id, trace_id) = ids.map_err(|error| InvokeError::Init(error.to_string()))?;
        // Sending fails only without a receiver, and `self` holds it.
        let _ = self.waiting.send(Invocation { id, trace_id, event, answer });
        answered.await.unwrap_or(Err(InvokeError::Died))
    }

    /// Waits until a process has asked for work for the first time.
    pub async fn ready(&self) {
        // This fails only without a sender, and `self` holds it.
        let _ = self.ready.subscribe().wait_for(|ready| *ready).await;
    }

    /// Whether a process has asked for work.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    /// The next invocation that somebody still waits for.
    pub(crate) async fn take(&self) -> Option<Invocation> {
        self.ready.send_replace(true);
        let mut next = self.next.lock().await;
        loop {
            let invocation = next.recv().await?;
            if !invocation.answer.is_closed() {
                return Some(invocation);
            }
        }
    }

    /// Ends all that wait: there is no process that could take them.
    pub(crate) fn fail_waiting(&self, error: &InvokeError) {
        // Held by a process that waits for work: then nothing is waiting for a process.
        let Ok(mut next) = self.next.try_lock() else { return };
        while let Ok(invocation) = next.try_recv() {
            // The caller may have gone away.
            let _ = invocation.answer.send(Err(error.clone()));
        }
    }
}

/// A request id in the form that Lambda gives.
fn new_id() -> Result<String> {
    let hex = random::hex(16)?;
    Ok(format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]))
}

fn new_trace_id() -> Result<String> {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    Ok(format!("Root=1-{seconds:08x}-{};Parent={};Sampled=0", random::hex(12)?, random::hex(8)?))
}
