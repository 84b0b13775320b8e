//! A deployment whose streams are read, as the function of the audit trail reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use shared::audit::{Act, Author, Entry};
use shared::id::UserId;
use shared::language::Language;
use shared::session::device::Device;
use shared::session::{Opening, Session, Transport};
use shared::store::{Change, Registration, Store};
use shared::user::User;

use crate::world::{NOW, World, app};

/// A deployment whose streams are read.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) store: Store,
    read: BTreeMap<&'static str, String>,
    pub(crate) done: BTreeSet<&'static str>,
    filters: Vec<Value>,
}

/// The patterns of the function's mappings in the template.
fn filters() -> Vec<Value> {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    let template = std::fs::read_to_string(template).expect("the template");
    let of_audit = template.split_once("\n  Audit:\n").and_then(|(_, rest)| rest.split_once("\n  AuditRole:\n"));
    let (of_audit, _) = of_audit.expect("the function and its role");
    let patterns = of_audit.lines().filter_map(|line| line.trim().strip_prefix("- Pattern: '")?.strip_suffix('\''));
    patterns.map(|pattern| serde_json::from_str(pattern).expect("JSON")).collect()
}

/// Whether Lambda hands over a record with that filter: `aws-lambda-event-filtering`, as far as the template uses it.
fn matches(pattern: &Value, record: &Value) -> bool {
    match pattern {
        Value::Object(parts) => parts.iter().all(|(name, pattern)| matches(pattern, &record[name])),
        Value::Array(rules) => rules.iter().any(|rule| match rule {
            Value::Object(rule) if rule.contains_key("exists") => !record.is_null(),
            Value::Object(rule) => {
                let prefix = rule["prefix"].as_str().expect("a rule that is known here");
                record.as_str().is_some_and(|text| text.starts_with(prefix))
            }
            plain => plain == record,
        }),
        _ => false,
    }
}

impl Scene {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let store = world.store.on_behalf_of(Author::of_request("203.0.113.7", "request-1").reading(Language::English));
        Self { world, store, read: BTreeMap::new(), done: BTreeSet::new(), filters: filters() }
    }

    /// The records since the last look, of both tables.
    pub(crate) fn records(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        for table in ["core", "live"] {
            let records = self.world.changes(table, self.read.get(table).map(String::as_str));
            if let Some(last) = records.last().and_then(|record| record["dynamodb"]["SequenceNumber"].as_str()) {
                self.read.insert(table, last.to_owned());
            }
            all.extend(records);
        }
        all
    }

    /// What is told of the records since the last look. The function is only handed what its mappings let through.
    pub(crate) fn entries(&mut self) -> Vec<Entry> {
        let records = self.records();
        let told = |record: &Value| {
            let entries = Change::read(record).expect("a change").entries();
            let passes = self.filters.iter().any(|pattern| matches(pattern, record));
            assert!(entries.is_empty() || passes, "template.yaml's filters keep {entries:?} from the function");
            entries
        };
        records.iter().flat_map(told).collect()
    }

    /// That the verb just done is told so, and by whom where the item can say it.
    #[track_caller]
    pub(crate) fn told(&mut self, verb: &'static str, acts: &[Act]) -> Vec<Entry> {
        let entries = self.entries();
        let mut found: Vec<_> = entries.iter().map(|entry| entry.act.as_str()).collect();
        let mut acts: Vec<_> = acts.iter().copied().map(Act::name).collect();
        found.sort_unstable();
        acts.sort_unstable();
        assert_eq!(found, acts, "{verb}");
        self.done.insert(verb);
        entries
    }

    pub(crate) async fn register(&self, address: &str) -> Registration {
        let registration = self.world.registration(address);
        self.store.register(&app("demo"), &registration, &self.world.nonce(), NOW).await.expect("registers");
        registration
    }

    pub(crate) fn session_of(&self, user: &User, transport: Transport) -> Opening {
        let session =
            Session::open(user.id, user.epoch, transport, Device::new("203.0.113.9", None), &self.world.random, NOW);
        Opening { session, refresh: None }
    }

    pub(crate) async fn user(&self, id: UserId) -> User {
        self.store.user(&app("demo"), id).await.expect("answers").expect("a user")
    }
}
