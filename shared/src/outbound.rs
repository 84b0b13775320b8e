//! Calls to services other than AWS: one try, one time limit, an answer of bounded size, no redirects.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use https::Https;

use crate::secret::Secret;

/// An address that may be called: `https`, or `http` on this machine; without user, query and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUrl(String);

impl WebUrl {
    const LONGEST: usize = 1024;
    /// Where nobody listens in on what is sent in the clear.
    const THIS_MACHINE: [&'static str; 3] = ["127.0.0.1", "[::1]", "localhost"];

    /// The URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebUrl {
    type Err = NotAWebUrl;

    fn from_str(text: &str) -> Result<Self, NotAWebUrl> {
        let (scheme, rest) = text.split_once("://").ok_or(NotAWebUrl)?;
        let authority = rest.split('/').next().unwrap_or_default();
        let port_at = if authority.ends_with(']') { None } else { authority.rfind(':') };
        let (host, port) = port_at.map_or((authority, ""), |at| authority.split_at(at));
        let scheme_fits = match scheme {
            "https" => true,
            "http" => Self::THIS_MACHINE.contains(&host),
            _ => false,
        };
        let fits = scheme_fits
            && text.len() <= Self::LONGEST
            && !host.is_empty()
            && port.strip_prefix(':').is_none_or(|digits| digits.parse::<u16>().is_ok_and(|port| port > 0))
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'@' | b'\\'))
            && request(text, SdkBody::empty()).is_ok();
        fits.then(|| Self(text.to_owned())).ok_or(NotAWebUrl)
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a URL to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an https URL (or an http one of this machine) without user, query and fragment")]
pub struct NotAWebUrl;

/// Why a call to another service told nothing. Its text names no URL and no content: both may hold what is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// No connection, or one that ended before the answer did.
    #[error("it cannot be reached")]
    Unreachable,
    /// No whole answer in the time given.
    #[error("it did not answer in time")]
    TimedOut,
    /// Another status than 200.
    #[error("it answered with status {0}")]
    Status(u16),
    /// More than is read.
    #[error("its answer is too long")]
    TooLong,
    /// Not in the words of its protocol.
    #[error("its answer is not understood")]
    Unreadable,
    /// It refuses our credentials, or we cannot read them.
    #[error("our own secret is not accepted")]
    OurSecret,
    /// It says itself that it failed.
    #[error("it reports an internal error")]
    Internal,
}

/// How long a call may take, and how long its answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) time: Duration,
    pub(crate) bytes: usize,
}

/// A header of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// What calls others than AWS.
#[derive(Debug, Default)]
pub(crate) struct Outbound(OnceLock<Https>);

impl Outbound {
    /// Sends a form.
    pub(crate) async fn post_form(&self, url: &WebUrl, form: String, bounds: Bounds) -> Result<Reply, Outage> {
        let mut request = request(url.as_str(), SdkBody::from(form))?;
        request.set_method("POST").map_err(|_| Outage::Unreachable)?;
        request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
        request.headers_mut().insert("accept", "application/json");
        self.exchange(request, bounds).await
    }

    /// Sends JSON that holds a secret, of a media type and with one header more.
    pub(crate) async fn post_json(
        &self,
        url: &WebUrl,
        media: &'static str,
        header: Header,
        json: Secret<String>,
        bounds: Bounds,
    ) -> Result<Reply, Outage> {
        let mut request = request(url.as_str(), SdkBody::from(json.reveal()))?;
        request.set_method("POST").map_err(|_| Outage::Unreachable)?;
        request.headers_mut().insert("content-type", media);
        request.headers_mut().insert(header.name, header.value);
        self.exchange(request, bounds).await
    }

    /// Asks for what is below the URL.
    pub(crate) async fn get(&self, url: &WebUrl, below: &str, header: Header, bounds: Bounds) -> Result<Reply, Outage> {
        let mut request = request(&format!("{}/{below}", url.as_str().trim_end_matches('/')), SdkBody::empty())?;
        request.headers_mut().insert(header.name, header.value);
        self.exchange(request, bounds).await
    }

    async fn exchange(&self, request: HttpRequest, bounds: Bounds) -> Result<Reply, Outage> {
        let exchange = async {
            let response = self.0.get_or_init(Https::to_others).call(request).await.map_err(|_| Outage::Unreachable)?;
            let status = response.status().as_u16();
            let mut chunks = ByteStream::new(response.into_body());
            let mut body = Vec::new();
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk.map_err(|_| Outage::Unreachable)?;
                if body.len() + chunk.len() > bounds.bytes {
                    return Err(Outage::TooLong);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Reply { status, body })
        };
        tokio::time::timeout(bounds.time, exchange).await.unwrap_or(Err(Outage::TimedOut))
    }
}

pub(crate) fn request(url: &str, body: SdkBody) -> Result<HttpRequest, Outage> {
    let mut request = HttpRequest::new(body);
    request.set_uri(url).map_err(|_| Outage::Unreachable)?;
    request.headers_mut().insert("user-agent", "latchet");
    Ok(request)
}

/// A form in the encoding of HTML: everything but letters, digits and `-._` as `%XX`.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        encode(&mut form, name);
        form.push('=');
        encode(&mut form, value);
    }
    form
}

fn encode(form: &mut String, text: &str) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            form.push(char::from(byte));
        } else {
            form.extend(['%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{WebUrl, form};

    #[test]
    fn an_address_is_called_in_the_clear_on_this_machine_only() {
        for text in [
            "https://www.google.com/recaptcha/api/siteverify",
            "https://captcha.example:8443/v0/siteverify",
            "https://captcha.example",
            "http://127.0.0.1:3001/siteverify",
            "http://localhost/siteverify",
            "http://[::1]:3001/siteverify",
            "http://[::1]/siteverify",
        ] {
            assert!(text.parse::<WebUrl>().is_ok(), "{text}");
        }
        for text in [
            "",
            "siteverify",
            "http://captcha.example/siteverify",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "http://evil.example\\@127.0.0.1/",
            "ftp://captcha.example/",
            "file:///etc/passwd",
            "https://",
            "https:///path",
            "https://:443/",
            "https://a.example:0/",
            "https://a.example:65536/",
            "https://a.example:+443/x y",
            "https://user:password@a.example/",
            "https://a.example/?secret=1",
            "https://a.example/#x",
            "https://a.example/\r\nx",
            "https://ä.example/",
            &format!("https://a.example/{}", "x".repeat(1024)),
        ] {
            assert!(text.parse::<WebUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn no_character_of_a_value_ends_its_field() {
        assert_eq!(
            form(&[("a", "1&b=2"), ("c", "x+y z%41"), ("d", "é\r\n\0")]),
            "a=1%26b%3D2&c=x%2By%20z%2541&d=%C3%A9%0D%0A%00"
        );
    }
}
