//! Which certificates are trusted, by processes that trust the certificates of one file alone: docs/decisions/0363-few-certificates-first.md.

#![expect(clippy::expect_used, reason = "a test ends where something is not as it should be")]

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use https::Https;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ServerConfig, SupportedProtocolVersion};

const LIMIT: Duration = Duration::from_secs(10);

const AMAZON: &str = include_str!("amazon.pem");

/// What tells a child what to try.
const CHILD: &str = "HTTPS_TEST";

/// What is true of a server and of the file.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    /// How often Amazon's five authorities stand before the server's, and after it.
    around: Option<(usize, usize)>,
    host: &'static str,
    ends: i32,
    /// Whether the server has the key of its certificate, which anybody can copy.
    has_key: bool,
    version: &'static SupportedProtocolVersion,
    is_trusted: bool,
}

const GOOD: Case = Case {
    name: "good",
    around: Some((2, 0)),
    host: "localhost",
    ends: 4000,
    has_key: true,
    version: &TLS13,
    is_trusted: true,
};

const CASES: [Case; 12] = [
    GOOD,
    Case { name: "first", around: Some((0, 2)), ..GOOD },
    Case { name: "middle", around: Some((1, 1)), ..GOOD },
    Case { name: "few", around: Some((1, 0)), ..GOOD },
    Case { name: "alone", around: Some((0, 0)), ..GOOD },
    Case { name: "absent", around: None, is_trusted: false, ..GOOD },
    Case { name: "host", host: "dynamodb.example", is_trusted: false, ..GOOD },
    Case { name: "host in the middle", around: Some((1, 1)), host: "dynamodb.example", is_trusted: false, ..GOOD },
    Case { name: "expired", ends: 2020, is_trusted: false, ..GOOD },
    Case { name: "key", has_key: false, is_trusted: false, ..GOOD },
    Case { name: "TLS 1.2", version: &TLS12, ..GOOD },
    Case { name: "key by TLS 1.2", has_key: false, version: &TLS12, is_trusted: false, ..GOOD },
];

/// The certificate of a server with its key, signed by an authority whose certificate is the text.
struct Signed {
    authority: String,
    config: Arc<ServerConfig>,
}

impl Signed {
    fn new(case: Case) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let authority_key = KeyPair::generate().expect("a key");
        let signed = authority.self_signed(&authority_key).expect("a certificate");
        let key = KeyPair::generate().expect("a key");
        let mut leaf = CertificateParams::new([case.host.to_owned()]).expect("a name");
        leaf.not_after = date_time_ymd(case.ends, 1, 1);
        let leaf = leaf.signed_by(&key, &Issuer::new(authority, authority_key)).expect("a certificate");
        let key = if case.has_key { key } else { KeyPair::generate().expect("a key") };
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let key = aws_lc_rs::sign::any_supported_type(&key).expect("a key that signs");
        let certified = CertifiedKey::new(vec![leaf.into()], key);
        let config = ServerConfig::builder_with_protocol_versions(&[case.version])
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        Self { authority: signed.pem(), config: Arc::new(config) }
    }
}

/// What a server saw of one connection.
#[derive(Debug, PartialEq)]
struct Seen {
    protocols: Option<Vec<Vec<u8>>>,
    is_asked: bool,
}

async fn serve(listener: TcpListener, config: Arc<ServerConfig>) -> Seen {
    let (connection, _) = listener.accept().await.expect("a connection");
    let hello = LazyConfigAcceptor::new(Acceptor::default(), connection).await.expect("a greeting");
    let protocols = hello.client_hello().alpn().map(|protocols| protocols.map(<[u8]>::to_vec).collect());
    let mut is_asked = false;
    if let Ok(mut stream) = hello.into_stream(config).await {
        is_asked = stream.read(&mut [0; 1024]).await.is_ok_and(|bytes| bytes > 0);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let _ = stream.shutdown().await;
    }
    Seen { protocols, is_asked }
}

/// What a server with this certificate sees of a call, which is answered if it was asked.
async fn call(https: &Https, signed: &Signed) -> Seen {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut request = HttpRequest::new(SdkBody::empty());
    let port = listener.local_addr().expect("an address").port();
    request.set_uri(format!("https://localhost:{port}/")).expect("a URL");
    let (seen, answer) = tokio::join!(serve(listener, Arc::clone(&signed.config)), https.call(request));
    assert_eq!(answer.is_ok(), seen.is_asked, "{answer:?}");
    seen
}

#[expect(clippy::disallowed_methods, reason = "what is tested is what the environment names")]
fn variable(name: &str) -> String {
    std::env::var(name).expect("the parent sets it")
}

/// A client for AWS reads the few certificates first, and then it needs no others. This process trusts those of the machine.
#[tokio::test]
async fn an_authority_among_the_few_is_trusted_by_calls_to_aws_alone() {
    let signed = Signed::new(GOOD);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trusted.pem");
    fs::write(&file, format!("{}{}", AMAZON.repeat(2), signed.authority)).expect("a file");
    let file = file.to_str().map(str::to_owned);
    for (https, is_trusted) in [(Https::to_aws(LIMIT, file), true), (Https::to_others(), false)] {
        assert_eq!(call(&https, &signed).await, Seen { protocols: None, is_asked: is_trusted });
    }
}

/// Each in a process of its own, since all that the machine trusts is read once by a process.
#[test]
fn a_server_is_asked_if_its_authority_is_trusted_and_name_key_and_day_are_right() {
    for case in CASES {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child.args(["--exact", "child", "--ignored"]).env(CHILD, case.name);
        let output = child.env("SSL_CERT_FILE", folder.path().join("trusted.pem")).output().expect("a process");
        assert!(output.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&output.stdout));
    }
}

#[tokio::test]
#[ignore = "started by the test of the same rule"]
async fn child() {
    let (name, file) = (variable(CHILD), variable("SSL_CERT_FILE"));
    let case = CASES.into_iter().find(|case| case.name == name).expect("a case");
    let signed = Signed::new(case);
    let certificates = match case.around {
        Some((before, after)) => format!("{}{}{}", AMAZON.repeat(before), signed.authority, AMAZON.repeat(after)),
        None => AMAZON.repeat(2),
    };
    fs::write(&file, certificates).expect("a file");
    for https in [Https::to_aws(LIMIT, Some(file)), Https::to_others()] {
        // HTTP/1.1 is what is spoken where nobody names a protocol.
        assert_eq!(call(&https, &signed).await, Seen { protocols: None, is_asked: case.is_trusted });
    }
}
