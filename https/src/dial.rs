//! How a connection is made: a name is resolved, an address answers, and its certificate is trusted.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError, SharedDnsResolver};
use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::trust::Trust;

type Later<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Makes connections, each within a limit if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Dial {
    https: HttpsConnector<HttpConnector<Resolver>>,
    limit: Option<Duration>,
}

impl Dial {
    pub(crate) fn new(resolver: SharedDnsResolver, trust: Trust, limit: Option<Duration>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(resolver));
        // The scheme decides on TLS, and not the TCP connector.
        tcp.enforce_http(false);
        // A request leaves as head and body, and the second part would wait for an acknowledgement of the first.
        tcp.set_nodelay(true);
        // rustls calls every verifier that is not its own dangerous. Ours asks that of rustls.
        let tls =
            ClientConfig::builder().dangerous().with_custom_certificate_verifier(Arc::new(trust)).with_no_client_auth();
        let https =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
        Self { https, limit }
    }
}

impl Service<Uri> for Dial {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Later<Self::Response, BoxError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.https.call(uri);
        match self.limit {
            Some(limit) => Box::pin(async move { tokio::time::timeout(limit, connecting).await.map_err(|_| TooSlow)? }),
            None => Box::pin(connecting),
        }
    }
}

/// The connection was not ready within its limit.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no connection in time")]
pub(crate) struct TooSlow;

/// The addresses of a host, as the operating system resolves its name.
///
/// # Errors
/// [`ResolveDnsError`]
pub async fn resolve(name: &str) -> Result<Vec<IpAddr>, ResolveDnsError> {
    let name = name.to_owned();
    let resolved = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs());
    let addresses = resolved.await.map_err(ResolveDnsError::new)?.map_err(ResolveDnsError::new)?;
    Ok(addresses.map(|address| address.ip()).collect())
}

/// Resolves names as [`resolve`] does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names;

impl ResolveDns for Names {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(resolve(name))
    }
}

/// The SDK's trait of a resolver, as the TCP connector takes it.
#[derive(Clone, Debug)]
struct Resolver(SharedDnsResolver);

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = ResolveDnsError;
    type Future = Later<Self::Response, ResolveDnsError>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ResolveDnsError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.0.clone();
        Box::pin(async move {
            let addresses = resolver.resolve_dns(name.as_str()).await?;
            // The connector puts the URL's port in.
            Ok(addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect::<Vec<_>>().into_iter())
        })
    }
}
