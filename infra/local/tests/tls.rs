//! The gateway behind TLS, as `cargo dev up --tls` runs it.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use local::certificate::Certificate;
use local::gateway::Gateway;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The answer to `GET /` at `url`, for a client that trusts `authority` and calls the gateway by `name`.
async fn get(url: &str, name: &'static str, authority: &str) -> Result<String> {
    let address = url.strip_prefix("https://").context("the gateway speaks https")?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(ServerName::try_from(name)?, TcpStream::connect(address).await?).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    // A server may close without the alert that ends TLS.
    let _ = stream.read_to_string(&mut answer).await;
    Ok(answer)
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_is_answered_by_every_name_of_this_machine_and_no_other_is() {
    for certificate in [Certificate::issue().unwrap(), Certificate::issue_as_aws().unwrap()] {
        let gateway = Gateway::start_tls(0, &[], Arc::new(|_| {}), &certificate).unwrap();
        for name in ["localhost", "127.0.0.1", "::1"] {
            let answer = get(&gateway.url(), name, certificate.authority()).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 404") && answer.ends_with(r#"{"message":"Not Found"}"#), "{answer}");
        }
        assert!(get(&gateway.url(), "auth.example", certificate.authority()).await.is_err());
        let stranger = Certificate::issue().unwrap();
        assert!(get(&gateway.url(), "localhost", stranger.authority()).await.is_err());
    }
}
