//! Where a session was opened: what its user needs to tell their own from a stranger's.

use std::net::IpAddr;

/// From where somebody signed in. It stands in the session's item, is shown to its user and goes nowhere else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    address: String,
    agent: String,
}

/// Longer than any honest browser's name of itself; the item stays under its kilobyte.
const LONGEST_AGENT: usize = 256;

impl Device {
    /// The client at `address`, as the gateway saw it, which calls itself `agent`.
    #[must_use]
    pub fn new(address: &str, agent: Option<&str>) -> Self {
        let agent = agent.unwrap_or_default().chars().filter(|character| !character.is_control());
        Self { address: address.to_owned(), agent: agent.take(LONGEST_AGENT).collect() }
    }

    /// The network address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What the client called itself: text of its own choice.
    #[must_use]
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// Roughly where it is on the network: an IPv4 address without its last part, an IPv6 one as its /48. `None` for what is no
    /// address.
    #[must_use]
    pub fn neighbourhood(&self) -> Option<String> {
        match self.address.parse::<IpAddr>().ok()?.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Some(format!("{a}.{b}.{c}.*"))
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Some(format!("{a:x}:{b:x}:{c:x}::*"))
            }
        }
    }

    /// The client in a person's words, such as `Firefox, Windows`; `None` for an unknown one.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let known = |names: &[(&str, &'static str)]| {
            names.iter().find(|(mark, _)| self.agent.contains(mark)).map(|(_, name)| *name)
        };
        match (known(BROWSERS), known(SYSTEMS)) {
            (Some(browser), Some(system)) => Some(format!("{browser}, {system}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    }
}

/// By what gives them away, the imitated after their imitators: Edge calls itself Chrome, too, and Chrome Safari.
const BROWSERS: &[(&str, &str)] = &[
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::Device;

    #[test]
    fn a_neighbourhood_is_less_than_an_address() {
        let of = |address| Device::new(address, None).neighbourhood();
        assert_eq!(of("192.0.2.7").as_deref(), Some("192.0.2.*"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.8"));
        assert_eq!(of("2001:db8:1:2::3").as_deref(), Some("2001:db8:1::*"));
        assert_eq!(of("unknown"), None);
    }

    #[test]
    fn well_known_browsers_are_named_by_what_they_are_and_not_by_what_they_imitate() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
                "Chrome, Windows",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox, Linux"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
            ("curl/8.14", "curl"),
        ] {
            assert_eq!(Device::new("192.0.2.1", Some(agent)).name().as_deref(), Some(name), "{agent}");
        }
        assert_eq!(Device::new("192.0.2.1", Some("acme-sync/3")).name(), None);
    }

    #[test]
    fn an_agents_name_is_cut_short_and_holds_no_control_characters() {
        let long = "é".repeat(10_000);
        assert_eq!(Device::new("192.0.2.1", Some(&long)).agent().chars().count(), 256);
        assert_eq!(Device::new("192.0.2.1", Some("a\r\nb\0c\u{1b}[31m")).agent(), "abc[31m");
    }
}
