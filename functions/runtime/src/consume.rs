//! The main function of consumers of streams and queues, which have events instead of requests, and no caller who waits.

use std::pin::Pin;
use std::process::ExitCode;

use lambda_http::lambda_runtime::Runtime;
use lambda_http::{Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;
use shared::config::ConfigError;

use crate::message::Message;
use crate::serve::give_up;
use crate::telemetry;

/// A function that is handed events.
pub trait Consumer: Sized + 'static {
    /// Why an event has to be delivered again.
    type Failed: std::fmt::Display;

    /// What Lambda is told of the event: which parts of it are to be delivered again, where it is of parts.
    type Taken: serde::Serialize + 'static;

    /// Makes the surroundings from the process's environment.
    ///
    /// # Errors
    /// What the deployment has to put right.
    fn start() -> impl Future<Output = Result<Self, ConfigError>>;

    /// Does what follows from the event, given as JSON.
    ///
    /// # Errors
    /// When it has to be delivered again.
    fn take(&self, event: &str) -> impl Future<Output = Result<Self::Taken, Self::Failed>>;
}

/// An event, while it is taken.
type Taking<'a, C> = Pin<Box<dyn Future<Output = Result<<C as Consumer>::Taken, <C as Consumer>::Failed>> + 'a>>;

/// Hands events to `C` until Lambda ends the process.
#[must_use]
pub fn consume<C: Consumer>() -> ExitCode {
    telemetry::log_panics();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return give_up(Message::NoAsyncRuntime, &error),
    };
    runtime.block_on(async {
        let consumer = match C::start().await {
            Ok(consumer) => consumer,
            Err(error) => return give_up(Message::NotConfigured, &error),
        };
        let consumer = &consumer;
        let handler = service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
            // Boxed, as in `serve`: the runtime around a handler is too deep for the compiler.
            let taken: Taking<'_, C> = Box::pin(consumer.take(event.payload.get()));
            match taken.await {
                Ok(taken) => Ok::<_, Error>(taken),
                Err(error) => {
                    telemetry::warn(Message::EventComesAgain, &error);
                    Err(Error::from(error.to_string()))
                }
            }
        });
        match Box::pin(Runtime::new(handler).run()).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => give_up(Message::RuntimeApiGone, &error),
        }
    })
}

/// Logs that something of an event is passed over. It counts as a failure, for it does not come again.
pub fn lost(message: Message, cause: &dyn std::fmt::Display) {
    telemetry::lost(message, cause);
}

/// Logs that a part of an event was not taken, and comes again.
pub fn again(message: Message, cause: &dyn std::fmt::Display) {
    telemetry::warn(message, cause);
}
