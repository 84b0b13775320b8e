//! A call to an AWS service as the proxy sees it.

use anyhow::Result;
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, Method, Uri, header},
};

/// The operations of the services that are none of AWS's.
const WEB: [&str; 2] = ["siteverify", "range"];

/// A whole call, and which of a service's operations it is.
pub(super) struct Call {
    pub(super) service: Service,
    pub(super) operation: String,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    uri: Uri,
}

/// Which service speaks, and so how it words an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    DynamoDb,
    Ses,
    Sns,
    /// None of AWS's: an operation is the first part of its path.
    Web,
}

impl Call {
    pub(super) async fn read(request: Request<Body>, max_body: usize) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, max_body).await?;
        let (service, operation) = identify(&parts.headers, parts.uri.path(), &body);
        let mut headers = parts.headers;
        remove_hop_by_hop(&mut headers);
        headers.remove(header::HOST);
        Ok(Self { service, operation, method: parts.method, headers, body, uri: parts.uri })
    }

    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    pub(super) fn path_and_query(&self) -> &str {
        self.uri.path_and_query().map_or("/", |both| both.as_str())
    }
}

/// Removes what belongs to one connection, and what the next one sets again.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
}

fn identify(headers: &HeaderMap, path: &str, body: &[u8]) -> (Service, String) {
    if let Some(target) = headers.get("x-amz-target").and_then(|target| target.to_str().ok()) {
        let operation = target.rsplit('.').next().unwrap_or(target);
        return (Service::DynamoDb, operation.to_owned());
    }
    if path.starts_with("/v2/email") {
        let operation = if path == "/v2/email/outbound-emails" { "SendEmail" } else { path };
        return (Service::Ses, operation.to_owned());
    }
    if let Some(operation) = WEB.into_iter().find(|operation| path.split('/').nth(1) == Some(operation)) {
        return (Service::Web, operation.to_owned());
    }
    let action = body.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(b"Action="));
    (Service::Sns, action.map_or_else(|| path.to_owned(), |action| String::from_utf8_lossy(action).into_owned()))
}
