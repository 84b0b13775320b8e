//! From a process to a Lambda function.

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, Runtime, service_fn};

use crate::context::Context;
use crate::edge;
use crate::event::Event;
use crate::function::Function;
use crate::telemetry;

/// Serves `F` until Lambda ends the process. On one thread: an environment has one request at a time, and a second
/// thread would only cost a wake-up per request.
#[must_use]
pub fn serve<F: Function>() -> ExitCode {
    telemetry::log_panics();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return give_up("the async runtime did not start", &error),
    };
    runtime.block_on(async {
        let ctx = match F::Ctx::start().await {
            Ok(ctx) => ctx,
            Err(error) => return give_up("the function is not configured", &error),
        };
        let edge = match shared::config::edge() {
            Ok(edge) => edge,
            Err(error) => return give_up("the function is not configured", &error),
        };
        F::prepare(&ctx);
        if let Err(error) = ctx.complete() {
            return give_up("the function is not configured", &error);
        }
        let handler = service_fn(|event: LambdaEvent<Event>| async {
            let answer = match edge::admit(edge.as_ref(), event.payload) {
                Ok(event) => F::respond(&ctx, event).await,
                Err(forbidden) => forbidden,
            };
            Ok::<_, std::convert::Infallible>(answer)
        });
        // Boxed, once per process: as one type, the runtime around a handler is too deep for the compiler.
        match Box::pin(Runtime::new(handler).run()).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => give_up("the Runtime API went away", &error),
        }
    })
}

fn give_up(message: &'static str, error: &dyn std::fmt::Display) -> ExitCode {
    telemetry::warn(message, error);
    ExitCode::FAILURE
}
