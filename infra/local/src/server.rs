//! A server on the loopback interface that ends, with its connections, when its handle is dropped.
//!
//! Each runs on a thread of its own: tests need no multi-threaded runtime for it, work that blocks (`SQLite`) holds up
//! nobody else, and dropping the thread's runtime closes every connection at once.

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    thread,
};

use anyhow::Context;
use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::TokioIo,
    service::{TowerToHyperService, TowerToHyperServiceFuture},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::oneshot,
};
use tokio_rustls::TlsAcceptor;

/// So many that a limit of the service behind is met first.
const MAX_HEADERS: usize = 2000;

/// The TCP address that a request came from, in the extensions of each request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Why a handler gives no answer: the connection is to be closed without one.
#[derive(Debug, thiserror::Error)]
#[error("hung up")]
pub(crate) struct HangUp;

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Runs what `serve` makes of a listener on `port` (0 = any) until the handle is dropped.
    pub(crate) fn run<Serve, Serving>(port: u16, name: &str, serve: Serve) -> anyhow::Result<Self>
    where
        Serve: FnOnce(TcpListener) -> Serving + Send + 'static,
        Serving: Future<Output = ()>,
    {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("cannot listen on 127.0.0.1:{port} for {name}"))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = serve(listener) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, scheme: "http", stop: Some(stop), thread: Some(thread) })
    }

    /// Serves HTTP/1.1 by `service`.
    pub(crate) fn http<S>(port: u16, name: &str, service: S) -> anyhow::Result<Self>
    where
        S: Service<Request, Response = Response> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: std::error::Error + Send + Sync,
    {
        Self::run(port, name, move |listener| accept(listener, None, service))
    }

    /// The same below TLS.
    pub(crate) fn https<S>(port: u16, name: &str, tls: TlsAcceptor, service: S) -> anyhow::Result<Self>
    where
        S: Service<Request, Response = Response> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: std::error::Error + Send + Sync,
    {
        let mut server = Self::run(port, name, move |listener| accept(listener, Some(tls), service))?;
        server.scheme = "https";
        Ok(server)
    }

    /// Serves HTTP/1.1 by a router.
    pub(crate) fn router(port: u16, name: &str, router: Router) -> anyhow::Result<Self> {
        Self::http(port, name, RouterService(TowerToHyperService::new(router)))
    }

    /// Where it listens: `127.0.0.1:port`.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as an URL, without a trailing slash.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A server that panicked has said so on stderr.
            let _ = thread.join();
        }
    }
}

/// True when `error` says that a port was taken.
#[must_use]
pub fn port_was_taken(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|io| io.kind() == io::ErrorKind::AddrInUse)
}

async fn accept<S>(listener: TcpListener, tls: Option<TlsAcceptor>, service: S)
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: std::error::Error + Send + Sync,
{
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of file descriptors, most likely: let the open connections end.
            tokio::task::yield_now().await;
            continue;
        };
        let (tls, service) = (tls.clone(), WithPeer { service: service.clone(), peer });
        tokio::spawn(async move {
            // Without this, the last packet of an answer waits for the client's delayed acknowledgement.
            let _ = stream.set_nodelay(true);
            match tls {
                None => answer(stream, service).await,
                // A client that does not trust the certificate says so itself.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        answer(stream, service).await;
                    }
                }
            }
        });
    }
}

async fn answer<S>(stream: impl AsyncRead + AsyncWrite + Unpin, service: WithPeer<S>)
where
    S: Service<Request, Response = Response>,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    // An error here is a client that went away or a handler that hung up: there is nobody to tell.
    let _ = connection.await;
}

#[derive(Clone)]
struct RouterService(TowerToHyperService<Router>);

impl Service<Request> for RouterService {
    type Response = Response;
    type Error = std::convert::Infallible;
    type Future = TowerToHyperServiceFuture<Router, Request>;

    fn call(&self, request: Request) -> Self::Future {
        self.0.call(request)
    }
}

struct WithPeer<S> {
    service: S,
    peer: SocketAddr,
}

impl<S: Service<Request>> Service<hyper::Request<Incoming>> for WithPeer<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, request: hyper::Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(self.peer));
        self.service.call(request)
    }
}
