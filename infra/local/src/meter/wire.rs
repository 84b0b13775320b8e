//! Connections whose bytes are counted as they are on the wire, below TLS.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use super::{Gauge, proxy::Proxy};

pub(super) async fn serve(listener: TcpListener, tls: TlsAcceptor, proxy: Proxy, gauge: Gauge) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: let the open connections end.
            tokio::task::yield_now().await;
            continue;
        };
        let (tls, proxy, gauge) = (tls.clone(), proxy.clone(), gauge.clone());
        tokio::spawn(async move {
            // Without this, the last packet of an answer waits for the client's delayed acknowledgement.
            let _ = stream.set_nodelay(true);
            // A client that does not trust the certificate says so itself.
            let Ok(stream) = tls.accept(Counted { stream, gauge }).await else { return };
            let service = service_fn(move |request| proxy.clone().handle(request));
            // An error here is a client that went away: there is nobody to tell.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

struct Counted {
    stream: TcpStream,
    gauge: Gauge,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, into);
        let read = into.filled().len() - before;
        self.gauge.note(|reading| reading.sent += bytes(read));
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, from);
        if let Poll::Ready(Ok(written)) = &polled {
            self.gauge.note(|reading| reading.received += bytes(*written));
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
