//! The addresses of an app's own servers.

use std::fmt;
use std::str::FromStr;

use crate::clock::{Seconds, Timestamp};
use crate::hex::{hex, unhex};
use crate::id::AppId;
use crate::outbound::WebUrl;
use crate::random::Random;
use crate::webhook::event::{EventType, Events};
use crate::webhook::secret::SealedSecret;

/// How long an endpoint may fail at every try until it is turned off.
pub const FAILING: Seconds = Seconds::days(5);

/// How much older than its endpoint an event may be: the operator's clock is not that of AWS.
const BEFORE: Seconds = Seconds::minutes(5);

/// How many endpoints an app has at most. Each event is a delivery to each of them.
pub const MOST: usize = 10;

/// The id of an endpoint: twelve hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(String);

impl EndpointId {
    pub(crate) const BYTES: usize = 6;

    /// Draws a new one.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(hex(&random.bytes::<{ Self::BYTES }>()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes that its digits stand for.
    pub(crate) fn to_bytes(&self) -> [u8; Self::BYTES] {
        // The digits were counted when it was read.
        unhex(&self.0).unwrap_or_default()
    }
}

impl FromStr for EndpointId {
    type Err = NotAnEndpointId;

    fn from_str(text: &str) -> Result<Self, NotAnEndpointId> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let fits = text.len() == Self::BYTES * 2 && text.bytes().all(is_digit);
        fits.then(|| Self(text.to_owned())).ok_or(NotAnEndpointId)
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not an endpoint's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of an endpoint is twelve hexadecimal digits")]
pub struct NotAnEndpointId;

/// Why an endpoint is sent nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// An operator turned it off.
    ByOperator,
    /// It answered 410 Gone.
    Gone,
    /// Every try failed for [`FAILING`].
    Failing,
}

impl Off {
    /// The reason as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByOperator => "operator",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

impl FromStr for Off {
    type Err = NotAReason;

    fn from_str(text: &str) -> Result<Self, NotAReason> {
        [Self::ByOperator, Self::Gone, Self::Failing].into_iter().find(|off| off.name() == text).ok_or(NotAReason)
    }
}

/// The text is no reason for an endpoint to be off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a reason why an endpoint is off")]
pub struct NotAReason;

/// An address of an app's own server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Whose it is.
    pub app: AppId,
    /// Its id in the app.
    pub id: EndpointId,
    /// Where events are sent.
    pub url: WebUrl,
    /// Which are.
    pub events: Events,
    /// What they are signed with.
    pub secret: SealedSecret,
    /// What they are signed with besides, and until when: after a rotation.
    pub former: Option<(SealedSecret, Timestamp)>,
    /// Why it is sent nothing.
    pub off: Option<Off>,
    /// Since when every try has failed.
    pub failing_since: Option<Timestamp>,
    /// When it was added.
    pub created: Timestamp,
    /// When it came here from another place, with the users of its app.
    pub arrived: Option<Timestamp>,
}

impl Endpoint {
    /// Whether it is told of an event of that type and time. What was long before it is none of its business: a stream that is read
    /// from its beginning again would tell it. One that came with its app's users knows of them.
    #[must_use]
    pub fn wants(&self, event: EventType, at: Timestamp) -> bool {
        let is_news = self.arrived.map_or(at >= self.created.minus(BEFORE), |arrived| at > arrived);
        self.off.is_none() && self.events.have(event) && is_news
    }

    /// The secrets that sign now, the newest first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &SealedSecret> {
        let former = self.former.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        std::iter::once(&self.secret).chain(former)
    }

    /// Whether a try that fails now is one too many.
    #[must_use]
    pub fn has_failed_too_long(&self, now: Timestamp) -> bool {
        self.failing_since.is_some_and(|since| now.since(since) >= FAILING)
    }
}

#[cfg(test)]
mod tests {
    use super::{BEFORE, Endpoint, EndpointId, Off};
    use crate::clock::{Seconds, Timestamp};
    use crate::random::Random;
    use crate::webhook::event::{EventType, Events};
    use crate::webhook::secret::SealedSecret;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn endpoint() -> Endpoint {
        Endpoint {
            app: "demo".parse().expect("an app"),
            id: EndpointId::draw(&Random::system()),
            url: "https://shop.example/hooks".parse().expect("a URL"),
            events: Events::of(["user.deleted".parse().expect("a type")]),
            secret: SealedSecret::from_bytes(vec![1]),
            former: None,
            off: None,
            failing_since: None,
            arrived: None,
            created: NOW,
        }
    }

    #[test]
    fn an_endpoint_is_told_of_what_it_asked_for_since_it_is_there() {
        let deleted: EventType = "user.deleted".parse().expect("a type");
        let created: EventType = "user.created".parse().expect("a type");
        let earliest = NOW.minus(BEFORE);
        assert!(endpoint().wants(deleted, earliest) && endpoint().wants(EventType::TEST, NOW));
        assert!(!endpoint().wants(deleted, earliest.minus(Seconds(1))) && !endpoint().wants(created, NOW));
        assert!(!Endpoint { off: Some(Off::ByOperator), ..endpoint() }.wants(deleted, NOW));
        let came = Endpoint { arrived: Some(NOW), ..endpoint() };
        assert!(came.wants(deleted, NOW.plus(Seconds(1))) && !came.wants(deleted, NOW));
    }

    #[test]
    fn an_id_is_read_as_it_was_drawn_and_no_other_text_is_one() {
        let id = EndpointId::draw(&Random::system());
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        for text in ["", "0123456789a", "0123456789abc", "0123456789aB", "0123456789a#", "../../../../."] {
            assert!(text.parse::<EndpointId>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_reason_is_read_as_it_is_written() {
        for off in [Off::ByOperator, Off::Gone, Off::Failing] {
            assert_eq!(off.name().parse(), Ok(off));
        }
        assert!("".parse::<Off>().is_err());
    }
}
