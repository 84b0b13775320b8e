//! Who passkeys are made for: the RP id, and the pages that may ask for them (WebAuthn level 3 §5.1.2, §13.4.9).

use std::net::IpAddr;

use aws_lc_rs::digest;

use crate::origin::Origin;

/// A deployment as authenticators know it. All its apps share the RP id; a passkey's user handle says which app it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    origins: Vec<String>,
}

/// The RP id of a configuration cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is neither the host of PUBLIC_URL nor a domain above it")]
pub struct NotAParent;

impl RelyingParty {
    /// The relying party of a deployment at `public_url`, with the RP id `chosen` or else the host itself, and the pages of `origins`
    /// that are under it, the deployment's own the last. `None`: the host is an address, or no page of it is safe on its way.
    ///
    /// # Errors
    /// [`NotAParent`]. Browsers know which domains are registries, such as `co.uk`, and refuse those.
    pub fn of(public_url: &str, chosen: Option<&str>, origins: &[String]) -> Result<Option<Self>, NotAParent> {
        let host = host(public_url).ok_or(NotAParent)?;
        let Some(own) = domain(host) else {
            return if chosen.is_some() { Err(NotAParent) } else { Ok(None) };
        };
        let id = match chosen {
            None => own,
            Some(chosen) if chosen == own => own,
            Some(chosen) if is_under(own, chosen) && chosen.contains('.') => chosen,
            Some(_) => return Err(NotAParent),
        };
        let is_ours = |origin: &&String| is_safe(origin) && self::host(origin).is_some_and(|host| is_at(host, id));
        let mut origins: Vec<String> = origins.iter().filter(is_ours).cloned().collect();
        // A local run is at an address, and its passkeys at the name.
        if host != own {
            origins.push(public_url.replacen(host, own, 1));
        }
        // Browsers make no passkeys for pages that come in clear.
        Ok((!origins.is_empty()).then(|| Self { id: id.to_owned(), origins }))
    }

    /// The RP id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The deployment's own pages.
    #[must_use]
    pub fn own_origin(&self) -> &str {
        self.origins.last().map_or("", String::as_str)
    }

    /// Whether a page of `origin` may ask for passkeys.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|ours| ours == origin)
    }

    /// Whether an authenticator that hashed its RP id to this signed for us.
    #[must_use]
    pub(super) fn is_hashed_to(&self, hash: &[u8; 32]) -> bool {
        digest::digest(&digest::SHA256, self.id.as_bytes()).as_ref() == hash
    }
}

/// The host of an origin or address, as browsers write it.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split('/').next()?;
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(host),
        _ => Some(authority),
    }
}

/// The domain that passkeys of a host can be made for. This very machine has a name for that.
fn domain(host: &str) -> Option<&str> {
    match host {
        "127.0.0.1" | "[::1]" => Some("localhost"),
        _ if host.starts_with('[') || host.parse::<IpAddr>().is_ok() => None,
        _ => Some(host),
    }
}

fn is_under(host: &str, domain: &str) -> bool {
    !domain.is_empty() && host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

fn is_at(host: &str, domain: &str) -> bool {
    host == domain || is_under(host, domain)
}

fn is_safe(origin: &str) -> bool {
    origin.parse::<Origin>().is_ok_and(|origin| origin.is_safe())
}

#[cfg(test)]
mod tests {
    use super::{NotAParent, RelyingParty};

    const ORIGINS: [&str; 7] = [
        "https://auth.acme.example",
        "https://app.acme.example",
        "https://app.auth.acme.example:8443",
        "http://auth.acme.example",
        "https://auth-acme.example",
        "https://notauth.acme.example",
        "https://elsewhere.example",
    ];

    fn of(public_url: &str, chosen: Option<&str>) -> Result<Option<RelyingParty>, NotAParent> {
        RelyingParty::of(public_url, chosen, &ORIGINS.map(str::to_owned))
    }

    fn allowed(party: &RelyingParty) -> Vec<&'static str> {
        ORIGINS.into_iter().filter(|origin| party.allows(origin)).collect()
    }

    #[test]
    fn the_host_of_the_deployment_is_the_rp_id_where_nobody_says_otherwise() {
        let party = of("https://auth.acme.example/", None).expect("usable").expect("a domain");
        assert_eq!(party.id(), "auth.acme.example");
        assert_eq!(allowed(&party), ["https://auth.acme.example", "https://app.auth.acme.example:8443"]);
    }

    #[test]
    fn a_parent_takes_in_the_pages_under_it_over_https() {
        let party = of("https://auth.acme.example", Some("acme.example")).expect("usable").expect("a domain");
        assert_eq!(
            allowed(&party),
            [
                "https://auth.acme.example",
                "https://app.acme.example",
                "https://app.auth.acme.example:8443",
                "https://notauth.acme.example",
            ]
        );
    }

    #[test]
    fn an_rp_id_that_is_no_parent_is_refused() {
        for chosen in
            ["", "example", "evil.example", "cme.example", "x.auth.acme.example", ".acme.example", "ACME.example"]
        {
            assert_eq!(of("https://auth.acme.example", Some(chosen)), Err(NotAParent), "{chosen}");
        }
        assert_eq!(of("https://192.0.2.1", Some("0.2.1")), Err(NotAParent));
    }

    #[test]
    fn an_address_has_no_passkeys_and_this_machine_has_them_by_name() {
        assert_eq!(of("https://192.0.2.1:8443", None), Ok(None));
        assert_eq!(of("https://[2001:db8::1]", None), Ok(None));
        let party = of("http://127.0.0.1:9000", None).expect("usable").expect("this machine");
        assert_eq!(party.id(), "localhost");
        assert_eq!(of("http://auth.plain.example", None), Ok(None));
        assert_eq!(party.own_origin(), "http://localhost:9000");
        assert!(party.allows("http://localhost:9000"));
        assert!(!party.allows("http://127.0.0.1:9000") && !party.allows("http://localhost:9001"));
    }
}
