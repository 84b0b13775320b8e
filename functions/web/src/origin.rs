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
/// an add-on): then `Sec-Fetch-Site`, which no page can set (Fetch §2.2.2), tells our own page's request from another's.
#[must_use]
pub fn is_ours(at: &Moment, request: &Request) -> bool {
    let site = request.header("sec-fetch-site");
    match request.header("origin") {
        Some("null") => site == Some("same-origin"),
        Some(origin) => {
            at.config.origins.browser.iter().any(|ours| ours == origin) || is_twin(&at.config.public_url, origin)
        }
        None => site.is_none_or(|site| site == "same-origin" || site == "none"),
    }
}

/// Whether the page was opened by another name of this machine than the configured one.
fn is_twin(public_url: &str, origin: &str) -> bool {
    let (Ok(ours), Ok(origin)) = (public_url.parse::<Origin>(), origin.parse::<Origin>()) else { return false };
    origin.is_loopback_twin_of(&ours)
}
