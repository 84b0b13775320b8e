//! How functions call others: HTTP/1.1, over TLS that trusts what the machine trusts.
//!
//! The SDK's own HTTP client also speaks HTTP/2, which no service of AWS that is called here does. This one is made of the same libraries
//! without it: docs/decisions/0371-calls-by-http-1-alone.md.

mod bundle;
mod dial;
mod failure;
mod trust;

use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::dns::{ResolveDns, SharedDnsResolver};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use self::dial::Dial;
pub use self::dial::resolve;
use self::trust::Trust;

/// An HTTP client, whose clones share its connections. It follows no redirect and uses no proxy.
///
/// A call has no time limit here: its caller sets one.
#[derive(Clone, Debug)]
pub struct Https(Client<Dial, SdkBody>);

impl Https {
    /// A client for the services of AWS. It keeps its connections, and gives up a new one that is not ready within `limit`.
    ///
    /// `certificates` is the file of the certificates that this machine trusts, if they are not in the usual place.
    #[must_use]
    pub fn to_aws(limit: Duration, certificates: Option<String>) -> Self {
        let dial = Dial::new(SharedDnsResolver::new(dial::Names), Trust::few_first(certificates), Some(limit));
        Self(builder().build(dial))
    }

    /// A client for services of others, with one connection for each call. A kept one that died while Lambda had frozen the process would
    /// cost the only try.
    #[must_use]
    pub fn to_others() -> Self {
        Self::to_hosts_by(dial::Names)
    }

    /// The same, for hosts whose names `resolver` resolves. It is not asked about an address that is written out.
    #[must_use]
    pub fn to_hosts_by(resolver: impl ResolveDns + 'static) -> Self {
        let dial = Dial::new(SharedDnsResolver::new(resolver), Trust::all(), None);
        Self(builder().pool_max_idle_per_host(0).build(dial))
    }
}

fn builder() -> hyper_util::client::legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new());
    builder
}

impl HttpConnector for Https {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        // An attempt that timed out has the SDK ask for the connection, so that the next attempt gets another one.
        let connection = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || metadata(&connection));
        }
        let answer = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(failure::classified)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Every service's client calls by the same connections: docs/decisions/0311-the-connector-is-made-once.md. The settings are not read, since the
/// limit of a connection is given when this is made, and nobody sets one for reading.
impl HttpClient for Https {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// What the SDK may do with the connection of an attempt. Nothing before there is one.
fn metadata(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    let is_made = connection.connection_metadata().is_some();
    let connection = connection.clone();
    let poison = move || {
        if let Some(connection) = connection.connection_metadata().as_ref() {
            connection.poison();
        }
    };
    is_made.then(|| ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}
