//! A call on its way through: counted, and asked what it consumes.

use anyhow::{Context, Result};
use axum::{
    body::{Body, Bytes},
    http::HeaderMap,
    response::Response,
};
use hyper::{Request, body::Incoming, header};
use serde_json::Value;

use super::{Gauge, Reading};
use crate::server::HangUp;

/// The largest request that AWS takes from us is far below this.
const MAX_BODY: usize = 32 * 1024 * 1024;

#[derive(Clone)]
pub(super) struct Proxy {
    client: reqwest::Client,
    dynamodb: String,
    ses: String,
    gauge: Gauge,
}

impl Proxy {
    pub(super) fn new(dynamodb: &str, ses: &str, gauge: Gauge) -> Result<Self> {
        // The developer's own proxy settings are not for the loopback interface.
        let client = reqwest::Client::builder().no_proxy().build().context("no HTTP client")?;
        let url = |url: &str| url.trim_end_matches('/').to_owned();
        Ok(Self { client, dynamodb: url(dynamodb), ses: url(ses), gauge })
    }

    pub(super) async fn handle(self, request: Request<Incoming>) -> Result<Response, HangUp> {
        let answer = self.pass(request).await.map_err(|_| HangUp)?;
        let latency = self.gauge.latency();
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        Ok(answer)
    }

    async fn pass(&self, request: Request<Incoming>) -> Result<Response> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(Body::new(body), MAX_BODY).await?;
        let operation = operation(&parts.headers);
        let path = parts.uri.path_and_query().map_or("/", |both| both.as_str());
        let (name, upstream, body) = match &operation {
            Some(operation) => (operation.as_str(), &self.dynamodb, asking_for_units(&body)?),
            // SNS speaks the query protocol, SES JSON.
            None if is_form(&parts.headers) => ("Publish", &self.ses, body),
            None => ("SendEmail", &self.ses, body),
        };
        self.gauge.note(|reading| *reading.calls.entry(name.to_owned()).or_default() += 1);
        let mut headers = parts.headers;
        without_framing(&mut headers);
        let target = format!("{upstream}{path}");
        let sent = self.client.request(parts.method, target).headers(headers).body(body).send().await?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = sent.status();
        *response.headers_mut() = sent.headers().clone();
        without_framing(response.headers_mut());
        let answer = sent.bytes().await?;
        let answer = match operation {
            Some(operation) => self.note_units(&operation, answer),
            None => answer,
        };
        *response.body_mut() = Body::from(answer);
        Ok(response)
    }

    /// Notes the units in an answer and takes them out of it. An error has none: `DynamoDB` does not say what a failed
    /// condition cost.
    fn note_units(&self, operation: &str, answer: Bytes) -> Bytes {
        let Ok(mut json) = serde_json::from_slice::<Value>(&answer) else { return answer };
        let Some(consumed) = json.as_object_mut().and_then(|json| json.remove("ConsumedCapacity")) else {
            return answer;
        };
        let units = units(&consumed);
        let is_read = ["GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"].contains(&operation);
        self.gauge.note(|Reading { read_units, write_units, .. }| {
            *(if is_read { read_units } else { write_units }) += units;
        });
        json.to_string().into()
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("application/x-www-form-urlencoded"))
}

/// The `DynamoDB` operation; SES has none in its headers.
fn operation(headers: &HeaderMap) -> Option<String> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    Some(target.rsplit('.').next().unwrap_or(target).to_owned())
}

fn asking_for_units(body: &Bytes) -> Result<Bytes> {
    let mut json: Value = serde_json::from_slice(body)?;
    json["ReturnConsumedCapacity"] = "TOTAL".into();
    Ok(json.to_string().into())
}

/// One object per table, or one of them alone.
fn units(consumed: &Value) -> f64 {
    match consumed {
        Value::Array(tables) => tables.iter().map(units).sum(),
        table => table["CapacityUnits"].as_f64().unwrap_or_default(),
    }
}

/// Removes what belongs to one connection or to a body that is no longer the same.
fn without_framing(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH, header::HOST] {
        headers.remove(name);
    }
    headers.remove("x-amz-crc32");
}
