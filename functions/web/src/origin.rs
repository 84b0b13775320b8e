//! Which pages are ours, and whether one of them sent a request.

use runtime::{Cors, Moment, Request};
use shared::config::Origins;
use shared::origin::Origin;

/// The request headers that our front ends send.
pub const CORS_HEADERS: &str = "content-type, authorization, accept-language";

/// Our front ends call with cookies, and nobody else does.
#[must_use]
pub fn cors(origins: &Origins) -> Cors<'_> {
    Cors::Listed { origins: &origins.browser, credentials: true }
}

/// Whether the request comes from a page of ours, or from no page at all.
///
/// Browsers send `Origin` with every request that changes something. Some withhold it (`null`, or none at all, by a policy or
/// an add-on): then `Sec-Fetch-Site`, which no page can set (Fetch §2.2.2), tells our own page's request from another's. Where that
/// is missing, too, `Referer` does: a page can leave it out, and not make one up.
#[must_use]
pub fn is_ours(at: &Moment, request: &Request) -> bool {
    // What an add-on or a proxy empties, it withholds. No page can send these headers empty.
    let said = |name| request.header(name).filter(|value| !value.is_empty());
    let referrer = || said("referer").map(origin_of).map(|origin| is_our_origin(at, origin));
    match (request.header("origin"), said("sec-fetch-site")) {
        (None | Some("null" | ""), Some(site)) => site == "same-origin" || site == "none",
        (Some("null" | ""), None) => referrer() == Some(true),
        (Some(origin), _) => is_our_origin(at, origin),
        (None, None) => referrer() != Some(false),
    }
}

fn is_our_origin(at: &Moment, origin: &str) -> bool {
    at.config.origins.browser.iter().any(|ours| ours == origin) || is_twin(&at.config.public_url, origin)
}

/// The origin of an address: what stands before its path.
fn origin_of(address: &str) -> &str {
    let host = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[host..].find(['/', '?', '#']).map_or(address.len(), |path| host + path);
    &address[..end]
}

/// Whether the page was opened by another name of this machine than the configured one.
fn is_twin(public_url: &str, origin: &str) -> bool {
    let (Ok(ours), Ok(origin)) = (public_url.parse::<Origin>(), origin.parse::<Origin>()) else { return false };
    origin.is_loopback_twin_of(&ours)
}
