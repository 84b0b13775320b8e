//! A Lambda function for the tests of `infra/local`: does what the path of the event says.

#![expect(clippy::disallowed_methods, reason = "the tests speak to it through its environment")]

use std::net::TcpStream;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    println!("echo starts");
    // A listener there sees this process end, however it ends.
    let _alive = std::env::var("ECHO_ALIVE").ok().map(TcpStream::connect).transpose()?;
    if std::env::var_os("ECHO_FAILS").is_some() {
        return Err("echo was told to fail".into());
    }
    lambda_runtime::run(service_fn(answer)).await
}

async fn answer(event: LambdaEvent<Value>) -> Result<Value, Error> {
    match event.payload["rawPath"].as_str() {
        Some("/crash") => {
            eprintln!("echo crashes");
            std::process::exit(3)
        }
        Some("/fail") => Err("echo was told to fail".into()),
        Some("/hang") => std::future::pending().await,
        Some("/environment") => {
            let environment: std::collections::BTreeMap<_, _> = std::env::vars().collect();
            Ok(json!({ "statusCode": 200, "body": json!(environment).to_string() }))
        }
        _ => Ok(json!({ "pid": std::process::id(), "event": event.payload })),
    }
}
