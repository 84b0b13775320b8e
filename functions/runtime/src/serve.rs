//! The main function of every binary: start, then answer events until the process ends.

use std::convert::Infallible;
use std::process::ExitCode;

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::lambda_runtime::Runtime;
use lambda_http::{LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::context::Context;
use crate::edge;
use crate::event::read_event;
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
        let (ctx, edge) = (&ctx, edge.as_ref());
        // The event as text: what does not parse is a client's 400 and not a failure of the function, which would count in the
        // alarm that takes a deploy back.
        let handler = service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
            let event = read_event(event.payload.get()).map_err(|_| Answer::empty(400));
            let answer = match event.and_then(|event| edge::admit(edge, event)) {
                Ok(event) => F::respond(ctx, event).await,
                Err(refused) => refused,
            };
            Ok::<_, Infallible>(ApiGatewayV2httpResponse::from(answer))
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
