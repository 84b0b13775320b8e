//! API Gateway's HTTP API: a request becomes an event of payload format 2.0, the function's result becomes the answer.
//!
//! What is not written in AWS's manual was looked up in captures of the real service: `rawPath` is decoded, only
//! `text/*`, JSON, XML and JavaScript bodies are given as text, an answer without a content type is plain text.

mod answer;
mod event;
mod routes;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Result;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use http_body_util::BodyExt;
use hyper::service::service_fn;
use tokio::time::Instant;

use self::{
    event::Received,
    routes::{MatchedRoute, Routes},
};
use crate::certificate::Certificate;
use crate::{
    queue::Queue,
    random,
    server::{HangUp, Server},
};

// The limits are those of https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html, and none of
// them can be raised.

/// The largest body that the gateway takes.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// The largest request line and header values together.
const MAX_HEADERS: usize = 10_240;
/// How long the gateway waits for a function, whatever the function's own timeout.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// One request that was answered, for the terminal and for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// When it arrived.
    pub at: SystemTime,
    /// Its method.
    pub method: String,
    /// Its path, without its query, which may carry a token.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
    /// The binary that it was for, if a route matched.
    pub function: Option<String>,
    /// Why the gateway answered instead of the function.
    pub failure: Option<String>,
}

/// Is told of each request that was answered.
pub type Observer = Arc<dyn Fn(&Handled) + Send + Sync>;

/// A running gateway; it ends when dropped.
#[derive(Debug)]
pub struct Gateway {
    server: Server,
}

impl Gateway {
    /// Serves the routes of the functions of `queues` on `port` (0 = any).
    ///
    /// # Errors
    /// When the port is taken, or the gateway would refuse a route.
    pub fn start(port: u16, queues: &[Arc<Queue>], observer: Observer) -> Result<Self> {
        Self::with_timeout(port, queues, observer, INTEGRATION_TIMEOUT)
    }

    /// The same with https alone, by `certificate`.
    ///
    /// # Errors
    /// As [`Gateway::start`].
    pub fn start_tls(port: u16, queues: &[Arc<Queue>], observer: Observer, certificate: &Certificate) -> Result<Self> {
        let handler = Arc::new(Handler { routes: Routes::new(queues)?, observer, timeout: INTEGRATION_TIMEOUT });
        let service = service_fn(move |request| Arc::clone(&handler).handle(request));
        Ok(Self { server: Server::https(port, "gateway", certificate.acceptor()?, service)? })
    }

    /// The same with another patience than the real gateway's 30 seconds, for tests.
    ///
    /// # Errors
    /// When the port is taken, or the gateway would refuse a route.
    pub fn with_timeout(port: u16, queues: &[Arc<Queue>], observer: Observer, timeout: Duration) -> Result<Self> {
        let handler = Arc::new(Handler { routes: Routes::new(queues)?, observer, timeout });
        let service = service_fn(move |request| Arc::clone(&handler).handle(request));
        Ok(Self { server: Server::http(port, "gateway", service)? })
    }

    /// The URL of the service, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }
}

struct Handler {
    routes: Routes,
    observer: Observer,
    timeout: Duration,
}

/// An answer that the gateway gives by itself, and why. All are `{"message": …}`; the words for 404 and 500 are in
/// http-api-develop-routes.html and http-api-troubleshooting-lambda.html, the others in captures of the real service.
struct GatewayError {
    status: StatusCode,
    message: &'static str,
    why: Option<String>,
}

impl GatewayError {
    const NOT_FOUND: Self = Self { status: StatusCode::NOT_FOUND, message: "Not Found", why: None };
    const BAD_REQUEST: Self = Self { status: StatusCode::BAD_REQUEST, message: "Bad Request", why: None };
    const TOO_LARGE: Self =
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, message: "Request Entity Too Large", why: None };
    const HEADERS_TOO_LARGE: Self = Self {
        status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        message: "Request Header Fields Too Large",
        why: None,
    };

    fn internal(why: String) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, message: "Internal Server Error", why: Some(why) }
    }

    fn unavailable(why: String) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, message: "Service Unavailable", why: Some(why) }
    }
}

impl Handler {
    async fn handle(self: Arc<Self>, request: Request<Body>) -> Result<Response, HangUp> {
        let began = Instant::now();
        let id = format!("{}=", random::hex(8).map_err(|_| HangUp)?);
        let (parts, body) = request.into_parts();
        let received = Received::new(parts, id, SystemTime::now());
        let found = self.routes.find(received.method(), &received.path);
        let function = found.as_ref().map(|found| found.queue.function().name.clone());

        let (mut response, failure) = match self.answer(&received, body, found).await {
            Ok(response) => (response, None),
            Err(refused) => (answer::message(refused.status, refused.message), refused.why),
        };
        if let Ok(id) = HeaderValue::from_str(&received.id) {
            response.headers_mut().insert(HeaderName::from_static("apigw-requestid"), id);
        }
        (self.observer)(&Handled {
            at: received.at,
            method: received.method().to_owned(),
            path: received.path,
            status: response.status().as_u16(),
            took: began.elapsed(),
            function,
            failure,
        });
        Ok(response)
    }

    async fn answer(
        &self,
        received: &Received,
        body: Body,
        found: Option<MatchedRoute>,
    ) -> Result<Response, GatewayError> {
        if received.size_of_head() > MAX_HEADERS {
            drain(body).await;
            return Err(GatewayError::HEADERS_TOO_LARGE);
        }
        let body = read(body).await?;
        let found = found.ok_or(GatewayError::NOT_FOUND)?;
        let event = received.to_event(&found, &body);
        let result = self.invoke(found.queue, event.to_string()).await?;
        answer::from_result(&result).map_err(|error| GatewayError::internal(format!("the function's result: {error}")))
    }

    async fn invoke(&self, queue: Arc<Queue>, event: String) -> Result<axum::body::Bytes, GatewayError> {
        let timeout = self.timeout;
        // A client that hangs up does not stop the function: so it is in AWS too.
        let invoked = tokio::spawn(async move { tokio::time::timeout(timeout, queue.invoke(event.into())).await });
        match invoked.await {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(error))) => Err(GatewayError::internal(error.to_string())),
            Ok(Err(_)) => Err(GatewayError::unavailable(format!("no answer in {} s", timeout.as_secs_f64()))),
            Err(join) => Err(GatewayError::internal(join.to_string())),
        }
    }
}

async fn read(mut body: Body) -> Result<Vec<u8>, GatewayError> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        // Chunks that are none (RFC 9112 §7.1). Who broke off is told, too, and does not hear it.
        let Ok(frame) = frame else { return Err(GatewayError::BAD_REQUEST) };
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > MAX_BODY {
            drain(body).await;
            return Err(GatewayError::TOO_LARGE);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

/// Reads the rest and forgets it: a client that is still sending would not see the answer.
async fn drain(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}
