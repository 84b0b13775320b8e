//! What AWS is on a laptop: the Lambda Runtime API, the API Gateway, the `DynamoDB` engine, the SES and SNS outbox,
//! the queues of SQS, a captcha's provider, an authenticator in software, and the faults that none of them shows by itself.
//!
//! For `cargo dev up`, for tests and for benchmarks. It knows nothing of the product: what it serves comes from
//! `template.yaml`, and everything listens on the loopback interface only.

#![expect(
    clippy::disallowed_methods,
    reason = "the clock and the environment are parameters of the product; this is a tool around it"
)]

pub mod authenticator;
pub mod breaches;
pub mod certificate;
pub mod engine;
pub mod faults;
pub mod gateway;
pub mod meter;
pub mod outbox;
pub mod process;
pub mod queue;
pub mod random;
pub mod rights;
pub mod runtime_api;
mod second_engine;
mod server;
pub mod siteverify;
pub mod sqs;
pub mod streams;
pub mod user_pool;

pub use ::template;
pub use server::port_was_taken;
