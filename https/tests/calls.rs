//! Calls over connections to servers that answer, do not answer, or hang up.

#![expect(clippy::expect_used, reason = "a test ends where something is not as it should be")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::retry::ErrorKind;
use https::Https;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const LIMIT: Duration = Duration::from_secs(1);

/// A server that lets `answer` have each connection, and how many there were.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start<F: Future<Output = ()> + Send + 'static>(answer: fn(TcpStream) -> F) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(answer(connection));
            }
        });
        Self { address, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

/// Answers every request of a connection. A request fits into one packet here.
async fn well(mut connection: TcpStream) {
    let mut packet = [0; 1024];
    while connection.read(&mut packet).await.is_ok_and(|bytes| bytes > 0) {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell";
        connection.write_all(answer).await.expect("a client that listens");
    }
}

async fn then_hangs_up(mut connection: TcpStream, said: &[u8]) {
    let _ = connection.read(&mut [0; 1024]).await;
    let _ = connection.write_all(said).await;
}

fn request(url: &str) -> HttpRequest {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).expect("a URL");
    request
}

/// The body of the answer, read to its end, so that the connection is free.
async fn call(https: &Https, request: HttpRequest) -> Result<Vec<u8>, ConnectorError> {
    let answer = https.call(request).await?;
    Ok(ByteStream::new(answer.into_body()).collect().await.expect("a whole body").to_vec())
}

#[tokio::test]
async fn connections_to_aws_are_kept_and_those_to_others_are_not() {
    let server = Server::start(well).await;
    for (https, connections) in [(Https::to_aws(LIMIT, None), 1), (Https::to_others(), 3)] {
        let before = server.connections();
        for _ in 0..3 {
            assert_eq!(call(&https.clone(), request(&server.url())).await.expect("an answer"), b"well");
        }
        assert_eq!(server.connections() - before, connections);
    }
}

/// Nobody knows when such a connection answers, and what.
#[tokio::test]
async fn a_connection_that_the_sdk_gave_up_is_not_used_again() {
    let server = Server::start(well).await;
    let https = Https::to_aws(LIMIT, None);
    let capture = CaptureSmithyConnection::new();
    let mut first = request(&server.url());
    first.add_extension(capture.clone());
    assert!(capture.get().is_none(), "there is no connection yet");
    assert_eq!(call(&https, first).await.expect("an answer"), b"well");
    capture.get().expect("a connection").poison();
    assert_eq!(call(&https, request(&server.url())).await.expect("an answer"), b"well");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_attempt_without_a_connection_has_none_to_give_up() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let capture = CaptureSmithyConnection::new();
    let mut request = request(&format!("http://{nobody}/"));
    request.add_extension(capture.clone());
    assert!(call(&Https::to_aws(LIMIT, None), request).await.is_err());
    assert!(capture.get().is_none());
}

/// A process that Lambda froze finds its connections closed by DynamoDB.
#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_costs_no_call() {
    let server = Server::start(|connection| async move {
        then_hangs_up(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell").await;
    })
    .await;
    let https = Https::to_aws(LIMIT, None);
    for calls in 1..=5 {
        assert_eq!(call(&https, request(&server.url())).await.expect("an answer"), b"well");
        // The process goes on when the closed connection has been seen.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.connections(), calls);
    }
}

#[tokio::test]
async fn a_failure_has_the_class_by_which_the_sdk_repeats_it() {
    let https = Https::to_aws(LIMIT, None);
    let failure = async |url: String| https.call(request(&url)).await.expect_err("no answer");
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    assert!(failure(format!("http://{nobody}/")).await.is_io(), "nobody listens");
    assert!(failure("http://nobody.invalid/".to_owned()).await.is_io(), "no such host");
    let silent = Server::start(|connection| then_hangs_up(connection, b"")).await;
    let half = Server::start(|connection| then_hangs_up(connection, b"HTTP/1.1 200 OK\r\nConte")).await;
    for server in [silent, half] {
        let failure = failure(server.url()).await;
        assert_eq!(failure.as_other(), Some(ErrorKind::TransientError), "{failure:?}");
    }
    let reset = Server::start(|mut connection| async move {
        let _ = connection.read(&mut [0; 1024]).await;
        connection.set_zero_linger().expect("a socket");
    })
    .await;
    assert!(failure(reset.url()).await.is_io(), "the connection is reset");
    let other = Server::start(|connection| then_hangs_up(connection, b"220 mail.example ESMTP\r\n")).await;
    let failure = failure(other.url()).await;
    assert!(failure.is_other() && failure.as_other().is_none(), "not HTTP: {failure:?}");
}

/// The clock stands still until all wait, and then moves to the end of the limit.
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_ready_within_the_limit_is_a_timeout() {
    let silent = Server::start(|connection| async move {
        let _open = connection;
        std::future::pending::<()>().await;
    })
    .await;
    let began = tokio::time::Instant::now();
    let url = format!("https://{}/", silent.address);
    let failure = Https::to_aws(LIMIT, None).call(request(&url)).await.expect_err("no handshake");
    assert!(failure.is_timeout(), "{failure:?}");
    assert_eq!(began.elapsed(), LIMIT);
}
