//! Origins: scheme, host and port, as a browser writes them (RFC 6454 §6.2). It compares them as text, and so do we.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An origin whose pages may call.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin(String);

/// Why a text is not an origin, with what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOrigin {
    /// No `scheme://host`.
    #[error(
        "an origin is a scheme and a host, and a port if it is another than the scheme's: write https://app.example.com"
    )]
    Malformed,
    /// A star.
    #[error("an origin names one host, and * is none: give one origin for each")]
    Wildcard,
    /// A user before the host.
    #[error("an origin has no user: write {0}")]
    User(Origin),
    /// More than scheme, host and port.
    #[error("an origin ends with host and port: write {0}")]
    Path(Origin),
    /// A scheme whose pages have no origin.
    #[error("pages of {0}: have no origin: write https://app.example.com")]
    Opaque(String),
    /// Letters that a browser writes in another way.
    #[error("a browser sends the host in ASCII: write it as xn--…")]
    NotAscii,
}

/// The port that a browser does not write.
const DEFAULTS: [(&str, &str); 2] = [("https", "443"), ("http", "80")];

/// The names of this very machine.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// They begin no origin (WHATWG HTML, "opaque origin").
const OPAQUE: [&str; 5] = ["javascript", "data", "file", "blob", "about"];

impl Origin {
    /// The origin as a browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is of the web: not of an app's own scheme.
    #[must_use]
    pub fn is_web(&self) -> bool {
        self.0.starts_with("https://") || self.0.starts_with("http://")
    }

    /// Whether what goes there crosses no network in clear: `https`, or this very machine.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        let host = self.0.split_once("://").map_or("", |(_, authority)| split_port(authority).0);
        self.0.starts_with("https://") || LOOPBACK.contains(&host)
    }

    /// Whether both are names of this very machine, with one scheme and one port: an engineer opens the local run by one of
    /// its names, and the configuration has another.
    #[must_use]
    pub fn is_loopback_twin_of(&self, other: &Self) -> bool {
        let parts = |origin: &Self| {
            let (scheme, authority) = origin.0.split_once("://")?;
            let (host, port) = split_port(authority);
            LOOPBACK.contains(&host).then(|| (scheme.to_owned(), port.map(str::to_owned)))
        };
        parts(self).is_some_and(|ours| parts(other) == Some(ours))
    }

    /// The origin that an address begins with, and what follows it.
    ///
    /// # Errors
    /// [`NotAnOrigin`]
    pub fn of(address: &str) -> Result<(Self, &str), NotAnOrigin> {
        if address.contains('*') {
            return Err(NotAnOrigin::Wildcard);
        }
        let (scheme, rest) = address.split_once(':').ok_or(NotAnOrigin::Malformed)?;
        let scheme = scheme.to_ascii_lowercase();
        if OPAQUE.contains(&scheme.as_str()) {
            return Err(NotAnOrigin::Opaque(scheme));
        }
        let rest = rest.strip_prefix("//").filter(|_| is_scheme(&scheme)).ok_or(NotAnOrigin::Malformed)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if !authority.is_ascii() {
            return Err(NotAnOrigin::NotAscii);
        }
        let (user, authority) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let (host, port) = split_port(authority);
        let host = written(host).ok_or(NotAnOrigin::Malformed)?;
        let port = port.filter(|port| !DEFAULTS.contains(&(scheme.as_str(), port)));
        if !port.is_none_or(is_port) {
            return Err(NotAnOrigin::Malformed);
        }
        let origin = Self(match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        });
        match user {
            Some(_) => Err(NotAnOrigin::User(origin)),
            None => Ok((origin, path)),
        }
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    /// Writes it as a browser does: in small letters, without the scheme's own port and without the slash of an address bar.
    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let (origin, rest) = Self::of(text)?;
        if rest.is_empty() || rest == "/" { Ok(origin) } else { Err(NotAnOrigin::Path(origin)) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_scheme(scheme: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+.-".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_lowercase()) && scheme.bytes().all(fits)
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// The host as a browser writes it, if it is one. It shortens an IPv6 address, and takes a name whose last label is a number for an IPv4
/// address, which it writes with four numbers (WHATWG URL, host parsing).
fn written(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr = address.parse().ok()?;
        // A browser writes no dots in one, and Rust does where it is an IPv4 address.
        return Some(match (address.to_ipv4_mapped(), address.segments()) {
            (Some(_), [.., high, low]) => format!("[::ffff:{high:x}:{low:x}]"),
            (None, _) => format!("[{address}]"),
        });
    }
    let host = host.to_ascii_lowercase();
    let label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        !label.is_empty() && label.bytes().all(fits)
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    let is_host = host.split('.').all(label) && (!is_number || host.parse::<Ipv4Addr>().is_ok());
    is_host.then_some(host)
}

fn is_port(port: &str) -> bool {
    !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::Origin;

    fn said(text: &str) -> String {
        text.parse::<Origin>().map_or_else(|refused| refused.to_string(), |origin| format!("taken as {origin}"))
    }

    #[test]
    fn an_origin_is_kept_as_a_browser_sends_it() {
        for (typed, sent) in [
            ("https://spa.example", "https://spa.example"),
            ("https://spa.example/", "https://spa.example"),
            ("HTTPS://SPA.example:443", "https://spa.example"),
            ("http://spa.example:80", "http://spa.example"),
            ("http://spa.example:443", "http://spa.example:443"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://[0:0:0:0:0:0:0:1]:3000", "http://[::1]:3000"),
            ("https://[2001:DB8:0:0::1]", "https://[2001:db8::1]"),
            ("http://[::ffff:127.0.0.1]:3000", "http://[::ffff:7f00:1]:3000"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("https://1.example", "https://1.example"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(said(typed), format!("taken as {sent}"), "{typed}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_with_what_to_write() {
        for (typed, why) in [
            ("https://spa.example/app", "write https://spa.example"),
            ("https://spa.example?x=1", "write https://spa.example"),
            ("https://spa.example/#", "write https://spa.example"),
            ("https://me:pw@spa.example", "no user: write https://spa.example"),
            ("*", "* is none"),
            ("https://*.example", "* is none"),
            ("spa.example", "write https://app.example.com"),
            ("localhost:3000", "write https://app.example.com"),
            ("null", "write https://app.example.com"),
            ("", "write https://app.example.com"),
            ("javascript:alert(1)", "pages of javascript: have no origin"),
            ("file:///tmp", "pages of file: have no origin"),
            ("https://spa .example", "write https://app.example.com"),
            // A browser writes these with four numbers.
            ("http://127.1:3000", "write https://app.example.com"),
            ("http://2130706433", "write https://app.example.com"),
            ("http://0x7f.0.0.1", "write https://app.example.com"),
            ("http://127.0.0.0x1", "write https://app.example.com"),
            ("http://127.0.0.01", "write https://app.example.com"),
            ("https://spa.example.", "write https://app.example.com"),
            (" https://spa.example", "write https://app.example.com"),
            ("https://spa.example:0", "write https://app.example.com"),
            ("https://spa.example:65536", "write https://app.example.com"),
            ("https://spa.example:", "write https://app.example.com"),
            ("https://", "write https://app.example.com"),
            ("https://bücher.example", "xn--"),
        ] {
            let said = said(typed);
            assert!(said.contains(why), "{typed}: {said}");
        }
    }

    #[test]
    fn the_names_of_this_machine_are_twins_and_no_other_is_theirs() {
        let origin = |text: &str| text.parse::<Origin>().expect("an origin");
        let ours = origin("http://127.0.0.1:3000");
        for twin in ["http://localhost:3000", "http://[::1]:3000", "http://127.0.0.1:3000"] {
            assert!(origin(twin).is_loopback_twin_of(&ours), "{twin}");
        }
        for other in ["http://localhost:3001", "https://localhost:3000", "http://localhost", "http://evil.example:3000"]
        {
            assert!(!origin(other).is_loopback_twin_of(&ours), "{other}");
        }
        assert!(!origin("https://auth.example").is_loopback_twin_of(&origin("https://auth.example")));
    }
}
