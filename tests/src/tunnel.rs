//! TLS for the one client that needs it: a smoke test of a deployment. The HTTP client of these tests speaks to services on
//! this machine, and knows no TLS.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Listens on this machine and passes every connection on to `host`, over TLS, until the process ends.
pub(crate) fn open(host: &str) -> SocketAddr {
    let (host, (tell, told)) = (host.to_owned(), mpsc::channel());
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
            tell.send(listener.local_addr().expect("its own address")).expect("somebody waits for it");
            let tls = TlsConnector::from(Arc::new(trusting_as_the_machine_does()));
            while let Ok((from, _)) = listener.accept().await {
                let (tls, host) = (tls.clone(), host.clone());
                tokio::spawn(async move {
                    // A connection that fails is a request without an answer, which fails its test.
                    if let Err(error) = pass(from, &tls, &host).await {
                        eprintln!("{host}: {error}");
                    }
                });
            }
        });
    });
    told.recv().expect("the tunnel listens")
}

async fn pass(mut from: TcpStream, tls: &TlsConnector, host: &str) -> std::io::Result<()> {
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let name = ServerName::try_from(name.to_owned()).map_err(std::io::Error::other)?;
    let to = TcpStream::connect((name.to_str().as_ref(), port.parse().map_err(std::io::Error::other)?)).await?;
    let mut to = tls.connect(name, to).await?;
    copy_bidirectional(&mut from, &mut to).await.map(drop)
}

fn trusting_as_the_machine_does() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    assert!(added > 0, "this machine trusts no certificate: install ca-certificates");
    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}
