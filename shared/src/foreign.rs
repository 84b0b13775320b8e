//! Calls to addresses that strangers name, at public addresses only: documents are fetched whole or not at all, in two seconds, and
//! messages are posted in ten.
//!
//! The person who names an address chooses where our request goes (SSRF). So a host is resolved once, each of its addresses has to be one of
//! the public internet, and the connection goes to what was resolved: a name that resolves to another address a moment later
//! (DNS rebinding) changes nothing. Redirects are not followed.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use https::Https;

use crate::clock::Seconds;
use crate::outbound::{Outage, WebUrl, request};

/// From the first packet to the last byte of the answer.
const TIME: Duration = Duration::from_secs(2);

/// From the first packet to the head of the answer to a message.
const TIME_TO_TAKE: Duration = Duration::from_secs(10);

/// How long a document is kept, whatever its server says.
const SHORTEST: Seconds = Seconds::minutes(5);
const LONGEST: Seconds = Seconds::hours(24);

/// A document, and how long it may be kept.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) body: Vec<u8>,
    pub(crate) keep: Seconds,
}

/// What calls.
#[derive(Debug)]
pub struct Foreign {
    guard: Guard,
    https: OnceLock<Https>,
}

/// Which addresses are called.
#[derive(Clone, Copy, Debug)]
struct Guard {
    /// Whether those of this very machine are: in the local run, where documents are served beside it.
    loopback: bool,
}

impl Foreign {
    /// What calls for a deployment at `public_url`. One that is itself reached at an address of this machine is a local run.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        let host = host(public_url);
        let loopback = host == Some("localhost") || host.and_then(literal).is_some_and(|address| address.is_loopback());
        Self { guard: Guard { loopback }, https: OnceLock::new() }
    }

    /// The JSON document at `url`, of up to so many bytes.
    ///
    /// # Errors
    /// [`Outage`]
    pub(crate) async fn json(&self, url: &str, longest: usize) -> Result<Fetched, Outage> {
        tokio::time::timeout(TIME, self.fetch(url, longest)).await.unwrap_or(Err(Outage::TimedOut))
    }

    /// Posts JSON: the status of the answer. Its body is not read, for nothing in it counts.
    ///
    /// # Errors
    /// [`Outage`]
    pub async fn post(
        &self,
        url: &WebUrl,
        headers: impl IntoIterator<Item = (&'static str, String)>,
        json: &str,
    ) -> Result<u16, Outage> {
        let mut request = self.admit(url.as_str(), SdkBody::from(json))?;
        request.set_method("POST").map_err(|_| Outage::Unreachable)?;
        request.headers_mut().insert("content-type", "application/json");
        for (name, value) in headers {
            request.headers_mut().insert(name, value);
        }
        let answer = tokio::time::timeout(TIME_TO_TAKE, self.https().call(request)).await;
        let answer = answer.map_err(|_| Outage::TimedOut)?.map_err(|_| Outage::Unreachable)?;
        Ok(answer.status().as_u16())
    }

    /// A request to `url`, if it may be called at all.
    fn admit(&self, url: &str, body: SdkBody) -> Result<HttpRequest, Outage> {
        let host = host(url).ok_or(Outage::Unreachable)?;
        // The connector resolves names by the guard, and an address that is written out not at all.
        let allowed = literal(host).is_none_or(|address| self.guard.allows(address));
        let in_clear = url.starts_with("http://");
        if !allowed || (in_clear && !self.guard.loopback) {
            return Err(Outage::Unreachable);
        }
        request(url, body)
    }

    async fn fetch(&self, url: &str, longest: usize) -> Result<Fetched, Outage> {
        let mut request = self.admit(url, SdkBody::empty())?;
        request.headers_mut().insert("accept", "application/json");
        let response = self.https().call(request).await.map_err(|_| Outage::Unreachable)?;
        let (status, header) =
            (response.status().as_u16(), |name: &str| response.headers().get(name).map(str::to_owned));
        if status != 200 {
            return Err(Outage::Status(status));
        }
        let media = header("content-type").unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if media != "application/json" && !(media.starts_with("application/") && media.ends_with("+json")) {
            return Err(Outage::Unreadable);
        }
        let keep = keep(header("cache-control").as_deref().unwrap_or_default());
        let mut chunks = ByteStream::new(response.into_body());
        let mut body = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Outage::Unreachable)?;
            if body.len() + chunk.len() > longest {
                return Err(Outage::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched { body, keep })
    }

    fn https(&self) -> &Https {
        self.https.get_or_init(|| Https::to_hosts_by(self.guard))
    }
}

/// What a `Cache-Control` header says (RFC 9111 §5.2.2), within our bounds.
fn keep(header: &str) -> Seconds {
    let directives = || header.split(',').map(str::trim);
    if directives()
        .any(|directive| directive.eq_ignore_ascii_case("no-store") || directive.eq_ignore_ascii_case("no-cache"))
    {
        return SHORTEST;
    }
    let age = directives().find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        name.eq_ignore_ascii_case("max-age").then(|| value.trim_matches('"').parse().ok()).flatten()
    });
    age.map_or(SHORTEST, Seconds).clamp(SHORTEST, LONGEST)
}

/// The host of a URL, without brackets; none where a user stands before it, who would be taken for it.
pub(crate) fn host(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, _)| host),
        None if authority.contains('@') => None,
        None => authority.split(':').next(),
    }
}

fn literal(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

impl Guard {
    fn allows(self, address: IpAddr) -> bool {
        match address.to_canonical() {
            address if address.is_loopback() => self.loopback,
            IpAddr::V4(address) => is_public_v4(address),
            IpAddr::V6(address) => is_public_v6(address),
        }
    }
}

/// Resolves a name to addresses that are all allowed, or not at all: a name with one of our own among them is a trick.
impl ResolveDns for Guard {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let addresses = https::resolve(name).await?;
            let allowed = !addresses.is_empty() && addresses.iter().all(|address| self.allows(*address));
            allowed.then_some(addresses).ok_or_else(|| ResolveDnsError::new(io::Error::other("not a public address")))
        })
    }
}

/// Unicast and global by IANA's registry of special addresses (RFC 6890).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

/// Of the one block of global unicast, without what leads into other networks (Teredo, 6to4) or is for documents.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    a & 0xe000 == 0x2000 && !(a == 0x2001 && b < 0x0200) && !(a == 0x2001 && b == 0x0db8) && a != 0x2002 && a != 0x3fff
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use aws_smithy_runtime_api::client::dns::ResolveDns as _;

    use super::{Foreign, Guard, TIME, host, keep};
    use crate::outbound::Outage;

    #[test]
    fn only_addresses_of_the_public_internet_are_called() {
        let allows = |loopback, text: &str| Guard { loopback }.allows(text.parse().expect("an address"));
        for text in ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001::1"] {
            assert!(allows(false, text), "{text}");
        }
        for text in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!allows(false, text), "{text}");
        }
        for text in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(allows(true, text), "{text}");
        }
        assert!(!allows(true, "10.0.0.1") && !allows(true, "169.254.169.254"));
    }

    #[test]
    fn a_document_is_kept_for_what_its_server_says_within_bounds() {
        for (header, seconds) in [
            ("", 300),
            ("max-age=10", 300),
            ("public, max-age=3600", 3600),
            ("Max-Age=\"7200\"", 7200),
            ("max-age=99999999", 86400),
            ("no-store, max-age=3600", 300),
            ("max-age=x", 300),
        ] {
            assert_eq!(keep(header).0, seconds, "{header}");
        }
    }

    #[test]
    fn the_host_of_an_address_is_found() {
        for (url, expected) in [
            ("https://a.example/x", Some("a.example")),
            ("https://a.example:8443/x", Some("a.example")),
            ("https://[2001:db8::1]:443/x", Some("2001:db8::1")),
            ("a.example", None),
            ("https://a.example@127.0.0.1/x", None),
            ("https://user:password@127.0.0.1/x", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_written() {
        let foreign = Foreign::new("https://auth.example");
        for url in [
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://localhost/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://127.1/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::ffff:10.0.0.1]/x",
            "http://93.184.216.34/x",
        ] {
            assert_eq!(foreign.json(url, 5000).await.map(|_| ()), Err(Outage::Unreachable), "{url}");
        }
    }

    /// Something listens there, so that a call would arrive. The local run's does.
    #[tokio::test]
    async fn no_call_arrives_at_this_machine_however_its_address_is_written() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("does not block");
        let port = listener.local_addr().expect("an address").port();
        for host in [
            "127.0.0.1",
            "localhost",
            "localhost.",
            "127.0.0.1.",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "a.example@127.0.0.1",
            "a:b@127.0.0.1",
            "a.example%2f@127.0.0.1",
        ] {
            let url = format!("https://{host}:{port}/client.json");
            let refused = Foreign::new("https://auth.example").json(&url, 5000).await;
            assert!(refused.is_err() && listener.accept().is_err(), "{url} was called");
        }
        let url = format!("https://localhost:{port}/client.json");
        let local = Foreign::new("http://127.0.0.1:3000");
        let arrives = async {
            while listener.accept().is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = arrives => {}
            answer = local.json(&url, 5000) => panic!("the local run calls this machine: {answer:?}"),
        }
    }

    /// A name resolves to what it likes from one moment to the next, so what was resolved is what is looked at and what is called.
    #[tokio::test]
    async fn a_name_of_this_machine_is_not_resolved_but_in_the_local_run() {
        let resolve = |loopback| async move { Guard { loopback }.resolve_dns("localhost").await };
        assert!(resolve(false).await.is_err());
        let addresses = resolve(true).await.expect("addresses");
        assert!(!addresses.is_empty() && addresses.iter().all(std::net::IpAddr::is_loopback), "{addresses:?}");
    }

    #[tokio::test]
    async fn a_message_goes_to_no_private_address_and_follows_no_redirect() {
        let foreign = Foreign::new("https://auth.example");
        for url in [
            "https://127.0.0.1/x",
            "https://169.254.169.254/x",
            "https://[::ffff:169.254.169.254]/x",
            "https://localhost/x",
        ] {
            let posted = foreign.post(&url.parse().expect("a URL"), [], "{}").await;
            assert_eq!(posted, Err(Outage::Unreachable), "{url}");
        }
        let served = serve(http("200 OK", "", ""));
        assert_eq!(foreign.post(&served.parse().expect("a URL"), [], "{}").await, Err(Outage::Unreachable));
        let local = Foreign::new("http://127.0.0.1:3000");
        assert_eq!(local.post(&served.parse().expect("a URL"), [("webhook-id", "1".to_owned())], "{}").await, Ok(200));
        let away = serve(http("307 Temporary Redirect", "Location: https://169.254.169.254/\r\n", ""));
        assert_eq!(local.post(&away.parse().expect("a URL"), [], "{}").await, Ok(307));
    }

    /// The clock stands still until all wait, and then moves to the end of the time limit.
    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let local = Foreign::new("http://127.0.0.1:3000");
        assert_eq!(local.post(&url.parse().expect("a URL"), [], "{}").await, Err(Outage::TimedOut));
    }

    /// The head and a part of the document come at once, and then nothing: the time limit is that of the whole.
    #[tokio::test]
    async fn a_document_that_comes_in_drops_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/client.json", listener.local_addr().expect("an address"));
        let (tell, begun) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("a connection");
            let _ = connection.read(&mut [0; 1024]);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
            let _ = connection.write_all(head.as_bytes());
            let _ = tell.send(());
            // Until the client hangs up.
            let _ = connection.read(&mut [0; 1]);
        });
        let fetching =
            tokio::spawn(async move { Foreign::new("http://127.0.0.1:3000").json(&url, 5000).await.map(|_| ()) });
        begun.await.expect("the head was sent");
        for _ in 0..10_000 {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        let ended = tokio::time::timeout(2 * TIME, fetching).await.expect("within the limit");
        assert_eq!(ended.expect("ends"), Err(Outage::TimedOut));
    }

    /// Serves one answer, and says at which address.
    fn serve(answer: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("a connection");
            let _ = connection.read(&mut [0; 1024]);
            let _ = connection.write_all(answer.as_bytes());
        });
        format!("http://{address}/client.json")
    }

    fn http(status: &str, headers: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn a_document_is_json_of_bounded_size_at_the_very_address() {
        let foreign = Foreign::new("http://127.0.0.1:3000");
        let json = "Content-Type: application/json\r\nCache-Control: max-age=600\r\n";
        let fetched = foreign.json(&serve(http("200 OK", json, "{}")), 5).await.expect("a document");
        assert_eq!((fetched.body.as_slice(), fetched.keep.0), (&b"{}"[..], 600));
        for (answer, why) in [
            (http("200 OK", json, "{\"a\":1}"), Outage::TooLong),
            (http("200 OK", "Content-Type: text/html\r\n", "{}"), Outage::Unreadable),
            (http("200 OK", "", "{}"), Outage::Unreadable),
            (http("302 Found", "Location: http://127.0.0.1:1/\r\n", ""), Outage::Status(302)),
            (http("308 Permanent Redirect", "Location: https://169.254.169.254/\r\n", ""), Outage::Status(308)),
            (http("200 OK", json, &"x".repeat(10 << 20)), Outage::TooLong),
            (format!("HTTP/1.1 200 OK\r\n{json}Connection: close\r\n\r\n{}", "x".repeat(10 << 20)), Outage::TooLong),
            (
                format!("HTTP/1.1 200 OK\r\n{json}Content-Length: 5\r\nConnection: close\r\n\r\n{{}}"),
                Outage::Unreachable,
            ),
            ("no HTTP at all\r\n\r\n".to_owned(), Outage::Unreachable),
            (http("404 Not Found", json, "{}"), Outage::Status(404)),
        ] {
            let shown = answer.get(..200).unwrap_or(&answer).to_owned();
            assert_eq!(foreign.json(&serve(answer), 5).await.map(|_| ()), Err(why), "{shown}");
        }
    }
}
