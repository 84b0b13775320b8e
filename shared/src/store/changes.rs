//! Changes of items, as the tables' streams have them, and what of the trail follows from each.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use crate::audit::{Act, Entry};
use crate::clock::Timestamp;
use crate::id::{AppId, UserId};
use crate::store::attribute_json::from_json;
use crate::store::authors::{AUTHOR, author_of};
use crate::store::clients::DELETED;
use crate::store::item::{Attributes, Reader};
use crate::store::keys::{ACT_PREFIX, APP, GRANT_PREFIX, Key, SESSION_PREFIX, USER};

/// An item before and after a write.
#[derive(Clone)]
pub struct Change {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) key: (String, String),
    pub(super) old: Option<Attributes>,
    pub(super) new: Option<Attributes>,
    /// The time to live of the item ended it, and nobody did.
    expired: bool,
}

/// Items have hashes and digests.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The record is not one of a stream with both images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream's record lacks {0}, or has something else there")]
pub struct UnreadableChange(&'static str);

impl Change {
    /// Reads a record of a stream, as Lambda hands it over.
    ///
    /// # Errors
    /// [`UnreadableChange`]
    pub fn read(record: &Value) -> Result<Self, UnreadableChange> {
        let id = record["eventID"].as_str().filter(|id| !id.is_empty()).ok_or(UnreadableChange("eventID"))?;
        let change = &record["dynamodb"];
        let image = |name| match change.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(image) => from_json(image).map(Some).ok_or(UnreadableChange("an image")),
        };
        let key = |name| change["Keys"][name]["S"].as_str().map(str::to_owned).ok_or(UnreadableChange("the keys"));
        let at = change["ApproximateCreationDateTime"].as_f64().ok_or(UnreadableChange("the time"))?;
        #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
        let at = Timestamp::from_unix(at as i64);
        Ok(Self {
            id: id.to_owned(),
            at,
            key: (key("pk")?, key("sk")?),
            old: image("OldImage")?,
            new: image("NewImage")?,
            // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
            expired: record["userIdentity"]["principalId"] == "dynamodb.amazonaws.com",
        })
    }

    /// What of the trail follows from the change, in an order that is the same each time.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        if self.expired {
            return Vec::new();
        }
        let (pk, sk) = (self.key.0.as_str(), self.key.1.as_str());
        let owner = Key::owner(pk);
        let kind = pk.split('#').next().unwrap_or_default();
        let found = match (kind, &owner) {
            ("U", Some(_)) if sk == USER => self.of_user(),
            ("U", Some(_)) if sk.starts_with(SESSION_PREFIX) => self.of_session(),
            ("U", Some(_)) if sk.starts_with(GRANT_PREFIX) => self.of_grant(&sk[GRANT_PREFIX.len()..]),
            ("I", _) => self.of_identity(pk.split('#').nth(2).unwrap_or_default()),
            ("T", _) => self.of_link(),
            ("A", _) if sk.starts_with(ACT_PREFIX) => self.of_act(),
            // A logo is not an app: the app says which one it has.
            ("A", _) if sk == APP => self.of_record([Act::AppCreated, Act::AppChanged, Act::AppDeleted]),
            ("C", _) => self.of_client().with("client", pk.strip_prefix("C#").unwrap_or_default()),
            ("W", _) => self.of_webhook(sk),
            ("KEYS", _) => self.of_record([Act::KeysCreated, Act::KeysChanged, Act::KeysDeleted]).bare(),
            _ => Found::default(),
        };
        let (app, user) = self.whose(owner, pk);
        let author = self.new.as_ref().and_then(|new| author_of(self.old.as_ref(), new));
        let entry = |(at, (act, details)): (usize, (Act, BTreeMap<String, String>))| Entry {
            id: format!("{}.{at}", self.id),
            at: self.at,
            app: app.clone(),
            user,
            act: act.name().to_owned(),
            outcome: act.outcome().to_owned(),
            author: author.clone(),
            details,
        };
        found.0.into_iter().enumerate().map(entry).collect()
    }

    /// The app and user whose state the item is.
    fn whose(&self, owner: Option<(AppId, UserId)>, pk: &str) -> (Option<AppId>, Option<UserId>) {
        if let Some((app, user)) = owner {
            return (Some(app), Some(user));
        }
        let app = match pk.split('#').next() {
            Some("A" | "I" | "W") => pk.split('#').nth(1).and_then(|app| app.parse().ok()),
            _ => self.parsed("app"),
        };
        (app, self.parsed("user"))
    }

    /// The attribute, after the change or before it.
    fn parsed<T: std::str::FromStr>(&self, name: &'static str) -> Option<T> {
        let item = self.new.as_ref().or(self.old.as_ref())?;
        Reader::new("change", item).maybe_parsed(name).ok().flatten()
    }

    /// The attribute before and after.
    fn both(&self, name: &str) -> (Option<&AttributeValue>, Option<&AttributeValue>) {
        (self.old.as_ref().and_then(|item| item.get(name)), self.new.as_ref().and_then(|item| item.get(name)))
    }

    fn of_user(&self) -> Found {
        let Some(new) = &self.new else { return Found::one(Act::UserDeleted) };
        let Some(old) = &self.old else {
            let imported = new.contains_key("origin").then_some("import");
            return Found::one(Act::UserCreated)
                .with("handles", &present(new, &HANDLES).join(" "))
                .with("by", imported.unwrap_or_default());
        };
        let mut found = Found::default();
        match self.both("disabled") {
            (None, Some(_)) => found.add(Act::UserDisabled),
            (Some(_), None) => found.add(Act::UserEnabled),
            _ => {}
        }
        if let (before, Some(after)) = self.both("password_epoch")
            && before != Some(after)
        {
            found.add(Act::PasswordSet);
        }
        for (names, [added, removed, changed]) in [
            (&HANDLES[..], [Act::HandleAdded, Act::HandleRemoved, Act::HandleChanged]),
            (&FACTORS[..], [Act::FactorAdded, Act::FactorRemoved, Act::FactorChanged]),
        ] {
            for name in names {
                match self.both(name) {
                    (None, Some(_)) => found.add_of(added, "kind", name),
                    (Some(_), None) => found.add_of(removed, "kind", name),
                    (before, after) if before != after => found.add_of(changed, "kind", name),
                    _ => {}
                }
            }
        }
        let passkeys = |item: &Attributes| -> i64 {
            let count = item.get("passkeys").and_then(|count| count.as_n().ok()?.parse().ok());
            count.unwrap_or_default()
        };
        match passkeys(new).cmp(&passkeys(old)) {
            Ordering::Greater => found.add_of(Act::FactorAdded, "kind", "passkey"),
            Ordering::Less => found.add_of(Act::FactorRemoved, "kind", "passkey"),
            Ordering::Equal => {}
        }
        if is_proven(new) && !is_proven(old) {
            found.add(Act::EmailVerified);
        }
        let (before, after) = (strings(old, "roles"), strings(new, "roles"));
        for (act, roles, others) in [(Act::RoleGiven, &after, &before), (Act::RoleTaken, &before, &after)] {
            roles.iter().filter(|role| !others.contains(role)).for_each(|role| found.add_of(act, "role", role));
        }
        // A password and a door that closes end all sessions, too; that is said by them.
        let (before, after) = self.both("epoch");
        if found.0.is_empty() && before != after {
            found.add(Act::SessionsEnded);
        }
        found
    }

    fn of_session(&self) -> Found {
        let is_revoked = |image: &Option<Attributes>| image.as_ref().is_some_and(|item| item.contains_key("revoked"));
        let act = match (&self.old, &self.new) {
            // What is left of a user who was deleted on behalf of nobody's session.
            (None, Some(_)) if is_revoked(&self.new) => return Found::default(),
            (None, Some(_)) => Act::SessionOpened,
            (Some(_), new) if !is_revoked(&self.old) && (new.is_none() || is_revoked(new)) => Act::SessionEnded,
            _ => return Found::default(),
        };
        ["transport", "client", "method", "methods", "address"].into_iter().fold(Found::one(act), |found, name| {
            let value = self.parsed::<String>(name).unwrap_or_default();
            let told = match name {
                "address" => "opened_from",
                "methods" => "method",
                other => other,
            };
            found.with(told, &value)
        })
    }

    fn of_grant(&self, client: &str) -> Found {
        let act = match (&self.old, &self.new) {
            (None, Some(_)) => Act::GrantGiven,
            (Some(_), None) => Act::GrantWithdrawn,
            _ if ["scopes", "audiences", "mementos"].iter().any(|name| self.both(name).0 != self.both(name).1) => {
                Act::GrantChanged
            }
            _ => return Found::default(),
        };
        let scopes = self.new.as_ref().map(|new| strings(new, "scopes").join(" ")).unwrap_or_default();
        Found::one(act).with("client", client).with("scope", &scopes)
    }

    fn of_identity(&self, kind: &str) -> Found {
        let (Some(old), Some(new)) = (&self.old, &self.new) else { return Found::default() };
        let rests = |item: &Attributes| item.keys().filter(|name| name.starts_with("rest_")).count();
        if rests(new) > rests(old) {
            return Found::one(Act::SignInHeld).with("kind", kind);
        }
        // Nothing else of an identity is marked.
        if author_of(Some(old), new).is_some() {
            Found::one(Act::SignInFreed).with("kind", kind)
        } else {
            Found::default()
        }
    }

    fn of_link(&self) -> Found {
        let is_users = |item: &Attributes| item.contains_key("user") && item.contains_key("handles");
        match (&self.old, &self.new) {
            (None, Some(new)) if is_users(new) => {
                let by = if new.contains_key("by_hand") { "operator" } else { "mail" };
                Found::one(Act::PasswordLinkMade).with("by", by)
            }
            _ => Found::default(),
        }
    }

    /// An act that changes nothing says itself what it is.
    fn of_act(&self) -> Found {
        let Some(act) = self.parsed::<String>("act").and_then(|name| Act::named(&name)) else {
            return Found::default();
        };
        let item = self.new.as_ref().map(|new| Reader::new("change", new));
        let details = item.and_then(|item| item.texts("details").ok()).unwrap_or_default();
        if self.new.is_some() { Found(vec![(act, details)]) } else { Found::default() }
    }

    /// The item of a client that an operator deletes stays, and says who did it.
    fn of_client(&self) -> Found {
        let is_deleted = |image: &Option<Attributes>| image.as_ref().is_some_and(|item| item.contains_key(DELETED));
        match (is_deleted(&self.old), is_deleted(&self.new)) {
            (true, _) => Found::default(),
            (false, true) => Found::one(Act::ClientDeleted),
            (false, false) => self.of_record([Act::ClientCreated, Act::ClientChanged, Act::ClientDeleted]),
        }
    }

    /// An endpoint that is off says why.
    fn of_webhook(&self, endpoint: &str) -> Found {
        let off = self.parsed::<String>("turned_off").unwrap_or_default();
        self.of_record([Act::WebhookCreated, Act::WebhookChanged, Act::WebhookDeleted])
            .with("endpoint", endpoint)
            .with("off", &off)
    }

    /// Of what operators write whole: which attributes are others now.
    fn of_record(&self, [created, changed, deleted]: [Act; 3]) -> Found {
        match (&self.old, &self.new) {
            (None, _) => Found::one(created),
            (_, None) => Found::one(deleted),
            (Some(old), Some(new)) => {
                let mut names: Vec<_> = old.keys().chain(new.keys()).collect();
                names.sort_unstable();
                names.dedup();
                let is_other = |name: &&&String| {
                    !UNTOLD.contains(&name.as_str()) && without_use(old, name) != without_use(new, name)
                };
                let names: Vec<_> = names.iter().filter(is_other).map(|name| name.as_str()).collect();
                if names.is_empty() { Found::default() } else { Found::one(changed).with("changed", &names.join(" ")) }
            }
        }
    }
}

/// What a user signs in by.
const HANDLES: [&str; 3] = ["username", "email", "phone"];

/// What stands in a user's item of further factors.
const FACTORS: [&str; 2] = ["totp", "recovery"];

/// Attributes whose change is no change of what they are part of.
const UNTOLD: [&str; 6] = ["rev", "version", AUTHOR, "has_clients", "unused_until", "failing_since"];

/// What a change was, and to what.
#[derive(Debug, Default)]
struct Found(Vec<(Act, BTreeMap<String, String>)>);

impl Found {
    fn one(act: Act) -> Self {
        Self(vec![(act, BTreeMap::new())])
    }

    fn add(&mut self, act: Act) {
        self.0.push((act, BTreeMap::new()));
    }

    fn add_of(&mut self, act: Act, name: &str, value: &str) {
        self.0.push((act, BTreeMap::from([(name.to_owned(), value.to_owned())])));
    }

    /// The same, each of this thing; of an empty one nothing is said.
    fn with(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            for (_, details) in &mut self.0 {
                details.insert(name.to_owned(), value.to_owned());
            }
        }
        self
    }

    /// Without details.
    fn bare(mut self) -> Self {
        self.0.iter_mut().for_each(|(_, details)| details.clear());
        self
    }
}

fn present(item: &Attributes, names: &[&'static str]) -> Vec<&'static str> {
    names.iter().copied().filter(|name| item.contains_key(*name)).collect()
}

fn strings(item: &Attributes, name: &str) -> Vec<String> {
    let mut strings = item.get(name).and_then(|value| value.as_ss().ok()).cloned().unwrap_or_default();
    strings.sort_unstable();
    strings
}

/// As `user_item` reads it.
fn is_proven(item: &Attributes) -> bool {
    item.contains_key("email_proven")
        || (item.contains_key("email_code") && item.get("email_code") == item.get("email_try"))
}

/// An attribute without the days on which secrets were used, which every day writes.
fn without_use(item: &Attributes, name: &str) -> Option<AttributeValue> {
    let value = item.get(name)?;
    let (true, AttributeValue::M(secrets)) = (name == "secrets", value) else { return Some(value.clone()) };
    let unused = |secret: &AttributeValue| match secret {
        AttributeValue::M(parts) => AttributeValue::M(
            parts.iter().filter(|(name, _)| *name != "used").map(|(n, v)| (n.clone(), v.clone())).collect(),
        ),
        other => other.clone(),
    };
    Some(AttributeValue::M(secrets.iter().map(|(id, secret)| (id.clone(), unused(secret))).collect()))
}
