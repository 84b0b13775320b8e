//! Redirect URIs: where a browser may be sent with a code. The one comparison that a stolen code fails on.

use std::fmt;
use std::str::FromStr;

/// An address that a client registered.
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

/// Longer than any real one.
const LONGEST: usize = 512;

/// The hosts whose port a native app cannot know before it listens (RFC 8252 §7.3). `localhost` is one of them by its name, which is
/// never resolved here: many clients register it, and come with a port.
const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

/// What stands in the query of an answer, good or bad.
const ANSWERS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "error_uri"];

impl RedirectUri {
    /// The address as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it leads into an app of the user's own machine: a scheme of the app's, or a loopback address.
    #[must_use]
    pub fn is_native(&self) -> bool {
        !self.0.starts_with("https://") && !self.0.starts_with("http://")
    }

    /// Whether a code would cross a network in clear: `http` that leads out of the user's own machine (RFC 9700 §2.6).
    #[must_use]
    pub fn is_in_clear(&self) -> bool {
        self.0.starts_with("http://") && !Self::is_loopback(&self.0)
    }

    /// Whether an address leads to a program that listens on the user's own machine.
    #[must_use]
    pub fn is_loopback(presented: &str) -> bool {
        LOOPBACK.into_iter().any(|host| split_port(presented, host).is_some())
    }

    /// Whether an address leads to a site, and not to a program on the user's own machine, which has a scheme of its own or listens there.
    #[must_use]
    pub fn is_on_the_web(presented: &str) -> bool {
        ["https://", "http://"].into_iter().any(|scheme| presented.starts_with(scheme)) && !Self::is_loopback(presented)
    }

    /// Whether its query has a parameter of the answer's, which then would come twice (RFC 6749 §3.1).
    #[must_use]
    pub fn answers_itself(&self) -> bool {
        let query = self.0.split_once('?').map_or("", |(_, query)| query);
        let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
        // A name that is written in another way than by its letters is none that a client needs.
        names.into_iter().any(|name| name.contains('%') || ANSWERS.contains(&name))
    }

    /// Whether a request that names `presented` means this one: the same text (RFC 9700 §4.1.3), and nothing else,
    /// but that the port of a public client's loopback address is free.
    #[must_use]
    pub fn is(&self, presented: &str, public: bool) -> bool {
        let without_port = |text| LOOPBACK.into_iter().find_map(|host| split_port(text, host));
        self.0 == presented
            || (public && without_port(&self.0).is_some_and(|ours| without_port(presented) == Some(ours)))
    }

    /// The address with more parameters in its query; what stands there stays.
    #[must_use]
    pub fn with_query(presented: &str, query: &str) -> String {
        let separator = match presented.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, before)) if before.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{presented}{separator}{query}")
    }

    /// The host that the browser goes to, or the scheme of an app on the user's machine, for a person to read.
    #[must_use]
    pub fn destination(presented: &str) -> String {
        let host = |rest: &str| rest.split(['/', '?']).next().unwrap_or_default().to_owned();
        match presented.split_once("://") {
            Some(("https", rest)) => host(rest),
            Some(("http", rest)) => format!("http://{}", host(rest)),
            _ => Self::source(presented),
        }
    }

    /// The address as a source of a content security policy, which has no word for an IPv6 host.
    #[must_use]
    pub fn source(presented: &str) -> String {
        let Some((scheme, rest)) = presented.split_once(':') else { return String::new() };
        let authority = rest.strip_prefix("//").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
        match authority.filter(|authority| !authority.contains('[') && ["http", "https"].contains(&scheme)) {
            Some(authority) => format!("{scheme}://{authority}"),
            None => format!("{scheme}:"),
        }
    }
}

/// The host and what follows the port, if `text` is an address of `host`.
fn split_port<'a>(text: &'a str, host: &'static str) -> Option<(&'static str, &'a str)> {
    let rest = text.strip_prefix(host)?;
    let path = match rest.strip_prefix(':') {
        None => rest,
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (port, path) = rest.split_at(digits);
            port.parse::<u16>().ok().filter(|number| *number > 0 && !port.starts_with('0'))?;
            path
        }
    };
    // `http://127.0.0.1.evil.example` and `http://127.0.0.1@evil.example` begin alike.
    (path.is_empty() || path.starts_with(['/', '?'])).then_some((host, path))
}

impl FromStr for RedirectUri {
    type Err = NotARedirectUri;

    /// Takes what cannot be misread by any browser: an absolute address in printable ASCII without user, fragment and
    /// dot segments, whose scheme is `https`, `http`, or one of an app's own, which has a dot (RFC 8252 §7.1).
    fn from_str(text: &str) -> Result<Self, NotARedirectUri> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}#".contains(&byte);
        let (scheme, rest) = text.split_once(':').ok_or(NotARedirectUri)?;
        let fits = text.len() <= LONGEST
            && text.bytes().all(plain)
            && match scheme {
                "https" | "http" => rest.strip_prefix("//").is_some_and(is_web),
                _ => is_of_an_app(scheme) && rest.starts_with('/'),
            }
            && !rest.split('?').next().unwrap_or_default().split('/').any(|segment| [".", ".."].contains(&segment));
        fits.then(|| Self(text.to_owned())).ok_or(NotARedirectUri)
    }
}

fn is_web(rest: &str) -> bool {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let name = |host: &str| {
        !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte))
    };
    let six = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    six.map_or_else(|| name(host), |six| six.parse::<std::net::Ipv6Addr>().is_ok())
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0 && !port.starts_with('0')))
}

fn is_of_an_app(scheme: &str) -> bool {
    scheme.contains('.')
        && scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-+".contains(&byte))
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a redirect URI is an absolute https or http address, or one of a scheme with a dot, in ASCII and without a fragment"
)]
pub struct NotARedirectUri;

#[cfg(test)]
mod tests {
    use super::RedirectUri;

    fn uri(text: &str) -> RedirectUri {
        text.parse().unwrap_or_else(|_| panic!("{text} is one"))
    }

    #[test]
    fn the_host_that_the_answer_goes_to_is_named_whatever_kind_it_is() {
        for (uri, shown) in [
            ("https://client.example/cb?x=y", "client.example"),
            ("https://client.example:8443/cb", "client.example:8443"),
            ("http://localhost:53682/callback", "http://localhost:53682"),
            ("http://[::1]:53682/callback", "http://[::1]:53682"),
            ("com.example.app:/cb", "com.example.app:"),
            ("com.example.app://host/cb", "com.example.app:"),
        ] {
            assert_eq!(RedirectUri::destination(uri), shown, "{uri}");
        }
    }

    #[test]
    fn forty_ways_to_bend_a_redirect_uri_fail() {
        let registered = uri("https://app.example/cb?shop=1");
        assert!(registered.is("https://app.example/cb?shop=1", false));
        for trick in [
            "",
            "https://app.example/cb",
            "https://app.example/cb?shop=1&x=2",
            "https://app.example/cb?shop=1#",
            "https://app.example/cb?shop=1#x",
            "https://app.example/cb?shop=1 ",
            " https://app.example/cb?shop=1",
            "https://app.example/cb?shop=1\n",
            "https://app.example/cb?shop=1%00",
            "https://app.example/cb?shop=%31",
            "https://app.example/cb?Shop=1",
            "https://app.example/cb/?shop=1",
            "https://app.example/cb/../cb?shop=1",
            "https://app.example/./cb?shop=1",
            "https://app.example//cb?shop=1",
            "https://app.example/%63b?shop=1",
            "https://app.example/CB?shop=1",
            "https://app.example/cb;x?shop=1",
            "https://app.example/cbx?shop=1",
            "https://app.example:443/cb?shop=1",
            "https://app.example.:443/cb?shop=1",
            "https://app.example./cb?shop=1",
            "https://APP.example/cb?shop=1",
            "HTTPS://app.example/cb?shop=1",
            "http://app.example/cb?shop=1",
            "https:app.example/cb?shop=1",
            "https:/app.example/cb?shop=1",
            "https:\\\\app.example\\cb?shop=1",
            "//app.example/cb?shop=1",
            "/cb?shop=1",
            "https://evil.example/cb?shop=1",
            "https://app.example.evil.example/cb?shop=1",
            "https://evil.example/https://app.example/cb?shop=1",
            "https://app.example@evil.example/cb?shop=1",
            "https://user@app.example/cb?shop=1",
            "https://evil.example#@app.example/cb?shop=1",
            "https://evil.example\\@app.example/cb?shop=1",
            "https://sub.app.example/cb?shop=1",
            "https://app.example/cb?shop=1,https://app.example/cb?shop=1",
            "https://аpp.example/cb?shop=1",
            "javascript:alert(1)//https://app.example/cb?shop=1",
            "data:text/html,https://app.example/cb?shop=1",
        ] {
            assert!(!registered.is(trick, false) && !registered.is(trick, true), "{trick}");
        }
    }

    #[test]
    fn only_the_port_of_a_public_clients_loopback_address_is_free() {
        for host in ["http://127.0.0.1", "http://[::1]", "http://localhost"] {
            let registered = uri(&format!("{host}:4711/cb"));
            for port in ["", ":1", ":80", ":65535"] {
                let presented = format!("{host}{port}/cb");
                assert!(registered.is(&presented, true), "{presented}");
                assert!(uri(&format!("{host}/cb")).is(&presented, true), "{presented}");
                assert!(!registered.is(&presented, false), "{presented}: of a confidential client");
            }
            for rest in
                ["/cb2", ":1/cb?x", ":1/", ":1", ":0/cb", ":01/cb", ":65536/cb", ":/cb", ":x/cb", ":1.evil.example/cb"]
            {
                assert!(!registered.is(&format!("{host}{rest}"), true), "{host}{rest}");
            }
            for bent in ["@evil.example/cb", ".evil.example/cb", ":1@evil.example/cb"] {
                assert!(!registered.is(&format!("{host}{bent}"), true), "{host}{bent}");
            }
        }
        let registered = uri("http://127.0.0.1/cb");
        for other in ["https://127.0.0.1:1/cb", "http://127.0.0.2:1/cb", "http://[::1]:1/cb", "http://localhost:1/cb"] {
            assert!(!registered.is(other, true), "{other}");
        }
        assert!(!uri("https://app.example/cb").is("https://app.example:8443/cb", true));
        let by_name = uri("http://localhost/cb");
        for other in
            ["http://127.0.0.1:1/cb", "http://localhost.:1/cb", "http://LOCALHOST:1/cb", "https://localhost:1/cb"]
        {
            assert!(!by_name.is(other, true), "{other}: names are compared, and nothing is resolved");
        }
    }

    #[test]
    fn only_what_no_browser_misreads_can_be_registered() {
        for good in [
            "https://app.example/cb",
            "https://app.example",
            "https://app.example:8443/cb?x=y",
            "http://127.0.0.1:9999/cb",
            "http://[::1]/cb",
            "http://localhost:3000/",
            "com.example.app:/oauth",
            "com.example.app://oauth/cb",
        ] {
            assert!(good.parse::<RedirectUri>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "app.example/cb",
            "/cb",
            "https://app.example/cb#x",
            "https://user@app.example/",
            "https://a:b@app.example/",
            "https:///cb",
            "https://app.example:0/",
            "https://app.example:x/",
            "https://App.example/",
            "https://app.example/a b",
            "https://app.example/\"",
            "https://app.example/a/../b",
            "https://例子.example/",
            "https://[::g]/",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/cb",
            "com.example.app:cb",
            "HTTPS://app.example/",
            &format!("https://app.example/{}", "a".repeat(600)),
        ] {
            assert!(bad.parse::<RedirectUri>().is_err(), "{bad}");
        }
    }

    #[test]
    fn http_leaves_the_users_machine_unless_it_names_it() {
        for (text, in_clear) in [
            ("http://app.example/cb", true),
            ("http://127.0.0.1.evil.example/", true),
            ("http://localhost.evil.example/", true),
            ("http://10.0.0.1/", true),
            ("http://127.0.0.1:9999/cb", false),
            ("http://[::1]/cb", false),
            ("http://localhost:3000/", false),
            ("https://app.example/cb", false),
            ("com.example.app:/cb", false),
        ] {
            assert_eq!(uri(text).is_in_clear(), in_clear, "{text}");
        }
    }

    #[test]
    fn a_query_that_has_what_the_answer_has_is_seen() {
        for (text, twice) in [
            ("https://app.example/cb?code=1", true),
            ("https://app.example/cb?shop=1&state", true),
            ("https://app.example/cb?%63ode=1", true),
            ("https://app.example/code?shop=code", false),
            ("https://app.example/cb", false),
        ] {
            assert_eq!(uri(text).answers_itself(), twice, "{text}");
        }
    }

    #[test]
    fn more_parameters_leave_what_stands_in_the_query() {
        for (presented, expected) in [
            ("https://a.example/cb", "https://a.example/cb?code=1"),
            ("https://a.example/cb?x=y", "https://a.example/cb?x=y&code=1"),
            ("https://a.example/cb?", "https://a.example/cb?code=1"),
            ("https://a.example/cb?x&", "https://a.example/cb?x&code=1"),
        ] {
            assert_eq!(RedirectUri::with_query(presented, "code=1"), expected);
        }
    }

    #[test]
    fn a_form_may_lead_to_the_clients_origin_only() {
        for (presented, source) in [
            ("https://a.example/cb?x", "https://a.example"),
            ("http://127.0.0.1:9999/cb", "http://127.0.0.1:9999"),
            ("http://[::1]:1/cb", "http:"),
            ("com.example.app:/cb", "com.example.app:"),
            ("com.example.app://x;y/cb", "com.example.app:"),
        ] {
            assert_eq!(RedirectUri::source(presented), source);
        }
    }
}
