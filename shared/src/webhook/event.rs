//! The events that an app's server can be told, and what each message says.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::audit::{Act, Entry};
use crate::clock::Timestamp;
use crate::id::AppId;

/// The acts of the trail that are events, by the names that they have for others: an act is renamed more easily than a contract.
const EVENTS: [(Act, &str); 23] = [
    (Act::UserCreated, "user.created"),
    (Act::UserDeleted, "user.deleted"),
    (Act::UserDisabled, "user.disabled"),
    (Act::UserEnabled, "user.enabled"),
    (Act::PasswordSet, "user.password_set"),
    (Act::PasswordLinkMade, "user.password_link_made"),
    (Act::SessionsEnded, "user.sessions_ended"),
    (Act::HandleAdded, "user.handle_added"),
    (Act::HandleRemoved, "user.handle_removed"),
    (Act::HandleChanged, "user.handle_changed"),
    (Act::EmailVerified, "user.email_verified"),
    (Act::FactorAdded, "user.factor_added"),
    (Act::FactorRemoved, "user.factor_removed"),
    (Act::FactorChanged, "user.factor_changed"),
    (Act::RoleGiven, "user.role_given"),
    (Act::RoleTaken, "user.role_taken"),
    (Act::SignInHeld, "user.sign_in_held"),
    (Act::SignInFreed, "user.sign_in_freed"),
    (Act::GrantGiven, "grant.given"),
    (Act::GrantChanged, "grant.changed"),
    (Act::GrantWithdrawn, "grant.withdrawn"),
    (Act::SessionOpened, "session.opened"),
    (Act::SessionEnded, "session.ended"),
];

/// What an operator's test sends, to an endpoint of whatever events.
const TEST: &str = "webhook.test";

/// The details of an entry that are told. The address from which a session was opened is not.
const TOLD: [&str; 8] = ["by", "client", "handles", "kind", "method", "role", "scope", "transport"];

/// A type of events: `user.disabled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(&'static str);

impl EventType {
    /// That of an operator's test.
    pub const TEST: Self = Self(TEST);

    /// The type of the act of that name, if apps are told of it.
    #[must_use]
    pub fn of(act: &str) -> Option<Self> {
        EVENTS.iter().find(|(known, _)| known.name() == act).map(|(_, name)| Self(name))
    }

    /// All that an endpoint can ask for.
    pub fn all() -> impl Iterator<Item = Self> {
        EVENTS.iter().map(|(_, name)| Self(name))
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl FromStr for EventType {
    type Err = NotAnEventType;

    fn from_str(text: &str) -> Result<Self, NotAnEventType> {
        Self::all().find(|event| event.name() == text).ok_or(NotAnEventType)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The text is no type of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a type of events: docs/webhooks.md lists them")]
pub struct NotAnEventType;

/// The types that an endpoint is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events(BTreeSet<EventType>);

impl Events {
    /// These.
    #[must_use]
    pub fn of(types: impl IntoIterator<Item = EventType>) -> Self {
        Self(types.into_iter().collect())
    }

    /// All but sessions: every sign-in is one.
    #[must_use]
    pub fn usual() -> Self {
        Self::of(EventType::all().filter(|event| !event.name().starts_with("session.")))
    }

    /// Whether that type is among them.
    #[must_use]
    pub fn have(&self, event: EventType) -> bool {
        event == EventType::TEST || self.0.contains(&event)
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|event| event.name())
    }
}

/// A message to an app's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same for the same change, however often it is delivered.
    pub id: String,
    /// Which app is told.
    pub app: AppId,
    /// What of.
    pub event: EventType,
    /// When it happened.
    pub at: Timestamp,
    /// The text that is sent and signed.
    pub body: String,
}

impl Message {
    /// What an app is told of an entry of the trail; `None` of what is nobody's business but the operator's.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        let (app, user, event) = (entry.app.as_ref()?, entry.user?, EventType::of(&entry.act)?);
        let details = entry.details.iter().filter(|(name, _)| TOLD.contains(&name.as_str()));
        let mut data: Map<String, Value> =
            details.map(|(name, value)| (name.clone(), Value::from(value.clone()))).collect();
        data.insert("app".to_owned(), app.as_str().into());
        data.insert("user".to_owned(), user.to_string().into());
        data.insert("who".to_owned(), who(entry).into());
        Some(Self::new(id_of(&entry.id), app.clone(), event, entry.at, &data))
    }

    /// An operator's test.
    #[must_use]
    pub fn test(app: &AppId, mark: &str, now: Timestamp) -> Self {
        let data = Map::from_iter([("app".to_owned(), Value::from(app.as_str()))]);
        Self::new(id_of(&format!("test_{mark}")), app.clone(), EventType::TEST, now, &data)
    }

    fn new(id: String, app: AppId, event: EventType, at: Timestamp, data: &Map<String, Value>) -> Self {
        let body = json!({"type": event.name(), "timestamp": at.rfc3339(), "data": data}).to_string();
        Self { id, app, event, at, body }
    }
}

/// In the words of the trail.
fn who(entry: &Entry) -> &'static str {
    match &entry.author {
        None => "unknown",
        Some(author) if author.operator.is_some() => "operator",
        Some(_) => "user",
    }
}

/// The id of a message. A dot separates the parts of what is signed, so none stands in it.
fn id_of(entry: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    format!("msg_{}", entry.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::{EVENTS, EventType, Events, Message};
    use crate::audit::{Act, Author, Entry};
    use crate::clock::Timestamp;

    fn entry(act: Act, details: &[(&str, &str)]) -> Entry {
        Entry {
            id: "4b25bd0d.0".to_owned(),
            at: Timestamp::from_unix(1_800_000_000),
            app: Some("demo".parse().expect("an app")),
            user: Some("4711".parse().expect("a user")),
            act: act.name().to_owned(),
            outcome: "done".to_owned(),
            author: Some(Author::of_request("203.0.113.7", "request-1")),
            details: details.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn a_message_says_what_whom_and_when_and_no_address() {
        let of = entry(Act::SessionOpened, &[("transport", "app"), ("opened_from", "203.0.113.9"), ("new", "x")]);
        let message = Message::of(&of).expect("an event");
        assert_eq!((message.id.as_str(), message.event.name()), ("msg_4b25bd0d_0", "session.opened"));
        let body: serde_json::Value = serde_json::from_str(&message.body).expect("JSON");
        let data = json!({"app": "demo", "transport": "app", "user": "4711", "who": "user"});
        assert_eq!(body, json!({"type": "session.opened", "timestamp": "2027-01-15T08:00:00Z", "data": data}));
    }

    #[test]
    fn who_did_it_is_told_without_a_name() {
        let by_operator = Entry { author: Some(Author::operator("ada")), ..entry(Act::UserDisabled, &[]) };
        let body = Message::of(&by_operator).expect("an event").body;
        assert!(body.contains("\"who\":\"operator\"") && !body.contains("ada"), "{body}");
        let unknown = Entry { author: None, ..entry(Act::GrantWithdrawn, &[("client", "reader")]) };
        let body = Message::of(&unknown).expect("an event").body;
        assert!(body.contains("\"who\":\"unknown\"") && body.contains("\"client\":\"reader\""), "{body}");
    }

    #[test]
    fn what_is_the_operators_own_is_no_event() {
        for act in Act::ALL {
            let is_users = EVENTS.iter().any(|(event, _)| *event == act);
            let name = act.name();
            let operators =
                ["app_", "client_", "keys_", "webhook_"].into_iter().any(|beginning| name.starts_with(beginning))
                    || [Act::UserExported, Act::LimitsReset].contains(&act);
            assert_ne!(is_users, operators, "{name}");
        }
        assert_eq!(Message::of(&entry(Act::AppChanged, &[])), None);
        assert_eq!(Message::of(&Entry { user: None, ..entry(Act::UserCreated, &[]) }), None);
        assert_eq!(Message::of(&Entry { act: "of_a_later_release".to_owned(), ..entry(Act::UserCreated, &[]) }), None);
    }

    #[test]
    fn every_type_is_in_the_handbook() {
        let page = include_str!("../../../docs/webhooks.md");
        let listed: BTreeSet<_> = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        for event in EventType::all().chain([EventType::TEST]) {
            assert!(listed.contains(event.name()), "docs/webhooks.md does not list {event}");
        }
    }

    #[test]
    fn an_endpoint_has_sign_ins_only_if_it_asks_for_them() {
        let names: BTreeMap<_, _> = EventType::all().map(|event| (event.name(), Events::usual().have(event))).collect();
        assert_eq!(names.iter().filter(|(_, has)| !**has).count(), 2);
        assert!(!names["session.opened"] && names["user.created"] && Events::usual().have(EventType::TEST));
        assert!("webhook.test".parse::<EventType>().is_err(), "nobody asks for tests");
    }
}
