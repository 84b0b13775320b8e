//! The main function of every program: start, then answer events until the process ends.

use std::convert::Infallible;
use std::pin::Pin;
use std::process::ExitCode;

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::lambda_runtime::Runtime;
use lambda_http::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use shared::edge::Edge;

use crate::answer::Answer;
use crate::context::Context;
use crate::edge;
use crate::event::{Event, read_event};
use crate::function::Function;
use crate::message::Message;
use crate::reason::Reason;
use crate::telemetry;

/// A function of a program: the template's `Handler`, and the function that serves it.
pub type Handler = (&'static str, fn() -> ExitCode);

/// Serves the one of `handlers` that the template's `Handler` names. Lambda says it to the process as `_HANDLER`
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>).
///
/// The functions of an API are one program: docs/decisions/0161-one-program-per-api.md.
#[must_use]
pub fn serve_handler(handlers: &[Handler]) -> ExitCode {
    let name = shared::config::handler();
    let named = handlers.iter().find(|(handler, _)| Some(*handler) == name.as_deref());
    let Some((_, serve)) = named else {
        let known = handlers.iter().map(|(handler, _)| *handler).collect::<Vec<_>>().join(", ");
        return give_up(Message::WrongHandler, &format!("it has {known}"));
    };
    serve()
}

/// Serves `F` until Lambda ends the process. On one thread: an environment has one request at a time, and a second
/// thread would only cost a wake-up per request.
#[must_use]
pub fn serve<F: Function>() -> ExitCode {
    serve_in(F::prepare, |ctx, event| Box::pin(F::respond(ctx, event)))
}

/// Serves what `prepare` and `respond` are of. Both are pointers, so that a program has one copy of this for all of its functions.
fn serve_in<C: Context>(prepare: fn(&C), respond: for<'a> fn(&'a C, Event) -> Answering<'a>) -> ExitCode {
    block_on(Box::pin(async {
        let ctx = match C::start() {
            Ok(ctx) => ctx,
            Err(error) => return give_up(Message::NotConfigured, &error),
        };
        let edge = match shared::config::edge() {
            Ok(edge) => edge,
            Err(error) => return give_up(Message::NotConfigured, &error),
        };
        prepare(&ctx);
        if let Err(error) = ctx.complete() {
            return give_up(Message::NotConfigured, &error);
        }
        ctx.connect().await;
        answer_events(edge.as_ref(), &|event| respond(&ctx, event)).await
    }))
}

/// A program, while it runs. A pointer, so that what runs it is compiled once, in this crate, and not in each program.
type Running<'a> = Pin<Box<dyn Future<Output = ExitCode> + 'a>>;

fn block_on(program: Running) -> ExitCode {
    telemetry::log_panics();
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(program),
        Err(error) => give_up(Message::NoAsyncRuntime, &error),
    }
}

/// The answer to one event, while it is found.
type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// Asks the Runtime API for events.
fn answer_events<'a>(edge: Option<&'a Edge>, respond: &'a dyn Fn(Event) -> Answering<'a>) -> Running<'a> {
    // The event as text: what does not parse is a client's 400 and not a failure of the function, which would count in the
    // alarm that takes a deploy back.
    let handler = service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let event = read_event(event.payload.get()).map_err(|_| {
            telemetry::refused_unread(telemetry::UNROUTED, None, Answer::empty(400), Reason::MalformedEvent)
        });
        let answer = match event.and_then(|event| edge::admit(edge, event)) {
            Ok(event) => respond(event).await,
            Err(refused) => refused,
        };
        Ok::<_, Infallible>(ApiGatewayV2httpResponse::from(answer))
    });
    Box::pin(async move {
        match Runtime::new(handler).run().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => give_up(Message::RuntimeApiGone, &error),
        }
    })
}

pub(crate) fn give_up(message: Message, error: &dyn std::fmt::Display) -> ExitCode {
    telemetry::warn(message, error);
    ExitCode::FAILURE
}
