//! The networks that requests come from: whose quota a message is charged to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A block of addresses: those that share the first `length` bits with `base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    base: IpAddr,
    length: u8,
}

/// What is neither an address nor a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a network like 192.0.2.0/24")]
pub struct NotANetwork;

/// How much of a client's address names the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breadth {
    /// An IPv4 address, or an IPv6 /64: the least that a customer is given.
    Narrow,
    /// An IPv6 /48: the most that one customer is usually given (RFC 6177 §2), which has 65,536 narrow ones in it.
    Wide,
}

/// Where a request comes from, as one of the clients that it is counted for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The address or network.
    pub network: String,
    /// How much of the client's address that is.
    pub breadth: Breadth,
}

impl Source {
    /// The client at an address. Everything that is not an address is one client.
    #[must_use]
    pub fn narrow(address: &str) -> Self {
        let network = match canonical(address) {
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            None => "unknown".to_owned(),
        };
        Self { network, breadth: Breadth::Narrow }
    }

    /// All sources that a client's address belongs to.
    #[must_use]
    pub fn of(address: &str) -> Vec<Self> {
        let wide = match canonical(address) {
            Some(IpAddr::V6(address)) => {
                let [a, b, c, ..] = address.segments();
                Some(Self { network: format!("{a:x}:{b:x}:{c:x}::/48"), breadth: Breadth::Wide })
            }
            Some(IpAddr::V4(_)) | None => None,
        };
        std::iter::once(Self::narrow(address)).chain(wide).collect()
    }
}

/// Networks that many people share, or that an operator's own servers call from: no message is charged to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedSources(Vec<Network>);

impl SharedSources {
    /// Whether the client's address lies in one of them.
    #[must_use]
    pub fn contains(&self, address: &str) -> bool {
        canonical(address).is_some_and(|address| self.0.iter().any(|network| network.contains(address)))
    }
}

impl FromStr for SharedSources {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let listed = text.split(',').map(str::trim).filter(|network| !network.is_empty());
        listed.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// An address; an IPv4 one that is written as IPv6 is itself.
fn canonical(address: &str) -> Option<IpAddr> {
    address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or_default();
                base.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or_default();
                base.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (base, length) = match text.split_once('/') {
            Some((base, length)) => (base, Some(length.parse().map_err(|_| NotANetwork)?)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().map_err(|_| NotANetwork)?;
        let longest = match base {
            IpAddr::V4(_) => u8::try_from(Ipv4Addr::BITS),
            IpAddr::V6(_) => u8::try_from(Ipv6Addr::BITS),
        }
        .map_err(|_| NotANetwork)?;
        let length = length.unwrap_or(longest);
        if length > longest { Err(NotANetwork) } else { Ok(Self { base, length }) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breadth, SharedSources, Source};

    fn networks(address: &str) -> Vec<(String, Breadth)> {
        Source::of(address).into_iter().map(|source| (source.network, source.breadth)).collect()
    }

    #[test]
    fn an_ipv6_client_is_its_64_and_its_48_and_a_mapped_ipv4_one_is_itself() {
        let ours = networks("2001:db8:1:2::3");
        assert_eq!(ours[0], ("2001:db8:1:2::/64".to_owned(), Breadth::Narrow));
        assert_eq!(ours[1], ("2001:db8:1::/48".to_owned(), Breadth::Wide));
        assert_eq!(networks("::ffff:192.0.2.1"), networks("192.0.2.1"));
        assert_eq!(networks("evil#key"), networks(""));
    }

    #[test]
    fn a_shared_source_is_an_address_or_a_network() {
        let shared: SharedSources = "192.0.2.7, 198.51.100.0/24,2001:db8::/32,".parse().expect("a list");
        for address in ["192.0.2.7", "::ffff:192.0.2.7", "198.51.100.255", "2001:db8:ffff::1"] {
            assert!(shared.contains(address), "{address}");
        }
        for address in ["192.0.2.8", "198.51.101.0", "2001:db9::1", "unknown", ""] {
            assert!(!shared.contains(address), "{address}");
        }
        let everything: SharedSources = "0.0.0.0/0".parse().expect("a list");
        assert!(everything.contains("203.0.113.9") && !everything.contains("::1"));
        assert!(!"".parse::<SharedSources>().expect("an empty list").contains("192.0.2.7"));
        for text in ["example.com", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0 192.0.2.1", "192.0.2.0/-1"] {
            assert!(text.parse::<SharedSources>().is_err(), "{text}");
        }
    }
}
