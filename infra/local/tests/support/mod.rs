//! What several of these tests need.

use anyhow::{Context, Result};
use serde_json::Value;

/// A client that keeps to the loopback interface whatever the developer's proxy settings are.
pub(crate) fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().build()?)
}

/// An answer: its status and its body.
pub(crate) type Answer = (u16, Value);

/// Calls `DynamoDB` as its SDK does, as far as the engine looks.
pub(crate) async fn dynamodb(endpoint: &str, operation: &str, body: Value) -> Result<Answer> {
    let answer = client()?
        .post(endpoint)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("x-amz-date", "20260101T000000Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0",
        )
        .body(body.to_string())
        .send()
        .await?;
    let status = answer.status().as_u16();
    Ok((status, answer.json().await.context("the body is not JSON")?))
}
