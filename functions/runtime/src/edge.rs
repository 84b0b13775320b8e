//! Requests that come through an edge: the client's address is the one that the edge saw, and what comes past it is refused
//! (docs/decisions/0103-an-optional-edge.md).

use std::net::IpAddr;

use serde_json::json;
use shared::edge::Edge;

use crate::answer::Answer;
use crate::event::Event;
use crate::reason::Reason;
use crate::telemetry::{UNROUTED, refused_unread};

/// What the edge proves itself by. `CloudFront` replaces what a client sends under this name:
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html>
const SECRET: &str = "x-edge-secret";

/// The client's address and port, as `CloudFront` saw them:
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html>
const VIEWER: &str = "cloudfront-viewer-address";

/// The event, with the client's address in the place where the gateway wrote that of its own caller.
///
/// # Errors
/// The answer to what did not come through the edge: the gateway's own to a host that it does not serve.
pub(crate) fn admit(edge: Option<&Edge>, mut event: Event) -> Result<Event, Answer> {
    let Some(edge) = edge else { return Ok(event) };
    let header = |name| event.headers.get(name).and_then(|value| value.to_str().ok());
    let by_edge = header(SECRET).is_some_and(|secret| edge.sent(secret));
    let client = header(VIEWER).filter(|_| by_edge).and_then(client);
    let Some(client) = client else {
        let forbidden = Answer::json(403, &json!({"message": "Forbidden"}));
        let id = event.request_context.request_id.as_deref();
        return Err(refused_unread(UNROUTED, id, forbidden, Reason::NotThroughEdge));
    };
    event.headers.remove(SECRET);
    event.request_context.http.source_ip = Some(client.to_string());
    Ok(event)
}

/// `203.0.113.7:4711`, or `2001:db8::1:4711`: `CloudFront` writes IPv6 without brackets.
fn client(address: &str) -> Option<IpAddr> {
    let (address, port) = address.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    address.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use shared::edge::Edge;
    use shared::secret::Secret;

    use super::admit;
    use crate::event::{Event, Request, read_event};

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn event(headers: &[(&str, &str)]) -> Event {
        let headers: BTreeMap<_, _> = headers.iter().copied().collect();
        let context = json!({"http": {"method": "GET", "sourceIp": "130.176.0.1"}});
        read_event(&json!({"headers": headers, "requestContext": context}).to_string()).expect("an event")
    }

    fn source(edge: Option<&Edge>, headers: &[(&str, &str)]) -> Result<String, u16> {
        let admitted = admit(edge, event(headers)).map_err(|answer| answer.status)?;
        Ok(Request::try_from(admitted).expect("a request").source().to_owned())
    }

    fn edge() -> Edge {
        Edge::new(vec![Secret::new(KEY.to_owned())])
    }

    #[test]
    fn through_the_edge_the_client_is_the_one_that_the_edge_saw() {
        for (viewer, client) in [
            ("203.0.113.7:4711", "203.0.113.7"),
            ("2001:db8::1:4711", "2001:db8::1"),
            ("2001:db8:0:0:0:0:0:1:4711", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
        ] {
            let headers = [("X-Edge-Secret", KEY), ("CloudFront-Viewer-Address", viewer)];
            assert_eq!(source(Some(&edge()), &headers).as_deref(), Ok(client), "{viewer}");
        }
    }

    #[test]
    fn past_the_edge_nobody_is_served_whatever_address_they_claim() {
        let viewer = ("cloudfront-viewer-address", "203.0.113.7:4711");
        for headers in [
            vec![],
            vec![viewer],
            vec![viewer, ("x-edge-secret", "")],
            vec![viewer, ("x-edge-secret", "0123456789abcdef0123456789abcdeX")],
            vec![viewer, ("x-edge-secret", "0123456789abcdef0123456789abcdef,0123456789abcdef0123456789abcdef")],
            vec![viewer, ("x-forwarded-for", "203.0.113.7")],
        ] {
            assert_eq!(source(Some(&edge()), &headers), Err(403), "{headers:?}");
        }
    }

    #[test]
    fn an_edge_that_does_not_say_for_whom_it_asks_is_refused() {
        for viewer in
            ["", "203.0.113.7", "203.0.113.7:", "203.0.113.7:99999", "nobody:1", "203.0.113.7:1, 203.0.113.8:1"]
        {
            let headers = [("x-edge-secret", KEY), ("cloudfront-viewer-address", viewer)];
            assert_eq!(source(Some(&edge()), &headers), Err(403), "{viewer}");
        }
        assert_eq!(source(Some(&edge()), &[("x-edge-secret", KEY)]), Err(403));
    }

    #[test]
    fn without_an_edge_the_client_is_the_one_that_the_gateway_saw() {
        let headers = [("x-edge-secret", KEY), ("cloudfront-viewer-address", "203.0.113.7:4711")];
        assert_eq!(source(None, &headers).as_deref(), Ok("130.176.0.1"));
    }

    #[test]
    fn no_handler_sees_the_secret() {
        let headers = [("x-edge-secret", KEY), ("cloudfront-viewer-address", "203.0.113.7:4711"), ("accept", "*/*")];
        let admitted = admit(Some(&edge()), event(&headers)).expect("admitted");
        let admitted = Request::try_from(admitted).expect("a request");
        assert_eq!((admitted.header("x-edge-secret"), admitted.header("accept")), (None, Some("*/*")));
    }
}
